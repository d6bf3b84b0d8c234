"""Quotes that were asked for: one for the same contents, with nothing personal in it."""

from __future__ import annotations

from typing import TypeAlias

from unshackled.domain.stored_quote import StoredQuote
from unshackled.store.side_tables.limited_rows import LimitedRows, LimitedWrite, WriteLimit

QuoteWrite: TypeAlias = LimitedWrite
StoredQuotes: TypeAlias = LimitedRows[StoredQuote]

__all__ = ["QuoteWrite", "StoredQuotes", "WriteLimit"]
