"""Another secret of the index: it is filled anew, and what the old one noted is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from unshackled.store import open_store
from unshackled.store.lookups import Index
from unshackled.store.port import Store
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import Filter
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of

SECRET = "s" * 32
Opener = Callable[[str], Store]


async def _fill(store: Store) -> list[str]:
    """Fill the index; the ids that the customer number finds then."""
    assert isinstance(store, Index)
    while (portion := await store.unindexed(limit=2)).last is not None:
        await store.index(portion, {one.id: {"customer_ref": ("c-1",)} for one in portion.rows})
    await store.index(portion, {})
    only = Filter(customer_ref="c-1")
    page = await store.checkouts("northstar", status=None, after=None, limit=9, only=only)
    return sorted(row.checkout.id for row in page.rows)


async def _changed(opener: Opener) -> list[str]:
    """Written without a secret, read with one."""
    plain = opener("")
    await plain.open()
    for name in ("one", "two", "three"):
        change = change_of(checkout_of(name, steps=1), lookups={"customer_ref": ("c-1",)})
        await plain.append(change)
    await _fill(plain)
    await plain.close()
    secret = opener(SECRET)
    await secret.open()
    only = Filter(customer_ref="c-1")
    before = await secret.checkouts("northstar", status=None, after=None, limit=9, only=only)
    assert before.rows == ()
    found = await _fill(secret)
    await secret.close()
    return found


async def test_another_secret_fills_the_index_of_a_file_anew(tmp_path: Path) -> None:
    """Everything is found again, by one hash each, and nothing is kept in clear."""
    path = tmp_path / "data.db"
    found = await _changed(lambda secret: SqliteStore(path, secret=secret, keys=KEYS))
    assert found == ["one", "three", "two"]
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM lookups").fetchone()
    connection.close()
    assert count == 3
    assert b"c-1" not in b"".join(_hashes(path))


def _hashes(path: Path) -> list[bytes]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT retailer || kind || hash FROM lookups").fetchall()
    connection.close()
    return [str(row[0]).encode() for row in rows]


async def test_another_secret_fills_the_index_of_a_database_anew(postgres_url: str) -> None:
    """The same on PostgreSQL."""
    found = await _changed(lambda secret: open_store(postgres_url, secret=secret, keys=KEYS))
    assert found == ["one", "three", "two"]
    link: Any = await asyncpg.connect(postgres_url)
    assert await link.fetchval("SELECT count(*) FROM lookups") == 3
    await link.close()


@pytest.mark.parametrize("snapshot", ['{"format": 999}', '{"format": 2}'], ids=["newer", "broken"])
async def test_a_checkout_that_cannot_be_read_holds_up_no_other(
    tmp_path: Path, snapshot: str
) -> None:
    """It is told in the log and left out; those after it are found."""
    path = tmp_path / "data.db"
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    for name in ("a", "b", "c"):
        await store.append(change_of(checkout_of(name, steps=1)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE checkouts SET snapshot = ? WHERE id = 'b'", (snapshot,))
    connection.close()
    assert await _fill(store) == ["a", "c"]
    await store.close()
