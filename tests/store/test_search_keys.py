"""The keys of the search index: apart for each account, renewed while everything is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unshackled.store import open_store
from unshackled.store.lookups import Index
from unshackled.store.port import Store
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import Filter
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW

Opener = Callable[[], Store]
MINE = {"email": ("ada@example.com",)}


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """A store that is opened again over the same data."""
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "data.db", keys=KEYS)
    url: str = request.getfixturevalue("postgres_url")
    return lambda: open_store(url, keys=KEYS)


async def found(store: Store, account: str = "northstar") -> list[str]:
    """Who is found by the e-mail address."""
    only = Filter(email="ada@example.com")
    page = await store.checkouts(account, status=None, after=None, limit=9, only=only)
    return sorted(row.checkout.id for row in page.rows)


async def fill(store: Store) -> int:
    """Fill the index until it is whole; how many were looked at."""
    assert isinstance(store, Index)
    count = 0
    while (portion := await store.unindexed(limit=2)).last is not None:
        await store.index(portion, dict.fromkeys([one.id for one in portion.rows], MINE))
        count += len(portion.rows)
    await store.index(portion, {})
    return count


async def test_a_renewed_key_hides_nobody(opener: Opener) -> None:
    """By both keys while the index is filled anew, portion by portion; then by the new one."""
    store = opener()
    await store.open()
    for number in range(5):
        await store.append(change_of(checkout_of(f"chk_{number}", steps=1), lookups=MINE))
    await fill(store)
    assert await fill(store) == 0
    everybody = [f"chk_{number}" for number in range(5)]
    assert isinstance(store, Index)
    assert await store.renew_index_keys(NOW) == 1
    assert await found(store) == everybody
    portion = await store.unindexed(limit=2)
    await store.index(portion, dict.fromkeys([one.id for one in portion.rows], MINE))
    assert await found(store) == everybody
    await store.append(change_of(checkout_of("new", steps=1), lookups=MINE))
    await store.close()
    again = opener()
    await again.open()
    assert await fill(again) == 4
    assert await found(again) == [*everybody, "new"]
    assert await fill(again) == 0
    await again.close()


async def test_another_process_finds_what_was_hashed_with_a_key_it_has_not_seen(
    opener: Opener,
) -> None:
    """It looks at the keys again, a minute later at the latest; here it is opened after."""
    store = opener()
    await store.open()
    await store.append(change_of(checkout_of("old", steps=1), lookups=MINE))
    assert isinstance(store, Index)
    await store.renew_index_keys(NOW)
    await store.append(change_of(checkout_of("new", steps=1), lookups=MINE))
    other = opener()
    await other.open()
    assert await found(other) == ["new", "old"]
    await other.close()
    await store.close()


async def test_accounts_have_keys_of_their_own(opener: Opener) -> None:
    """The same address at two retailers, and in the other mode, are three hashes."""
    store = opener()
    await store.open()
    for name, changes in (
        ("a", {}),
        ("b", {"retailer": "orbit"}),
        ("c", {"livemode": False}),
    ):
        await store.append(change_of(checkout_of(name, steps=1, **changes), lookups=MINE))
    assert await found(store) == ["a"]
    assert await found(store, "orbit") == ["b"]
    assert await found(store, "northstar:test") == ["c"]
    assert isinstance(store, Index)
    assert await store.renew_index_keys(NOW) == 3
    rows = await store.tables.retailer_keys.of("orbit", "index")
    assert [row.number for row in rows] == [2, 1]
    await store.close()


async def test_what_is_not_found_by_any_more_is_gone_under_every_key(opener: Opener) -> None:
    """A correction after a renewal takes away what the old key noted."""
    store = opener()
    await store.open()
    checkout = checkout_of("chk_1", steps=1)
    await store.append(change_of(checkout, lookups=MINE))
    assert isinstance(store, Index)
    await store.renew_index_keys(NOW)
    await store.append(change_of(next_of(checkout), lookups={"email": ("other@example.com",)}))
    assert await found(store) == []
    await store.close()
