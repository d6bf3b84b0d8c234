"""The order in which the file of keys and the file of checkouts are written.

SQLite commits two files one after the other, so a crash may come between. A key is therefore on the
disk before what it seals: what a crash leaves is a key of nothing, which the next append of that id
replaces. An erasing goes the other way round: with the checkout its personal part is gone, then
its key. What a crash leaves there is a key of nothing too, and the next start deletes it.

A row of before there were keys lies there in clear, and beside a key what is in clear is refused:
somebody may have put it there. So its first key comes with a mark, in one transaction, and the mark
goes once the row is sealed. A start that finds the mark finds out which of both a crash came
before: a row that is still in clear loses the key that seals nothing.

A deleted key is overwritten in its file (`secure_delete`), and the log of that file is emptied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from unshackled.errors import StoreUnavailable
from unshackled.store.side_tables.data_keys import StoredDataKey
from unshackled.store.sql.data_keys import COLUMNS, SqlDataKeys, values_of
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sql.tables import Tables
from unshackled.store.sqlite.sealing import SealRow
from unshackled.store.sqlite.worker import Answer, Job, take_back, together
from unshackled.store.sqlite.writes import Append

# The key of a checkout that is there stays; one without its checkout is what a crash left.
ADD: Final = f"""
    INSERT INTO {SCHEMA}.data_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (subject) DO UPDATE
    SET retailer = excluded.retailer, id = excluded.id, wrapped_by = excluded.wrapped_by,
        wrapped = excluded.wrapped, created_at = excluded.created_at
    WHERE data_keys.erased_at = ''
      AND NOT EXISTS (SELECT 1 FROM main.checkouts WHERE checkouts.id = excluded.subject)
"""  # noqa: S608 - the names above
OVERDUE: Final = f"""
    UPDATE {SCHEMA}.data_keys
    SET wrapped = '', wrapped_by = '', erased_at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')
    WHERE wrapped <> '' AND subject IN (SELECT id FROM main.checkouts WHERE personal = x'00')
"""  # noqa: S608 - the names above
FORGET: Final = f"""
    DELETE FROM {SCHEMA}.data_keys WHERE subject = ? AND id = ? AND EXISTS
        (SELECT 1 FROM main.checkouts WHERE id = subject AND typeof(personal) = 'text')
"""  # noqa: S608 - the names above
MARK: Final = f"""
    INSERT OR REPLACE INTO {SCHEMA}.first_keys (subject, id)
    SELECT ?, ? WHERE EXISTS
        (SELECT 1 FROM main.checkouts WHERE id = ? AND typeof(personal) = 'text')
"""  # noqa: S608 - the names above
UNMARK: Final = f"DELETE FROM {SCHEMA}.first_keys WHERE subject = ? AND id = ?"  # noqa: S608
UNUSED: Final = f"""
    DELETE FROM {SCHEMA}.data_keys
    WHERE (subject, id) IN (SELECT subject, id FROM {SCHEMA}.first_keys)
      AND EXISTS (SELECT 1 FROM main.checkouts WHERE id = subject AND typeof(personal) = 'text')
"""  # noqa: S608 - the names above
UNMARK_ALL: Final = f"DELETE FROM {SCHEMA}.first_keys"  # noqa: S608 - the name above
SCRUB: Final = f"PRAGMA {SCHEMA}.wal_checkpoint(TRUNCATE)"


class SqliteDataKeys(SqlDataKeys):
    """The data keys of a file, of which no deleted one stays in its log."""

    def __init__(self, tables: Tables, scrubbed: Callable[[], Awaitable[None]]) -> None:
        """`scrubbed` empties the log."""
        super().__init__(tables)
        self._scrubbed = scrubbed

    async def delete(self, subject: str, *, now: datetime) -> bool:
        """Delete a key for good, and leave a mark; False when there is none, or only a mark."""
        deleted = await super().delete(subject, now=now)
        if deleted:
            await self._scrubbed()
        return deleted


def keys_first(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Sequence[Answer]:
    """All jobs in one transaction, after the keys of what they create are on the disk."""
    rows = [values_of(key) for key in map(_new_key, jobs) if key is not None and key.wrapped]
    first = [(key.subject, key.id) for key in map(_first_key, jobs) if key is not None]
    if rows:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(ADD, rows)
            if first:
                connection.executemany(MARK, [(*one, one[0]) for one in first])
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            take_back(connection)
            return [(None, StoreUnavailable(f"nothing was written: {error}")) for _ in jobs]
    answers = together(connection, jobs)
    _forget_unused(connection, jobs, answers)
    if first:
        with suppress(sqlite3.Error):  # the next start does it
            connection.executemany(UNMARK, first)
    return answers


def _forget_unused(
    connection: sqlite3.Connection, jobs: Sequence[Job], answers: Sequence[Answer]
) -> None:
    """Drop the new keys of checkouts that stayed as they were, in clear, since another was first.

    Beside a key what is in clear is refused: see `snapshot_sealer`.
    """
    keys = [_new_key(job) for job, (_, error) in zip(jobs, answers, strict=True) if error]
    unused = [(key.subject, key.id) for key in keys if key is not None and key.wrapped]
    if unused:
        with suppress(sqlite3.Error):
            connection.executemany(FORGET, unused)


def _new_key(job: Job) -> StoredDataKey | None:
    if isinstance(job, SealRow):
        return job.sealed.new_key
    return job.new_key if isinstance(job, Append) else None


def _first_key(job: Job) -> StoredDataKey | None:
    """The key of a row that is there already, and was written before there were keys."""
    if isinstance(job, Append) and not job.expected:
        return None
    key = _new_key(job)
    return key if key is not None and key.wrapped else None


def delete_left(connection: sqlite3.Connection) -> None:
    """Delete the keys that a crash left: of what was erased, and of what it did not seal.

    They are few, and found by an index or a mark.
    """
    connection.execute(OVERDUE)
    connection.execute(UNUSED)
    connection.execute(UNMARK_ALL)


def scrub(connection: sqlite3.Connection) -> None:
    """Write the log of the file of keys into the file, and empty it.

    Where a reader is in its way it is done by the next one, or when the file is closed.
    """
    connection.execute(SCRUB).fetchall()
