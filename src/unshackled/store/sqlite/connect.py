"""The two connections to a SQLite file; each is made and used in a thread of its own.

The keys of what is personal lie in a second file beside it, attached under a name of its own: so
no copy of the one has the other. See `keys.py` for the order in which both are written.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Final

from unshackled.errors import StoreUnavailable
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sqlite.schema import migrate, migrate_keys

PRIVATE: Final = 0o600
KEYS: Final = ".keys"  # the file of keys is named after the file of checkouts


def writer(path: Path, busy: timedelta) -> sqlite3.Connection:
    """The one that writes: WAL, every commit flushed, foreign keys kept, schema up to date."""
    make_private(path)
    make_private(keys_beside(path))
    connection = _connect(path, busy)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _attach(connection, path)
        connection.execute(f"PRAGMA {SCHEMA}.journal_mode = WAL")
        connection.execute(f"PRAGMA {SCHEMA}.synchronous = FULL")
        connection.execute(f"PRAGMA {SCHEMA}.secure_delete = ON")
        migrate_keys(connection)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def make_private(path: Path) -> None:
    """Make the file, and its folder, readable by us alone: it holds personal data.

    SQLite gives the files beside it the same mode. A file of another owner stays as it is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder of the database: {error.strerror}") from error
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
        os.chmod(path, PRIVATE)  # noqa: PTH101 - beside the call above
    except PermissionError:
        return  # whether it can be used at all, SQLite says
    except OSError as error:
        raise StoreUnavailable(f"the database: {error.strerror}") from error


def take_alone(path: Path) -> int:
    """Hold the lock of the one server on this file; the descriptor, which the process keeps open.

    The kernel ends it with the process, however that ends. Commands of operators do not ask for it.
    Raises `StoreUnavailable` while another server has it.
    """
    make_private(path)
    held = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise StoreUnavailable(
            "another server has this file open: SQLite is for one, PostgreSQL for many"
        ) from None
    return held


def reader(path: Path, busy: timedelta) -> sqlite3.Connection:
    """The one that reads, beside the writer and never in its way."""
    connection = _connect(path, busy)
    _attach(connection, path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def keys_beside(path: Path) -> Path:
    """The file with the keys of the checkouts of a file."""
    return path.with_name(path.name + KEYS)


def _attach(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute(f"ATTACH DATABASE ? AS {SCHEMA}", (str(keys_beside(path)),))


def _connect(path: Path, busy: timedelta) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy.total_seconds(), isolation_level=None)
