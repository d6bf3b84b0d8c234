"""Portable statements, as `store.sql.tables` describes them, for PostgreSQL.

Each `?` becomes a numbered parameter with the type of its value, so that PostgreSQL need not guess
it; None becomes NULL, and what no text of PostgreSQL can hold is replaced. Sums and truths come
back as the whole numbers that SQLite gives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from unshackled.errors import Conflict
from unshackled.store.postgres.pool import Link, Pool, storable
from unshackled.store.postgres.pool import Row as Found
from unshackled.store.sql.tables import Row, Statement, Value

# Texts, quoted names and comments are left alone.
PARTS: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|\?")
# Until the end of the transaction; the statements after it see what the one before committed.
ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('alone:' || $1::text, 0))"
TYPES: Final = {str: "text", int: "bigint", bool: "bigint"}


class PostgresTables:
    """Tables in the database of a store."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, sql: str, *values: Value) -> Sequence[Row]:
        numbered, given = prepared(sql, values)
        return _plain(await self._pool.rows(numbered, *given))

    async def write(
        self, *statements: Statement, alone: str | None = None
    ) -> Sequence[Sequence[Row]]:
        async def work(link: Link) -> list[Sequence[Row]]:
            if alone is not None:
                await link.execute(ALONE, alone)
            return [await _written(link, statement) for statement in statements]

        if len(statements) == 1 and not statements[0].must and alone is None:
            return await self._pool.run(work)  # one statement is a transaction by itself
        return await self._pool.transaction(work)


async def _written(link: Link, statement: Statement) -> Sequence[Row]:
    numbered, given = prepared(statement.sql, statement.values)
    rows = _plain(await link.fetch(numbered, *given))
    if statement.must and not rows:
        raise Conflict("a row is not as it was expected to be")
    return rows


def prepared(sql: str, values: Sequence[Value]) -> tuple[str, Sequence[Value]]:
    """A statement with numbered parameters, and the values for them."""
    numbered = _numbered(sql, tuple(TYPES.get(type(value), "") for value in values))
    return numbered, [
        storable(value) if isinstance(value, str) else value
        for value in values
        if value is not None
    ]


@lru_cache(maxsize=512)
def _numbered(sql: str, types: tuple[str, ...]) -> str:
    left = iter(types)
    place = 0

    def parameter(part: re.Match[str]) -> str:
        nonlocal place
        if part[0] != "?":
            return part[0]
        kind = next(left, None)
        if kind is None:
            raise ValueError(f"{len(types)} values for more parameters: {sql}")
        if not kind:
            return "NULL"
        place += 1
        return f"${place}::{kind}"

    numbered = PARTS.sub(parameter, sql)
    if next(left, None) is not None:
        raise ValueError(f"{len(types)} values for fewer parameters: {sql}")
    return numbered


def _plain(rows: Sequence[Found]) -> list[Row]:
    return [tuple(map(_value, row)) for row in rows]


def _value(value: object) -> Value:
    return int(value) if isinstance(value, bool | Decimal) else value  # type: ignore[return-value]
