"""Without a broker: the store's own event log is the stream, its cursors the consumers' places."""

from __future__ import annotations

from unshackled.store.port import Store
from unshackled.store.records import Feed


class LogSource:
    """The event log of a store under the name of a cursor."""

    def __init__(self, store: Store, cursor: str) -> None:
        self._store = store
        self._cursor = cursor

    async def place(self) -> str | None:
        return await self._store.cursor(self._cursor)

    async def read(self, after: str | None, limit: int) -> Feed:
        return await self._store.feed(after=after, limit=limit)

    async def passed(self, *, expected: str | None, to: str) -> None:
        await self._store.move_cursor(self._cursor, expected=expected, to=to)
