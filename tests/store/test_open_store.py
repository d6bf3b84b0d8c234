"""The URL that picks a store."""

from pathlib import Path

import pytest

from unshackled.store import open_store
from unshackled.store.memory import MemoryStore
from unshackled.store.postgres import PostgresStore
from unshackled.store.sqlite import SqliteStore


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///data/a.db", "data/a.db"), ("sqlite:////var/lib/a.db", "/var/lib/a.db")],
)
def test_a_sqlite_url_names_a_file(url: str, path: str) -> None:
    """Three slashes are relative to the working folder, four absolute."""
    store = open_store(url)
    assert isinstance(store, SqliteStore)
    assert store.path == Path(path)


def test_a_postgresql_url_names_a_database() -> None:
    """Nothing connects before the store is opened."""
    assert isinstance(open_store("postgresql://shop:hunter2@db/checkouts"), PostgresStore)


def test_memory_is_a_store() -> None:
    """`memory:` needs no file."""
    assert isinstance(open_store("memory:"), MemoryStore)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://shop:hunter2@db/checkouts",
        "sqlite://hunter2",
        "sqlite:///",
        "sqlite:///a.db?mode=hunter2",
        "hunter2.db",
        "",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    """The error names what is allowed, and repeats nothing that may be a password."""
    with pytest.raises(
        ValueError, match="allowed are memory:, sqlite:///<file>, postgre"
    ) as raised:
        open_store(url)
    assert "hunter2" not in str(raised.value)
