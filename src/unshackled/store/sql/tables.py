"""Tables beside the checkouts, in SQL that SQLite and PostgreSQL both understand.

Parameters are `?`. Values are str, int or None: times are `cursor.stamp` text in UTC of one width,
JSON is text, flags are 0 and 1, so that one statement means the same in both databases. What both
have: `ON CONFLICT`, `RETURNING`, common table expressions, partial indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from unshackled.domain.records import Record

Value: TypeAlias = str | int | None
Row: TypeAlias = tuple[Value, ...]


class Statement(Record, kw_only=False):
    """One statement of a transaction; `must` undoes all of it when no row comes back."""

    sql: str
    values: Sequence[Value] = ()
    must: bool = False


class Tables(Protocol):
    """Reads, and transactions that are written whole or not at all.

    Both raise `StoreUnavailable` when the database is away.
    """

    async def read(self, sql: str, *values: Value) -> Sequence[Row]:
        """The rows of one SELECT."""
        ...

    async def write(
        self, *statements: Statement, alone: str | None = None
    ) -> Sequence[Sequence[Row]]:
        """Do all in one transaction; the rows that each one's RETURNING gave.

        Writes that are `alone` under the same name come one after the other, each seeing what those
        before it wrote: so a statement may count rows and rely on it. Raises `Conflict`, with
        nothing written, when a statement that `must` gave none.
        """
        ...
