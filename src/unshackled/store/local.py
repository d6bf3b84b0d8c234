"""Tables in SQLite: in memory on the event loop, or by a store's own connections."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cached_property

from unshackled.errors import Conflict
from unshackled.store import beside
from unshackled.store.tables import Row, Statement, Value
from unshackled.store.worker import Job, together, translated


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
