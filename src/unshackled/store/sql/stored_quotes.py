"""Stored quotes in SQL; `body` is JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

import orjson

from unshackled.domain.codec import decode, encode
from unshackled.domain.stored_quote import StoredQuote
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.stored_quotes import QuoteWrite, WriteLimit
from unshackled.store.sql.tables import Statement, Tables

TABLES: Final[tuple[str, ...]] = (
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
ADD: Final = """
    INSERT INTO quotes (id, retailer, api_key, created_at, valid_until, body)
    SELECT ?, ?, ?, ?, ?, ?
    WHERE (SELECT count(*) FROM quotes WHERE api_key = ? AND created_at > ?) < ?
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""
READ: Final = "SELECT body FROM quotes WHERE id = ? AND retailer = ?"
OLDEST: Final = "SELECT min(created_at) FROM quotes WHERE api_key = ? AND created_at > ?"
PRUNE: Final = """
    DELETE FROM quotes WHERE id IN (
        SELECT id FROM quotes WHERE valid_until < ? ORDER BY valid_until LIMIT ?
    )
    RETURNING id
"""


class SqlStoredQuotes:
    """The quotes of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, quote: StoredQuote, limit: WriteLimit) -> QuoteWrite:
        """Insert it, unless it is there or its key has written too many."""
        since = stamp(quote.created_at - limit.span)
        values = (
            quote.id,
            quote.account,
            quote.key,
            stamp(quote.created_at),
            stamp(quote.quote.valid_until),
            orjson.dumps(encode(quote)).decode(),
            quote.key,
            since,
            limit.most,
        )
        if await self._tables.read(READ, quote.id, quote.account):
            return QuoteWrite()
        (rows,) = await self._tables.write(Statement(ADD, values), alone=f"quotes:{quote.key}")
        if rows or await self._tables.read(READ, quote.id, quote.account):
            return QuoteWrite(new=bool(rows))
        ((oldest,),) = await self._tables.read(OLDEST, quote.key, since)
        begin = datetime.fromisoformat(str(oldest)) if oldest else quote.created_at
        return QuoteWrite(again_at=begin + limit.span)

    async def get(self, account: str, quote: str) -> StoredQuote | None:
        """One of an account by its id; raises `ValueError` for what this version cannot read."""
        rows = await self._tables.read(READ, quote, account)
        return decode(StoredQuote, orjson.loads(cast("str", rows[0][0]))) if rows else None

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        (rows,) = await self._tables.write(Statement(PRUNE, (stamp(before), limit)))
        return len(rows)
