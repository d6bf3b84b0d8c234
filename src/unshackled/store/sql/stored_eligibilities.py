"""Answers about upgrades in SQL."""

from __future__ import annotations

from typing import Final

from unshackled.domain.stored_eligibility import StoredEligibility
from unshackled.store.sql.limited_rows import SqlLimitedRows, tables_of
from unshackled.store.sql.tables import Tables

NAME: Final = "upgrade_eligibilities"
TABLES: Final[tuple[str, ...]] = tables_of(NAME)


class SqlStoredEligibilities(SqlLimitedRows[StoredEligibility]):
    """The answers of a database."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables, NAME, StoredEligibility)
