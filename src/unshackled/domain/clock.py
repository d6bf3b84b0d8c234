"""Time as an argument: the core never reads a clock of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC: for deadlines that are stored."""

    def monotonic(self) -> float:
        """Seconds that never jump: for measuring what passed."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock."""
