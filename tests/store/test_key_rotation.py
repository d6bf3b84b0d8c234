"""Keys are rotated beside live traffic, and what was killed goes on: the store says how far."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.budget import budget
from tests.cli.shell import ROOT, environ
from unshackled.domain.checkout import Checkout, Private
from unshackled.encryption.master_keys import master_keys, new_master_key
from unshackled.errors import ClaimTaken, Conflict, StoreError, Undecryptable
from unshackled.store import snapshot
from unshackled.store.key_rotation import KeyRotation, Rotated
from unshackled.store.memory import MemoryStore
from unshackled.store.postgres import PostgresStore
from unshackled.store.side_tables.retailer_keys import StoredRetailerKey
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sql.tables import Statement
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS, MASTER_KEY
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.table_suites.webhooks_suite import endpoint_of
from unshackled.testing.virtual_clock import VirtualClock

SqlStore: TypeAlias = SqliteStore | PostgresStore
COUNT = budget(450, 10_000)
ACCOUNTS = ("northstar", "northstar:test")
NEW = new_master_key()
BOTH = master_keys(f"{NEW},{MASTER_KEY}")
# A replica before the rotation: it wraps by the old key and can read by the new one.
READY = master_keys(f"{MASTER_KEY},{NEW}")
# As it was before there were keys.
PLAIN = {
    "sqlite": "UPDATE checkouts SET personal = ? WHERE id = ?",
    "postgres": "UPDATE checkouts SET personal = convert_to(?, 'UTF8') WHERE id = ?",
}
KEYLESS = f"DELETE FROM {SCHEMA}.data_keys WHERE subject = ?"  # noqa: S608 - a name of ours


class KilledError(Exception):
    """Whoever rotated is no more."""


class Shop:
    """A database that more than one store opens, under whatever master keys."""

    def __init__(self, kind: str, where: Any) -> None:
        self.kind = kind
        self._where = where

    def store(self, keys: Any = KEYS) -> SqlStore:
        """One more store over the same data."""
        made = SqliteStore if self.kind == "sqlite" else PostgresStore
        return made(self._where, keys=keys)

    async def make_plain(self, store: SqlStore, checkout: Checkout) -> None:
        """Write a row as the version before wrote it."""
        personal = snapshot.dump(checkout)[1].decode()
        await store.sql.write(
            Statement(PLAIN[self.kind], (personal, checkout.id)),
            Statement(KEYLESS, (checkout.id,)),
        )


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    if request.param == "sqlite":
        return Shop("sqlite", tmp_path / "rotated.db")
    return Shop("postgres", request.getfixturevalue("emptied_url"))


@pytest.fixture
async def store(shop: Shop) -> AsyncIterator[SqlStore]:
    made = shop.store(READY)
    await made.open()
    yield made
    await made.close()


def _checkout(number: int) -> Checkout:
    return checkout_of(
        f"chk_{number:05}",
        steps=1,
        livemode=bool(number % 3),
        private=Private(customer_ref=f"c-{number}", inputs={"contact": {"name": "Featherstone"}}),
    )


async def fill(shop: Shop, store: SqlStore, count: int) -> dict[str, Checkout]:
    """Checkouts of two accounts, every other one as the version before wrote it."""
    made = [_checkout(number) for number in range(count)]
    for begin in range(0, count, 200):
        await asyncio.gather(*(store.append(change_of(one)) for one in made[begin : begin + 200]))
    for one in made[::2]:
        await shop.make_plain(store, one)
    return {one.id: one for one in made}


async def traffic(store: SqlStore, known: dict[str, Checkout], done: asyncio.Event) -> None:
    """Customers go on meanwhile, and new ones come; what is stored is what `known` says."""
    numbers = iter(range(90_000, 99_999))
    while not done.is_set():
        for name in list(known)[:: max(1, len(known) // 7)]:
            read = await store.load(name)
            assert read == known[name]
            after = next_of(known[name], bucket=known[name].bucket + 1)
            await store.append(change_of(after))
            known[name] = after
        new = _checkout(next(numbers))
        await store.append(change_of(new))
        known[new.id] = new
        await asyncio.sleep(0)


async def rotate(store: Any, at: datetime, portions: int | None) -> tuple[bool, list[str]]:
    """Rotate until so many portions were told; whether it came to its end, and what it told."""
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        if len(lines) == portions:
            raise KilledError(line)

    with suppress(KilledError):
        await KeyRotation(store, VirtualClock(at), say).run(renew=True)
        return True, lines
    return False, lines


async def rotate_with_kills(shop: Shop, day: int) -> Sequence[str]:
    """Rotate on a day, with new processes; each is killed a portion later than the last.

    All that they told.
    """
    told: list[str] = []
    for portions in range(1, 1_000, budget(1, 40)):
        store = shop.store(BOTH)
        await store.open()
        done, lines = await rotate(store, NOW + timedelta(days=day, minutes=portions), portions)
        await store.close()
        told += lines
        if done:
            return told
    raise AssertionError("it never ends")


async def keys_of(store: Any, account: str) -> list[StoredRetailerKey]:
    """The keys for data of an account, the present one first."""
    return list(await store.tables.retailer_keys.of(account, "data"))


async def under_way(store: Any) -> bool:
    """Whether an older key still wraps something."""
    older = [one for account in ACCOUNTS for one in (await keys_of(store, account))[1:]]
    return any([await store.tables.data_keys.under(one.id, limit=1) for one in older])


async def _clear(store: SqlStore, kind: str) -> int:
    plain = "typeof(personal) = 'text'" if kind == "sqlite" else "get_byte(personal, 0) = 123"
    rows = await store.sql.read(f"SELECT count(*) FROM checkouts WHERE {plain}")  # noqa: S608
    return int(rows[0][0] or 0)


@pytest.mark.timeout(budget(120, 600))
async def test_keys_rotate_beside_live_traffic_and_go_on_when_killed(
    shop: Shop, store: SqlStore
) -> None:
    """Afterwards the old master key opens nothing, nothing is in clear, and nothing is lost."""
    known = await fill(shop, store, COUNT)
    await store.tables.endpoints.add(endpoint_of())
    done = asyncio.Event()
    customers = asyncio.create_task(traffic(store, known, done))
    told = [*await rotate_with_kills(shop, 1)]
    done.set()
    await customers
    # A customer's process knew the key before for a minute: what it created then is left.
    told += await rotate_with_kills(shop, 2)
    assert await _clear(store, shop.kind) == 0
    after = shop.store(master_keys(NEW))
    await after.open()
    for name, expected in known.items():
        assert await after.load(name) == expected
    assert await after.tables.endpoints.get("we_1") == endpoint_of()
    assert await after.tables.retailer_keys.masters() == [master_keys(NEW).current]
    live, test = [await keys_of(after, account) for account in ACCOUNTS]
    # How many renewals there were depends on the kills: whatever the number, each is of both.
    assert [(one.number, one.created_at) for one in live[:-1]] == [
        (one.number, one.created_at) for one in test[:-1]
    ]
    assert live[0].number == len(live) == 1 + told.count("northstar: a new key") >= 2
    assert await KeyRotation(after, VirtualClock()).run() == Rotated()
    await after.close()


@pytest.mark.parametrize("kills", [0, 1, 2, budget(3, 4)])
async def test_a_renewal_gives_each_account_one_key_wherever_it_is_killed(kills: int) -> None:
    """A run that finds one under way goes on with it; only where all was done it begins another."""
    for places in product(range(1, 6), repeat=kills):
        store = MemoryStore(keys=KEYS)
        await store.open()
        for number in range(6):
            await store.append(change_of(_checkout(number)))
        renewals, done = 0, False
        for minute, portions in enumerate((*places, None), start=1):
            going_on = await under_way(store)
            done, told = await rotate(store, NOW + timedelta(minutes=minute), portions)
            renewals += not going_on and f"{ACCOUNTS[0]}: a new key" in told
        assert done
        assert not await under_way(store)
        for account in ACCOUNTS:
            keys = await keys_of(store, account)
            assert [one.number for one in keys] == [*range(renewals + 1, 0, -1)], places
        assert kills or renewals == 1


async def test_a_store_is_not_opened_with_another_master_key(shop: Shop, store: SqlStore) -> None:
    """It says which one is needed, before anything is served."""
    await store.append(change_of(checkout_of()))
    other = shop.store(master_keys(NEW))
    with pytest.raises(StoreError, match=KEYS.current):
        await other.open()
    await other.close()


async def test_what_was_erased_stays_erased(shop: Shop, store: SqlStore) -> None:
    """A mark is no key, and is not rotated; also where the row is one of before."""
    gone, older = checkout_of("gone"), checkout_of("older")
    for one in (gone, older, checkout_of("left")):
        await store.append(change_of(one))
    await shop.make_plain(store, older)
    await store.append(change_of(older_erased := _erased(older)))
    await store.tables.data_keys.delete("gone", now=NOW)
    await KeyRotation(store, VirtualClock()).run(renew=True)
    assert await store.load("gone") == snapshot.erased(gone)
    assert await store.load("older") == snapshot.erased(older_erased)
    assert await store.load("left") == checkout_of("left")
    for name in ("gone", "older"):
        mark = await store.tables.data_keys.get(name)
        assert mark is not None
        assert mark.wrapped is None


def _erased(checkout: Checkout) -> Checkout:
    from unshackled.testing.store_sealing import ERASURE

    return next_of(checkout, erasure=ERASURE)


async def test_a_row_that_cannot_be_read_is_left_and_counted(shop: Shop, store: SqlStore) -> None:
    """The others are sealed."""
    for name in ("a", "b", "c"):
        await store.append(change_of(checkout_of(name)))
        await shop.make_plain(store, checkout_of(name))
    broken = """UPDATE checkouts SET snapshot = '{"format": 999}' WHERE id = 'b'"""
    await store.sql.write(Statement(broken))
    done = await KeyRotation(store, VirtualClock()).run()
    assert (done.rows, done.unreadable) == (2, 1)
    assert await _clear(store, shop.kind) == 1
    assert [await store.load(name) for name in ("a", "c")] == [checkout_of("a"), checkout_of("c")]


async def test_who_has_a_row_of_before_in_memory_learns_of_its_key(
    shop: Shop, store: SqlStore
) -> None:
    """A rotation gave it one: the append conflicts once, and after a reload it is sealed by it."""
    await store.append(change_of(checkout_of()))
    await shop.make_plain(store, checkout_of())
    assert await store.load("chk_1") == checkout_of()
    other = shop.store()
    await other.open()
    await KeyRotation(other, VirtualClock()).run()
    await other.close()
    with pytest.raises(Conflict):
        await store.append(change_of(next_of(checkout_of())))
    assert await store.load("chk_1") == checkout_of()
    await store.append(change_of(next_of(checkout_of())))
    assert await store.load("chk_1") == next_of(checkout_of())


async def test_a_row_of_before_is_sealed_by_its_next_append(shop: Shop, store: SqlStore) -> None:
    """It reads as it did, and has a key from then on."""
    await store.append(change_of(checkout_of()))
    await shop.make_plain(store, checkout_of())
    other = shop.store()
    await other.open()
    assert await other.load("chk_1") == checkout_of()
    assert await _clear(store, shop.kind) == 1
    await other.append(change_of(next_of(checkout_of())))
    assert await _clear(store, shop.kind) == 0
    assert await store.load("chk_1") == next_of(checkout_of())
    await other.close()


async def test_a_row_of_before_whose_next_append_fails_reads_as_it_did(
    shop: Shop, store: SqlStore
) -> None:
    """The key that the append would have had is not left beside what is in clear."""
    await store.append(change_of(checkout_of("chk_2"), claims=("imei 1",)))
    await store.append(change_of(checkout_of()))
    await shop.make_plain(store, checkout_of())
    other = shop.store()
    await other.open()
    with pytest.raises(ClaimTaken):
        await other.append(change_of(next_of(checkout_of()), claims=("imei 1",)))
    assert await other.load("chk_1") == checkout_of()
    await other.append(change_of(next_of(checkout_of())))
    assert await other.load("chk_1") == next_of(checkout_of())
    assert await _clear(store, shop.kind) == 0
    await other.close()


async def test_a_lost_key_is_no_erasure(shop: Shop, store: SqlStore) -> None:
    """Without a mark the checkout does not open; it is named with the id of its key."""
    await store.append(change_of(checkout_of()))
    key = await store.tables.data_keys.get("chk_1")
    assert key is not None
    await store.sql.write(Statement(KEYLESS, ("chk_1",)))
    with pytest.raises(Undecryptable, match=rf"chk_1: .*{key.id}.* is lost"):
        await store.load("chk_1")


async def test_a_store_in_memory_rotates_too() -> None:
    """It has keys and no rows at rest."""
    store = MemoryStore(keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of()))
    done = await KeyRotation(store, VirtualClock()).run(renew=True)
    assert done == Rotated(data_keys=1)
    assert await store.load("chk_1") == checkout_of()


def _command(path: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "unshackled", "encryption", "rotate", "--retailer-keys"],
        env={**env, "UNSHACKLED_STORE": f"sqlite:///{path}"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_the_command_goes_on_after_a_kill(tmp_path: Path) -> None:
    """SIGKILL in the middle of it, then again: what is left is done, and it says how much."""
    path = tmp_path / "killed.db"
    shop = Shop("sqlite", path)
    store = shop.store()
    await store.open()
    known = await fill(shop, store, 500)
    await store.close()
    env = environ(UNSHACKLED_MASTER_KEY=f"{NEW},{MASTER_KEY}")
    killed = _command(path, env)
    assert killed.stdout is not None
    for line in killed.stdout:
        if line.startswith("checkouts: "):
            break
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    with closing(sqlite3.connect(path)) as connection:
        plain = "SELECT count(*) FROM checkouts WHERE typeof(personal) = 'text'"
        (left,) = connection.execute(plain).fetchone()
    assert 0 < left < 250
    out, err = _command(path, env).communicate(timeout=60)
    assert err == ""
    assert out.splitlines()[-1] == (
        f"done: 0 retailer keys and 250 data keys rewrapped, {left} checkouts"
        " and 0 webhook endpoints sealed"
    )
    after = shop.store(master_keys(NEW))
    await after.open()
    for name in list(known)[::25]:
        assert await after.load(name) == known[name]
    await after.close()
