"""Records checkouts of this version for the versions that come: `python -m tests.golden.record`.

See README.md for when, and from which version.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from tests.golden.inventory import inventory
from tests.golden.scenarios import FLOWS, SCENARIOS, Scenario
from tests.golden.stage import AT, Stage
from unshackled.domain.codec import encode
from unshackled.domain.events.event_types import event_types
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.recovery_events import StepRecovered
from unshackled.domain.events.route_events import RouteMoved
from unshackled.store.memory import MemoryStore
from unshackled.store.snapshot import dump
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import Change, StoredFlow, StoredKey, StoredToken
from unshackled.testing.known_keys import KEYS

Json = Any


class Remembering(MemoryStore):
    """Keeps what was written, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[Change] = []
        self.postponed: dict[tuple[str, int], datetime | None] = {}
        self.flows: list[StoredFlow] = []
        self.stored_keys: list[StoredKey] = []
        self.tokens: list[StoredToken] = []

    async def append(self, change: Change) -> None:
        """As the memory store, and remember."""
        await super().append(change)
        self.changes.append(change)

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        """As the memory store, and remember."""
        await super().postpone(checkout, version=version, wake_at=wake_at)
        self.postponed[checkout, version] = wake_at

    async def put_flow(self, flow: StoredFlow) -> None:
        """As the memory store, and remember."""
        await super().put_flow(flow)
        self.flows.append(flow)

    async def put_key(self, key: StoredKey) -> None:
        """As the memory store, and remember."""
        await super().put_key(key)
        self.stored_keys.append(key)

    async def put_token(self, token: StoredToken, *, expected: StoredToken | None = None) -> None:
        """As the memory store, and remember."""
        await super().put_token(token, expected=expected)
        self.tokens.append(token)


async def play(scenario: Scenario, place: int) -> tuple[Remembering, str]:
    """One checkout, left where the scenario leaves it."""
    store = Remembering()
    stage = Stage(store=store, place=place, begin=AT - scenario.ago)
    await stage.open()
    for operation, results in ({**scenario.scripts, **scenario.before}).items():
        stage.backends.script(operation, *results)
    stage.backends.ways |= scenario.ways
    stage.backends.down |= set(scenario.down)
    retailer, flow, package = FLOWS[scenario.flow]
    customer = await stage.begin(retailer, flow, scenario.package or package)
    await scenario.act(stage, customer)
    for task in list(stage.engine.tasks):
        task.cancel()
    return store, customer.token


async def record(folder: Path) -> None:
    """Play every scenario and write what came of it."""
    told: dict[str, Json] = {}
    events: dict[str, Json] = {}
    kept: dict[str, Change] = {}
    with tempfile.TemporaryDirectory() as there:
        path = Path(there) / "store.db"
        target = SqliteStore(path, keys=KEYS)
        await target.open()
        for place, scenario in enumerate(SCENARIOS, 1):
            store, token = await play(scenario, place)
            last = store.changes[-1]
            checkout = last.checkout.id
            told[scenario.name] = {"checkout": checkout, "token": token, "status": last.status}
            for change in store.changes:
                events |= {row.type: row.data for row in change.events if row.type not in events}
            kept |= _worth(scenario, store.changes, kept)
            await _copy(store, target, place)
        flows = [await target.flow(digest) for digest in sorted(await _digests(target, told))]
        await target.close()
        _pack(path, folder / "store.db.gz")
    _write(folder / "flows.json", [encode(flow) for flow in flows])
    _write(folder / "checkouts.json", told)
    # The demo has no routes, its stand-ins never take back that something failed, and each of its
    # messages arrives.
    for lone in (
        RouteMoved(route="cards", provider="psp", reason="declined"),
        StepRecovered(step="deposit", was="400"),
        MessageUndelivered(reference="R" * 26, provider="notifier", code="unreachable"),
    ):
        events[lone.type] = lone.public()
    _write(folder / "events.json", dict(sorted(events.items())))
    _write(folder / "fields.json", inventory())
    if missing := set(event_types()) - set(events):
        raise SystemExit(f"no scenario brings these events: {sorted(missing)}")
    lines = [
        orjson.dumps(
            {
                "name": name,
                "at": change.checkout.updated_at,
                "status": change.status,
                "settled": change.settled,
                "public": orjson.loads(dump(change.checkout)[0]),
                "personal": orjson.loads(dump(change.checkout)[1]),
            }
        )
        for name, change in kept.items()
    ]
    _split(folder, lines)


def _worth(
    scenario: Scenario, changes: Iterable[Change], kept: Mapping[str, Change]
) -> dict[str, Change]:
    """Of the snapshots on the way, those that show a step in a state not seen yet; and the last."""
    seen = {spot for change in kept.values() for spot in _spots(change)}
    found = {}
    every = list(changes)
    for change in every:
        new = _spots(change) - seen
        if new or change is every[-1]:
            found[f"{scenario.name}-{change.checkout.version}"] = change
            seen |= new
    return found


def _spots(change: Change) -> set[Json]:
    checkout = change.checkout
    states = {
        (checkout.flow, name, str(step.state), step.doubted, step.held, step.generation > 0)
        for name, step in checkout.steps.items()
    }
    undos = {(undo.step, undo.failed, undo.goal) for undo in checkout.undos.values()}
    return {*states, *undos, change.status}


async def _copy(source: Remembering, target: SqliteStore, place: int) -> None:
    """Everything that was written, in order, and the keys of the first stage."""
    for change in source.changes:
        await target.append(change)
    for (checkout, version), wake_at in source.postponed.items():
        await target.postpone(checkout, version=version, wake_at=wake_at)
    for flow in source.flows:
        await target.put_flow(flow)
    for key in source.stored_keys if place == 1 else ():
        await target.put_key(key)
    for token in source.tokens:
        await target.put_token(token)


async def _digests(target: SqliteStore, told: Mapping[str, Json]) -> set[str]:
    found = set()
    for one in told.values():
        checkout = await target.load(one["checkout"])
        assert checkout is not None
        found.add(checkout.digest)
    return found


def _pack(path: Path, into: Path) -> None:
    """The file alone, without its log beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
    into.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def _write(path: Path, data: Json) -> None:
    text = json.dumps(orjson.loads(orjson.dumps(data)), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _split(folder: Path, lines: list[bytes]) -> None:
    (folder / "snapshots.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n", mtime=0))


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1])))
