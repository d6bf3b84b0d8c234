"""Rows that API keys write, in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.limited_rows import LimitedRow, LimitedWrite, WriteLimit

R = TypeVar("R", bound=LimitedRow)


class MemoryLimitedRows(Generic[R]):
    """Rows by their ids."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, R] = {}

    async def add(self, row: R, limit: WriteLimit) -> LimitedWrite:
        """Insert it, unless it is there or its key has written too many."""
        self._ping()
        if row.id in self._rows:
            return LimitedWrite()
        since = row.created_at - limit.span
        mine = [one.created_at for one in self._rows.values() if one.key == row.key]
        recent = [at for at in mine if at > since]
        if len(recent) >= limit.most:
            return LimitedWrite(again_at=min(recent) + limit.span)
        self._rows[row.id] = row
        return LimitedWrite(new=True)

    async def get(self, account: str, row: str) -> R | None:
        """One of an account by its id."""
        self._ping()
        found = self._rows.get(row)
        return found if found is not None and found.account == account else None

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        self._ping()
        old = [one.id for one in self._rows.values() if one.ends < before][:limit]
        for name in old:
            del self._rows[name]
        return len(old)
