"""Filling the index of a file with checkouts of before it, portion by portion, by their ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from unshackled.store.lookups import Portion, readable
from unshackled.store.snapshot_sealer import SnapshotRow, SnapshotSealer
from unshackled.store.sqlite.reads import SNAPSHOT, WITH_KEYS
from unshackled.store.sqlite.writes import FORGET_LOOKUPS, LOOKUP

# `after` is NULL once every checkout was looked at.
TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS lookup_fill (
        mark TEXT NOT NULL PRIMARY KEY,
        after TEXT
    ) WITHOUT ROWID
    """,
)
PLACE: Final = "SELECT after FROM lookup_fill WHERE mark = ?"
NEXT: Final = f"SELECT {SNAPSHOT} FROM {WITH_KEYS} WHERE c.id > ? ORDER BY c.id LIMIT ?"  # noqa: S608
# A checkout that moved on meanwhile may have been erased: it is read again.
THERE: Final = "SELECT 1 FROM checkouts WHERE id = ? AND version = ?"
MOVE: Final = """
    INSERT INTO lookup_fill (mark, after) VALUES (?, ?)
    ON CONFLICT (mark) DO UPDATE SET after = excluded.after
"""


def unindexed(
    connection: sqlite3.Connection, mark: str, limit: int, sealer: SnapshotSealer
) -> Portion:
    """The next checkouts that the index may lack."""
    place = connection.execute(PLACE, (mark,)).fetchone()
    if place is not None and place[0] is None:
        return Portion()
    rows = connection.execute(NEXT, (place[0] if place else "", limit)).fetchall()
    found = readable((SnapshotRow(*row) for row in rows), sealer)
    return Portion(rows=tuple(found), last=rows[-1][0] if rows else None)


def index(
    connection: sqlite3.Connection,
    mark: str,
    portion: Portion,
    entries: Sequence[tuple[str, str, str, str]],
) -> None:
    """Note a portion, and how far this came."""
    there = {
        one.id
        for one in portion.rows
        if connection.execute(THERE, (one.id, one.version)).fetchone() is not None
    }
    connection.executemany(FORGET_LOOKUPS, [(one,) for one in there])
    connection.executemany(LOOKUP, [entry for entry in entries if entry[3] in there])
    if len(there) == len(portion.rows):
        connection.execute(MOVE, (mark, portion.last))
