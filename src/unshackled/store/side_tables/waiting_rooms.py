"""Waiting rooms: when the next place of each is, and the places that customers hold in them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class WaitingRooms(Protocol):
    """One room of each account; `holder` is a keyed hash of whose a place is."""

    async def next_at(self, account: str) -> datetime | None:
        """When the next place of a room is; None while nobody ever took one."""
        ...

    async def advance(self, account: str, *, expected: datetime | None, to: datetime) -> bool:
        """Move the next place if it is as `expected`; False where another was faster."""
        ...

    async def place_of(self, account: str, holder: str) -> datetime | None:
        """The moment of the place that somebody holds; None without one."""
        ...

    async def hold(
        self, account: str, holder: str, *, admit_at: datetime, lapsed: datetime
    ) -> datetime:
        """Keep a place for somebody, unless they hold one after `lapsed`; the one that counts.

        Of two at the same time one wins, and both are told its place.
        """
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some places whose moment was before; how many. The rooms stay."""
        ...
