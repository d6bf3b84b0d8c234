"""Waiting rooms in SQL.

`next_at` only ever grows, so comparing it is enough to see that nobody was faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from unshackled.store.encoding import stamp
from unshackled.store.sql.tables import Row, Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS waiting_rooms (
        retailer TEXT NOT NULL PRIMARY KEY,
        next_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS waiting_places (
        retailer TEXT NOT NULL,
        holder TEXT NOT NULL,
        admit_at TEXT NOT NULL,
        PRIMARY KEY (retailer, holder)
    )
    """,
    "CREATE INDEX IF NOT EXISTS waiting_places_age ON waiting_places (admit_at)",
)
READ: Final = "SELECT next_at FROM waiting_rooms WHERE retailer = ?"
BEGIN: Final = """
    INSERT INTO waiting_rooms (next_at, retailer) VALUES (?, ?)
    ON CONFLICT (retailer) DO NOTHING RETURNING next_at
"""
MOVE: Final = """
    UPDATE waiting_rooms SET next_at = ? WHERE retailer = ? AND next_at = ? RETURNING next_at
"""
PLACE: Final = "SELECT admit_at FROM waiting_places WHERE retailer = ? AND holder = ?"
# One that counts is written over by itself, so that its row comes back.
HOLD: Final = """
    INSERT INTO waiting_places (retailer, holder, admit_at) VALUES (?, ?, ?)
    ON CONFLICT (retailer, holder) DO UPDATE SET admit_at = CASE
        WHEN waiting_places.admit_at <= ? THEN excluded.admit_at ELSE waiting_places.admit_at END
    RETURNING admit_at
"""
PRUNE: Final = """
    DELETE FROM waiting_places WHERE (retailer, holder) IN (
        SELECT retailer, holder FROM waiting_places WHERE admit_at < ? ORDER BY admit_at LIMIT ?
    ) RETURNING holder
"""


class SqlWaitingRooms:
    """The rooms of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def next_at(self, account: str) -> datetime | None:
        """When the next place of a room is."""
        return _moment(await self._tables.read(READ, account))

    async def advance(self, account: str, *, expected: datetime | None, to: datetime) -> bool:
        """Move the next place by compare-and-swap; whether it was done."""
        if expected is None:
            statement = Statement(BEGIN, (stamp(to), account))
        else:
            statement = Statement(MOVE, (stamp(to), account, stamp(expected)))
        (rows,) = await self._tables.write(statement)
        return bool(rows)

    async def place_of(self, account: str, holder: str) -> datetime | None:
        """The place that somebody holds."""
        return _moment(await self._tables.read(PLACE, account, holder))

    async def hold(
        self, account: str, holder: str, *, admit_at: datetime, lapsed: datetime
    ) -> datetime:
        """Keep a place for somebody; the one that counts."""
        values = (account, holder, stamp(admit_at), stamp(lapsed))
        (rows,) = await self._tables.write(Statement(HOLD, values))
        return cast("datetime", _moment(rows))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete places that are of no use any more."""
        (rows,) = await self._tables.write(Statement(PRUNE, (stamp(before), limit)))
        return len(rows)


def _moment(rows: Sequence[Row]) -> datetime | None:
    return datetime.fromisoformat(cast("str", rows[0][0])) if rows else None
