"""Stored quotes in memory."""

from __future__ import annotations

from datetime import datetime

from unshackled.domain.stored_quote import StoredQuote
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.stored_quotes import QuoteWrite, WriteLimit


class MemoryStoredQuotes:
    """Quotes by their ids."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, StoredQuote] = {}

    async def add(self, quote: StoredQuote, limit: WriteLimit) -> QuoteWrite:
        """Insert it, unless it is there or its key has written too many."""
        self._ping()
        if quote.id in self._rows:
            return QuoteWrite()
        since = quote.created_at - limit.span
        mine = [one.created_at for one in self._rows.values() if one.key == quote.key]
        recent = [at for at in mine if at > since]
        if len(recent) >= limit.most:
            return QuoteWrite(again_at=min(recent) + limit.span)
        self._rows[quote.id] = quote
        return QuoteWrite(new=True)

    async def get(self, account: str, quote: str) -> StoredQuote | None:
        """One of an account by its id."""
        self._ping()
        found = self._rows.get(quote)
        return found if found is not None and found.account == account else None

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        self._ping()
        old = [one.id for one in self._rows.values() if one.quote.valid_until < before][:limit]
        for name in old:
            del self._rows[name]
        return len(old)
