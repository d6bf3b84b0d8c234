"""Portable statements, as `store.sql.tables` describes them, for SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from unshackled.errors import Conflict
from unshackled.store.sql.tables import Row, Statement, Value


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
