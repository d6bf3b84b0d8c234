"""Tables in SQLite: in memory on the event loop, or by a store's own connections."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, partial
from typing import Any

from unshackled.errors import Conflict
from unshackled.store.sql import schema as beside
from unshackled.store.sql.tables import Row, Statement, Value
from unshackled.store.sqlite.worker import Job, together, translated


def read(connection: sqlite3.Connection, sql: str, values: Sequence[Value]) -> list[Row]:
    """The rows of one SELECT."""
    return connection.execute(sql, values).fetchall()


def write(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
    """Each statement's rows, inside the transaction of the caller."""
    written = []
    for statement in statements:
        rows = connection.execute(statement.sql, statement.values).fetchall()
        if statement.must and not rows:
            raise Conflict("a row is not as it was expected to be")
        written.append(rows)
    return written


class LocalTables:
    """Tables in this process's memory."""

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        for statement in beside.TABLES:
            connection.execute(statement)
        return connection

    async def read(self, sql: str, *values: Value) -> Sequence[Row]:
        return read(self._connection, sql, values)

    async def write(
        self, *statements: Statement, alone: str | None = None
    ) -> Sequence[Sequence[Row]]:
        job: Job = lambda connection: write(connection, statements)  # noqa: E731
        ((rows, error),) = together(self._connection, [job])
        if error is not None:
            raise translated(error)
        found: Sequence[Sequence[Row]] = rows
        return found


class SqliteTables:
    """Tables by the store's own connections, so that the same file has one writer."""

    def __init__(
        self,
        reading: Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]],
        writing: Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]],
    ) -> None:
        self._reading = reading
        self._writing = writing

    async def read(self, sql: str, *values: Value) -> Sequence[Row]:
        found: Sequence[Row] = await self._reading(partial(read, sql=sql, values=values))
        return found

    async def write(
        self, *statements: Statement, alone: str | None = None
    ) -> Sequence[Sequence[Row]]:
        job = partial(write, statements=statements)
        written: Sequence[Sequence[Row]] = await self._writing(job)
        return written
