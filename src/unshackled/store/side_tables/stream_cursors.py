"""How far each consumer has come in a broker's stream.

Not among the cursors of the event log: those say what may be deleted there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class StreamCursors(Protocol):
    """Places in the stream by the name of the consumer, moved by compare-and-swap."""

    async def place(self, name: str) -> str | None:
        """Where a consumer stands; None before its first event."""
        ...

    async def places(self) -> Mapping[str, str]:
        """Where each consumer stands: a few."""
        ...

    async def move(self, name: str, *, expected: str | None, to: str) -> None:
        """Go on; raises `Conflict` when the consumer is not at `expected` any more."""
        ...
