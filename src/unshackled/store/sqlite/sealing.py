"""Sealing rows of before there were keys, portion by portion, beside live traffic.

A row is written over only at the version at which it was read, and keeps it: who has it in memory
goes on, and who appends meanwhile seals it themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from unshackled.domain.records import Record
from unshackled.errors import Conflict
from unshackled.store.snapshot_sealer import SealedChange, SnapshotRow
from unshackled.store.sqlite.reads import SNAPSHOT, WITH_KEYS
from unshackled.store.sqlite.writes import write_key

LAST: Final = "SELECT max(id) FROM (SELECT id FROM checkouts WHERE id > ? ORDER BY id LIMIT ?)"
PLAIN: Final = f"""
    SELECT {SNAPSHOT} FROM {WITH_KEYS}
    WHERE c.id > ? AND c.id <= ? AND typeof(c.personal) = 'text' ORDER BY c.id
"""  # noqa: S608 - the columns above
SEAL: Final = """
    UPDATE checkouts SET snapshot = :snapshot, personal = :personal
    WHERE id = :id AND version = :version AND typeof(personal) = 'text'
"""


def plain(
    connection: sqlite3.Connection, after: str, limit: int
) -> tuple[str | None, Sequence[SnapshotRow]]:
    """Of the next rows the last one's id, and those whose personal part is not sealed."""
    (last,) = connection.execute(LAST, (after, limit)).fetchone()
    rows = connection.execute(PLAIN, (after, last)).fetchall() if last is not None else []
    return last, [SnapshotRow(*row) for row in rows]


class SealRow(Record):
    """One row and its key, written in the order in which a first append writes both."""

    checkout: str
    version: int
    sealed: SealedChange

    def __call__(self, connection: sqlite3.Connection) -> None:
        """Write it, or raise `Conflict` where the row moved on."""
        given = {
            "id": self.checkout,
            "version": self.version,
            "snapshot": self.sealed.public.decode(),
            "personal": self.sealed.personal,
        }
        if connection.execute(SEAL, given).rowcount != 1:
            raise Conflict(f"{self.checkout}: not at version {self.version} any more")
        if self.sealed.new_key is not None:
            write_key(connection, self.sealed.new_key)
