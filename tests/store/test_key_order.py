"""Two files, one after the other: what a crash between them leaves loses and revives nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from unshackled.errors import Conflict, StoreUnavailable
from unshackled.store import snapshot
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.store_sealing import ERASURE

ERASED = next_of(checkout_of(), erasure=ERASURE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "order.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(path, keys=KEYS)
    await made.open()
    yield made
    await made.close()


def _do(file: Path, sql: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(file, isolation_level=None)) as link:
        return link.execute(sql, values).fetchall()


def _keys(path: Path) -> Path:
    return path.with_name(f"{path.name}.keys")


def _bytes(file: Path, instead: bytes | None = None) -> bytes:
    """What is in a file, or is from now on."""
    if instead is not None:
        file.write_bytes(instead)
    return file.read_bytes()


async def test_a_key_is_on_the_disk_before_its_checkout(store: SqliteStore, path: Path) -> None:
    """While the file of checkouts cannot be written a key may be there, and no checkout is."""
    await store.key_ring.current("northstar", "data", checkout_of().updated_at)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await store.append(change_of(checkout_of()))
    assert _do(path, "SELECT count(*) FROM checkouts") == [(0,)]
    await store.append(change_of(checkout_of()))
    assert await store.load("chk_1") == checkout_of()


async def test_a_key_that_a_crash_left_is_replaced(store: SqliteStore, path: Path) -> None:
    """As if the process had died between the two: the id is free, with a key of its own."""
    await store.append(change_of(checkout_of()))
    for table in ("events", "checkouts"):
        _do(path, f"DELETE FROM {table}")  # noqa: S608 - the words above
    again = checkout_of(bucket=1)
    await store.append(change_of(again))
    assert await store.load("chk_1") == again


async def test_a_creation_of_a_taken_id_leaves_the_key_of_who_has_it(
    store: SqliteStore, path: Path
) -> None:
    """The key that it would have written is not written."""
    await store.append(change_of(checkout_of()))
    before = _do(_keys(path), "SELECT * FROM data_keys")
    with pytest.raises(Conflict):
        await store.append(change_of(checkout_of(bucket=1)))
    assert _do(_keys(path), "SELECT * FROM data_keys") == before
    await store.append(change_of(next_of(checkout_of())))
    other = SqliteStore(path, keys=KEYS)
    await other.open()
    assert await other.load("chk_1") == next_of(checkout_of())
    await other.close()


async def test_an_erasing_that_a_crash_cut_short_is_finished(path: Path) -> None:
    """The checkout was erased, its key was not yet: the next start deletes it, and says when."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    for name in ("chk_1", "chk_2"):
        await store.append(change_of(checkout_of(name)))
    before = _do(_keys(path), "SELECT subject, wrapped, wrapped_by FROM data_keys")
    await store.append(change_of(ERASED))
    await store.close()
    back = "UPDATE data_keys SET wrapped = ?, wrapped_by = ?, erased_at = '' WHERE subject = ?"
    for subject, wrapped, over in before:
        _do(_keys(path), back, wrapped, over, subject)
    again = SqliteStore(path, keys=KEYS)
    await again.open()
    assert await again.load("chk_1") == snapshot.erased(ERASED)
    assert await again.load("chk_2") == checkout_of("chk_2")
    mark, left = [await again.tables.data_keys.get(name) for name in ("chk_1", "chk_2")]
    assert mark is not None
    assert left is not None
    assert (mark.wrapped, left.erased_at) == (None, None)
    assert mark.erased_at is not None
    await again.close()


async def test_an_old_copy_of_the_checkouts_brings_nothing_back(path: Path) -> None:
    """The file of checkouts is restored as it was, that of keys is today's."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of()))
    await store.close()
    copy = _bytes(path)
    await store.open()
    await store.append(change_of(ERASED))
    await store.close()
    _bytes(path, copy)
    restored = SqliteStore(path, keys=KEYS)
    await restored.open()
    assert await restored.load("chk_1") == snapshot.erased(checkout_of())
    await restored.append(change_of(next_of(checkout_of())))
    assert await restored.load("chk_1") == snapshot.erased(next_of(checkout_of()))
    assert _do(path, "SELECT personal FROM checkouts") == [(b"\x00",)]
    await restored.close()


async def test_without_a_master_key_nothing_is_sealed_or_opened(path: Path) -> None:
    """What needs no key works; a checkout is neither written in clear nor read."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of()))
    await store.close()
    keyless = SqliteStore(path)
    await keyless.open()
    assert await keyless.keys("northstar") == []
    for asked in (keyless.load("chk_1"), keyless.append(change_of(checkout_of("chk_2")))):
        with pytest.raises(Exception, match="no master key is set"):
            await asked
    assert _do(path, "SELECT id FROM checkouts") == [("chk_1",)]
    await keyless.close()


async def test_a_refused_first_append_leaves_what_is_in_clear_readable(
    store: SqliteStore, path: Path
) -> None:
    """A row of before there were keys gets one with an append that is written, never without."""
    await store.append(change_of(checkout_of()))
    public, personal = snapshot.dump(checkout_of())
    clear = "UPDATE checkouts SET snapshot = ?, personal = ?"
    _do(path, clear, public.decode(), personal.decode())
    _do(_keys(path), "DELETE FROM data_keys")
    await store.close()
    again = SqliteStore(path, keys=KEYS)
    await again.open()
    with pytest.raises(Conflict):
        await again.append(change_of(checkout_of(version=9), expected=8))
    assert await again.load("chk_1") == checkout_of()
    later = next_of(checkout_of(), bucket=3)
    await again.append(change_of(later))
    assert await again.load("chk_1") == later
    await again.close()
    await store.open()
