"""Migrations: each step once, all or none, and never a newer file."""

import sqlite3
from pathlib import Path

import pytest

from unshackled.errors import StoreError
from unshackled.store.sqlite import SqliteStore
from unshackled.store.sqlite.schema import STEPS, migrate
from unshackled.testing.known_keys import KEYS

MORE = (*STEPS, ("ALTER TABLE tokens ADD COLUMN note TEXT", "CREATE TABLE notes (id TEXT)"))
BROKEN = (*STEPS, ("CREATE TABLE notes (id TEXT)", "CREATE TABLE broken ("))


def _connect(path: Path | str = ":memory:") -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}


def test_a_new_file_gets_every_step() -> None:
    """The number of steps is the version of the file; once more changes nothing."""
    connection = _connect()
    migrate(connection, MORE)
    before = _tables(connection)
    migrate(connection, MORE)
    assert (_version(connection), _tables(connection)) == (len(MORE), before)
    connection.close()


def test_an_older_file_gets_what_it_lacks() -> None:
    """Only the missing steps run, and what is stored stays."""
    connection = _connect()
    migrate(connection)
    connection.execute("INSERT INTO tokens VALUES ('h', 'handoff', 'c', 'r', 't', NULL, NULL)")
    migrate(connection, MORE)
    rows = connection.execute("SELECT token_hash, note FROM tokens").fetchall()
    assert (_version(connection), rows) == (len(MORE), [("h", None)])
    connection.close()


def test_a_step_that_fails_leaves_nothing() -> None:
    """A broken migration takes back all it did, so that the old code still runs."""
    connection = _connect()
    migrate(connection)
    before = _tables(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, BROKEN)
    assert (_version(connection), _tables(connection)) == (len(STEPS), before)
    connection.close()


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    """A file of a later version is not touched; the error says what to do."""
    path = tmp_path / "checkouts.db"
    newer = _connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    said = rf"schema 99, .* knows up to {len(STEPS)}: run the version"
    with pytest.raises(StoreError, match=said):
        await SqliteStore(path, keys=KEYS).open()
    left = _connect(path)
    assert (_version(left), _tables(left)) == (99, set())
    left.close()
