"""Waiting rooms in memory."""

from __future__ import annotations

from datetime import UTC, datetime

from unshackled.store.memory.tables import Ping


class MemoryWaitingRooms:
    """Rooms by account, places by account and holder."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rooms: dict[str, datetime] = {}
        self._places: dict[tuple[str, str], datetime] = {}

    async def next_at(self, account: str) -> datetime | None:
        self._ping()
        return self._rooms.get(account)

    async def advance(self, account: str, *, expected: datetime | None, to: datetime) -> bool:
        self._ping()
        if self._rooms.get(account) != expected:
            return False
        self._rooms[account] = to.astimezone(UTC)
        return True

    async def place_of(self, account: str, holder: str) -> datetime | None:
        self._ping()
        return self._places.get((account, holder))

    async def hold(
        self, account: str, holder: str, *, admit_at: datetime, lapsed: datetime
    ) -> datetime:
        self._ping()
        known = self._places.get((account, holder))
        if known is None or known <= lapsed:
            known = self._places[account, holder] = admit_at.astimezone(UTC)
        return known

    async def prune(self, *, before: datetime, limit: int) -> int:
        self._ping()
        old = [key for key, at in self._places.items() if at < before][:limit]
        for key in old:
            del self._places[key]
        return len(old)
