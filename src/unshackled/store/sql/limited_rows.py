"""Rows that API keys write, in SQL; `body` is JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Generic, TypeVar, cast

import orjson

from unshackled.domain.codec import decode, encode
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.limited_rows import LimitedRow, LimitedWrite, WriteLimit
from unshackled.store.sql.tables import Statement, Tables

R = TypeVar("R", bound=LimitedRow)
_TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS quotes (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        api_key TEXT NOT NULL,
        created_at TEXT NOT NULL,
        valid_until TEXT NOT NULL,
        body TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS quotes_writes ON quotes (api_key, created_at)",
    "CREATE INDEX IF NOT EXISTS quotes_age ON quotes (valid_until)",
)
# Alone for its key, so that the rows that are counted are all there are.
_ADD: Final = """
    INSERT INTO quotes (id, retailer, api_key, created_at, valid_until, body)
    SELECT ?, ?, ?, ?, ?, ?
    WHERE (SELECT count(*) FROM quotes WHERE api_key = ? AND created_at > ?) < ?
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""
_READ: Final = "SELECT body FROM quotes WHERE id = ? AND retailer = ?"
_OLDEST: Final = "SELECT min(created_at) FROM quotes WHERE api_key = ? AND created_at > ?"
_PRUNE: Final = """
    DELETE FROM quotes WHERE id IN (
        SELECT id FROM quotes WHERE valid_until < ? ORDER BY valid_until LIMIT ?
    )
    RETURNING id
"""


def tables_of(name: str) -> tuple[str, ...]:
    """The statements that make the table of this name."""
    return tuple(_of(name, statement) for statement in _TABLES)


def _of(name: str, statement: str) -> str:
    """The statement for another table of the same columns."""
    return statement.replace("quotes", name)


class SqlLimitedRows(Generic[R]):
    """The rows of one table of a database."""

    def __init__(self, tables: Tables, name: str, shape: type[R]) -> None:
        """`name` is one of ours, never a caller's."""
        self._tables = tables
        self._name = name
        self._shape = shape

    async def add(self, row: R, limit: WriteLimit) -> LimitedWrite:
        """Insert it, unless it is there or its key has written too many."""
        since = stamp(row.created_at - limit.span)
        values = (
            row.id,
            row.account,
            row.key,
            stamp(row.created_at),
            stamp(row.ends),
            orjson.dumps(encode(row)).decode(),
            row.key,
            since,
            limit.most,
        )
        if await self._read(_READ, row.id, row.account):
            return LimitedWrite()
        add = Statement(_of(self._name, _ADD), values)
        (rows,) = await self._tables.write(add, alone=f"{self._name}:{row.key}")
        if rows or await self._read(_READ, row.id, row.account):
            return LimitedWrite(new=bool(rows))
        ((oldest,),) = await self._read(_OLDEST, row.key, since)
        begin = datetime.fromisoformat(str(oldest)) if oldest else row.created_at
        return LimitedWrite(again_at=begin + limit.span)

    async def get(self, account: str, row: str) -> R | None:
        """One of an account by its id; raises `ValueError` for what this version cannot read."""
        rows = await self._read(_READ, row, account)
        return decode(self._shape, orjson.loads(cast("str", rows[0][0]))) if rows else None

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        (rows,) = await self._tables.write(
            Statement(_of(self._name, _PRUNE), (stamp(before), limit))
        )
        return len(rows)

    async def _read(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        return list(await self._tables.read(_of(self._name, statement), *values))
