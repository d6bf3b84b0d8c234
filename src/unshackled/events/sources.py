"""Where events come from: the store's own event log, and the relay that goes on to a broker.

Without a broker the log is the stream, and its cursors are the consumers' places. With one, the
relay is a consumer of the log that publishes what it takes: so what a broker refuses is a dead
letter like any other, to be read, replayed and discarded, and holds no other event up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from unshackled.events.event_ports import Publisher
from unshackled.lru_cache import LruCache
from unshackled.store.port import Store
from unshackled.store.stored_records import EventRow, Feed

RELAY: Final = "relay"
# How far the slowest follower of a process may be behind the first and still be given its pages.
PAGES: Final = 4


class EventLog(Protocol):
    """Who reads the event log; a store is one."""

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        """Events of all checkouts behind a cursor."""
        ...


class SharedLog:
    """The log as several followers of one process read it: the first to ask reads for all.

    They are woken together; the slower ones find the last pages here. What was read behind a cursor
    stays what comes first behind it, so an answer with events holds whenever it is asked for; one
    without is asked for anew.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = asyncio.Lock()
        self._pages = LruCache[tuple[str | None, int], Feed](PAGES)

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        """What the log has behind a cursor; read once for all who stand there."""
        async with self._lock:
            known = self._pages.get((after, limit))
            if known is not None:
                return known
            page = await self._log.feed(after=after, limit=limit)
            if page.rows:
                self._pages.put((after, limit), page)
            return page


class LogSource:
    """The event log of a store under the name of a cursor; `log` is who reads it, if not it."""

    def __init__(self, store: Store, cursor: str, log: EventLog | None = None) -> None:
        self._store = store
        self._cursor = cursor
        self._log = log or store

    async def place(self) -> str | None:
        return await self._store.cursor(self._cursor)

    async def read(self, after: str | None, limit: int) -> Feed:
        return await self._log.feed(after=after, limit=limit)

    async def passed(self, *, expected: str | None, to: str) -> None:
        await self._store.move_cursor(self._cursor, expected=expected, to=to)


class Relay:
    """Publishes many events at once, or one by one where one of them is refused."""

    name = RELAY

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def take(self, event: EventRow) -> None:
        """Publish one; the same again is dropped by its id."""
        await self._publisher.publish([event])

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """Publish all."""
        await self._publisher.publish(events)
