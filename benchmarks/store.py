"""The SQLite store with few and with many checkouts in it.

`python -m benchmarks.store '{"checkouts": 100000, "times": 2000, "rounds": 3}'`
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import asdict
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import cost_of, run
from unshackled.encryption.secret_key import random_key
from unshackled.gc_tuning import tune_collector
from unshackled.store import snapshot
from unshackled.store.data_key_wrapper import DataKeyWrapper
from unshackled.store.snapshot_sealer import PERSONAL
from unshackled.store.sql.data_keys import COLUMNS, values_of
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sqlite import SqliteStore
from unshackled.store.sqlite.connect import keys_beside
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW

AT_ONCE: Final = 16
CHANGES: Final = 4
# A prime: old checkouts are visited all over the file, and none twice at a time.
SCATTER: Final = 7919
# Checkouts made by SQL from one that the store wrote, so that a million take no hour.
FILL: Final = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
    INSERT INTO checkouts (id, retailer, version, status, settled, ended, created_at, updated_at,
                           wake_at, digest, snapshot, personal)
    SELECT printf('chk_a%08d', n), retailer, version, status, settled, 1,
           strftime('%Y-%m-%dT%H:%M:%f', 1700000000 + n, 'unixepoch') || '000+00:00', updated_at,
           wake_at, digest, replace(snapshot, 'chk_a', printf('chk_a%08d', n)), personal
    FROM numbers, checkouts WHERE id = 'chk_a'
"""
EVENTS: Final = """
    INSERT INTO events (checkout, version, idx, retailer, type, at, data)
    SELECT checkouts.id, events.version, idx, events.retailer, type, at, data
    FROM checkouts, events WHERE events.checkout = 'chk_a' AND checkouts.id > 'chk_a'
"""
KEY: Final = f"INSERT INTO {SCHEMA}.data_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def name(number: int) -> str:
    """The id of a filled-in checkout."""
    return f"chk_a{number:08}"


async def filled(path: Path, many: int) -> SqliteStore:
    """A store with so many checkouts."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of("chk_a")))
    with sqlite3.connect(path) as connection:
        connection.execute(FILL, {"many": many})
        connection.execute(EVENTS)
    connection.close()
    await seal(store, many)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return store


async def seal(store: SqliteStore, many: int) -> None:
    """Give each filled-in checkout a key and a personal part of its own, as an append does."""
    one = checkout_of("chk_a")
    wrapper, personal = DataKeyWrapper(store.key_ring), snapshot.dump(one)[1]
    keys, parts = [], []
    for number in range(1, many + 1):
        key, owner = random_key(), name(number)
        keys.append(values_of(await wrapper.wrapped(key, owner, one.account, now=NOW)))
        parts.append((key.seal(personal, PERSONAL, one.account, owner), owner))
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"ATTACH DATABASE ? AS {SCHEMA}", (str(keys_beside(store.path)),))
        connection.executemany(KEY, keys)
        connection.executemany("UPDATE checkouts SET personal = ? WHERE id = ?", parts)


def lives(store: SqliteStore, many: int) -> Callable[[], Awaitable[None]]:
    """One unit: a new checkout, loaded and changed some times; an old one, loaded and changed."""
    numbers = count()

    async def live() -> None:
        number = next(numbers)
        fresh, old = f"chk_b{number:08}", name(number * SCATTER % many + 1)
        await store.append(change_of(checkout_of(fresh)))
        for wanted in (*([fresh] * (CHANGES - 1)), old):
            found = await store.load(wanted)
            if found is None:
                raise LookupError(wanted)
            await store.append(change_of(next_of(found)))

    return live


async def rounds(asked: Any, folder: Path) -> list[Any]:
    """The cost of one append with its load in each round."""
    store = await filled(folder / "bench.db", asked["checkouts"])
    tune_collector()
    live = lives(store, asked["checkouts"])
    try:
        await cost_of(live, times=100, at_once=AT_ONCE)
        return [
            asdict(await cost_of(live, times=asked["times"], at_once=AT_ONCE))
            for _ in range(asked["rounds"])
        ]
    finally:
        await store.close()


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        print(json.dumps(run(rounds(json.loads(sys.argv[1]), Path(folder)))))


if __name__ == "__main__":
    main()
