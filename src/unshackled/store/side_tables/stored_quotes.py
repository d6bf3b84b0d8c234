"""Quotes that were asked for: one for the same contents, with nothing personal in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from unshackled.domain.records import Record
from unshackled.domain.stored_quote import StoredQuote


class WriteLimit(Record):
    """At most so many new quotes of one API key in any span of this length."""

    most: int
    span: timedelta


class QuoteWrite(Record):
    """What came of adding a quote: it is `new`, or was there; or the key may write `again_at`."""

    new: bool = False
    again_at: datetime | None = None


class StoredQuotes(Protocol):
    """The quotes of all accounts."""

    async def add(self, quote: StoredQuote, limit: WriteLimit) -> QuoteWrite:
        """Insert it, unless one of its id is there or its key has written too many before it.

        One that is there is found whatever its key has written. The limit counts over all
        processes; what was pruned or written at another `created_at` counts no more.
        """
        ...

    async def get(self, account: str, quote: str) -> StoredQuote | None:
        """One of an account by its id; raises `ValueError` for what this version cannot read."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        ...
