"""Stored quotes in SQL."""

from __future__ import annotations

from typing import Final

from unshackled.domain.stored_quote import StoredQuote
from unshackled.store.sql.limited_rows import SqlLimitedRows, tables_of
from unshackled.store.sql.tables import Tables

NAME: Final = "quotes"
TABLES: Final[tuple[str, ...]] = tables_of(NAME)


class SqlStoredQuotes(SqlLimitedRows[StoredQuote]):
    """The quotes of a database."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables, NAME, StoredQuote)
