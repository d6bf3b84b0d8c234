"""The two connections to a SQLite file; each is made and used in a thread of its own."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from unshackled.errors import StoreUnavailable
from unshackled.store.schema import migrate


def writer(path: Path, busy: timedelta) -> sqlite3.Connection:
    """The one that writes: WAL, every commit flushed, foreign keys kept, schema up to date."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder of the database: {error.strerror}") from error
    connection = _connect(path, busy)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def reader(path: Path, busy: timedelta) -> sqlite3.Connection:
    """The one that reads, beside the writer and never in its way."""
    connection = _connect(path, busy)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path, busy: timedelta) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy.total_seconds(), isolation_level=None)
