"""What encryption at rest adds to a whole checkout: each append sealed, and each read back once.

`python -m benchmarks.sealing sealed 20` writes and reads the snapshots of so many checkouts as a
store does, `plain` without keys; under `valgrind` the instructions of both are counted, and their
difference is what keys cost.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from benchmarks.core import Core
from benchmarks.instructions import instructions
from benchmarks.report import Row
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.store import snapshot
from unshackled.store.memory import MemoryStore
from unshackled.store.snapshot_sealer import SnapshotRow, SnapshotSealer
from unshackled.store.stored_records import Change
from unshackled.testing.known_keys import KEYS

FEW: Final = 4
MANY: Final = 14
# Of what a whole checkout executes over HTTP (docs/performance.md), in M instructions.
WHOLE: Final = 70.3
SHARE: Final = 0.03


class Recording(Core):
    """The appends of one checkout, as the core makes them."""

    def __init__(self) -> None:
        """Play one checkout."""
        self.changes: list[Change] = []
        super().__init__()
        self.changes.clear()
        self.play()

    def written(self, change: Change) -> None:
        """Keep what would be written, in its version, which the runner counts."""
        version = len(self.changes) + 1
        checkout = replace(change.checkout, version=version)
        events = [replace(one, version=version) for one in change.events]
        self.changes.append(replace(change, checkout=checkout, expected=version - 1, events=events))


def plain(changes: list[Change]) -> None:
    """Each snapshot written and read, in clear."""
    for change in changes:
        change.require_sound()
        public, personal = snapshot.dump(change.checkout)
        _require(snapshot.parse(public, personal), change.checkout)


async def sealed(changes: list[Change], sealer: SnapshotSealer) -> None:
    """The same with keys, as a store on SQL does it: the first append makes the data key."""
    row = None
    for change in changes:
        written = await sealer.sealed(change)
        row = written.new_key or row
        if row is None or row.wrapped is None:
            raise RuntimeError("no key was made")
        wrapped = b64encode(row.wrapped).decode()
        checkout = change.checkout
        keys = (row.id, row.wrapped_by, wrapped)
        stored = SnapshotRow(
            checkout.id, checkout.account, written.public.decode(), written.personal, *keys
        )
        found, key = sealer.opened(stored)
        sealer.remember(found.id, key)
        _require(found, checkout)


async def play(changes: list[Change], times: int) -> None:
    """So many checkouts, of one account."""
    store = MemoryStore(keys=KEYS)
    await store.open()
    sealer = SnapshotSealer(store.key_ring, store.tables.data_keys)
    for _ in range(times):
        await sealed(changes, sealer)
    await store.close()


def _require(found: Checkout, written: Checkout) -> None:
    if found.version != written.version:
        raise RuntimeError("it is not read as it was written")


def rows() -> Iterator[Row]:
    """Nothing where valgrind is not on PATH."""
    if shutil.which("valgrind") is None:
        return
    counts = {how: (_count(how, MANY) - _count(how, FEW)) / (MANY - FEW) for how in WAYS}
    yield Row(
        what="encryption of one checkout",
        measured=(counts["sealed"] - counts["plain"]) / 1e6,
        unit="M instructions",
        bar=WHOLE * SHARE,
    )


def _count(how: str, times: int) -> int:
    return instructions("-m", "benchmarks.sealing", how, str(times))


WAYS: Final = ("plain", "sealed")


def main() -> None:
    """Play."""
    how, times = sys.argv[1], int(sys.argv[2])
    changes = Recording().changes
    if how == "sealed":
        asyncio.run(play(changes, times))
        return
    for _ in range(times):
        plain(changes)


if __name__ == "__main__":
    main()
