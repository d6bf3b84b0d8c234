"""Connections to PostgreSQL: few, kept, each call bounded in time, none trusted after a fault.

No call hangs: what takes longer than `patience`, the wait for a free connection included, ends as
`StoreUnavailable`, and its connection is dropped. The next call connects anew, so a database that
comes back is found again without help.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg

from unshackled.errors import StoreUnavailable
from unshackled.store.postgres.database_errors import LostRace, is_away, translated
from unshackled.store.under_way import UnderWay

T = TypeVar("T")
Row: TypeAlias = Sequence[Any]
Link: TypeAlias = Any  # a connection of the pool

SIZE: Final = 10
PATIENCE: Final = timedelta(seconds=5)
TRIES: Final = 3  # of a transaction that lost a race
# Only what is an address and a name for certain: nothing of a password that holds a `/` or an `@`.
SHOWN: Final = re.compile(
    r"postgresql://([^/?#@]*@)?(?P<where>(\[[\da-fA-F:]+\]|[\w.-]*)(:\d+)?(,[\w.-]+(:\d+)?)*)"
    r"(/(?P<name>[\w.-]*))?(\?[^#@]*)?$"
)


class PlainConnection(asyncpg.Connection):
    """A connection in which no use leaves anything behind, so there is nothing to reset."""

    def get_reset_query(self) -> str:
        """Saves a round trip for each call."""
        return ""


class Pool:
    """The connections of one store; `name` says which database, without user or password."""

    def __init__(self, url: str, *, size: int = SIZE, patience: timedelta = PATIENCE) -> None:
        self.name = named(url)
        self._url = url
        self._size = size
        self._patience = patience.total_seconds()
        self._pool: asyncpg.Pool[Any] | None = None
        self._under_way = UnderWay()

    async def open(self) -> None:
        """Connect once, to know that it works."""
        soon = min(self._patience, PATIENCE.total_seconds())
        self._pool = await connect(self.name, self._url, soon, self._size)

    async def close(self) -> None:
        """Refuse what comes, finish what is under way, let go."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        await self._under_way.idle()
        try:
            async with asyncio.timeout(self._patience):
                await pool.close()
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pool.terminate()

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        """The rows of one statement, which is a transaction by itself."""

        async def work(link: Link) -> Sequence[Row]:
            found: Sequence[Row] = await link.fetch(sql, *values)
            return found

        return await self.run(work)

    async def row(self, sql: str, *values: object) -> Row | None:
        """The first row of one statement."""
        rows = await self.rows(sql, *values)
        return rows[0] if rows else None

    async def find(self, sql: str, *texts: str) -> Row | None:
        """The row that texts from outside name."""
        return await self.row(sql, *map(storable, texts))

    async def change(self, sql: str, *values: object) -> int:
        """Do one statement; how many rows it wrote."""

        async def work(link: Link) -> int:
            tag: str = await link.execute(sql, *values)
            return int(tag.rsplit(maxsplit=1)[-1])

        return await self.run(work)

    async def transaction(self, work: Callable[[Link], Awaitable[T]]) -> T:
        """Do all of `work` in one transaction, or nothing."""

        async def whole(link: Link) -> T:
            await link.execute("BEGIN")
            try:
                done = await work(link)
            except Exception as error:
                if not is_away(error):
                    await link.execute("ROLLBACK")
                raise
            await link.execute("COMMIT")
            return done

        for _ in range(TRIES - 1):
            with suppress(LostRace):
                return await self.run(whole)
        return await self.run(whole)

    async def run(self, work: Callable[[Link], Awaitable[T]]) -> T:
        """Do `work` on a connection of its own."""
        pool = self._pool
        if pool is None:
            raise StoreUnavailable("the store is closed")
        with self._under_way, translated(self.name):
            async with asyncio.timeout(self._patience):
                return await _on_a_link(pool, work)


async def connect(name: str, url: str, patience: float, size: int) -> asyncpg.Pool[Any]:
    """A pool with one connection made; raises `StoreUnavailable`, or `ValueError` on a bad URL."""
    pool: asyncpg.Pool[Any]
    with translated(name):
        try:
            pool = asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size,
                timeout=patience,
                connection_class=PlainConnection,
                server_settings={"application_name": "unshackled"},
            )
            async with asyncio.timeout(patience):
                await pool
        except (ValueError, asyncpg.ClientConfigurationError):  # its words may hold the password
            raise ValueError("store: the postgresql:// URL cannot be understood") from None
    return pool


async def _on_a_link(pool: asyncpg.Pool[Any], work: Callable[[Link], Awaitable[T]]) -> T:
    link = await pool.acquire()
    try:
        return await work(link)
    except BaseException as error:
        if is_away(error) or not isinstance(error, Exception):
            link.terminate()  # it may be in the middle of something
        raise
    finally:
        with suppress(asyncpg.InterfaceError):  # the pool let go of it already
            await pool.release(link)


def named(url: str) -> str:
    """A database as it may be shown: no user, no password, no options."""
    shown = SHOWN.match(url)
    if shown is None:
        return "the database"
    return f"the database {shown['name'] or '(default)'} at {shown['where'] or 'this machine'}"


def storable(text: str) -> str:
    """A text from outside without what PostgreSQL's texts cannot hold: NUL and half characters."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
