"""Adding a consumer is one module: it is fed, goes on after a crash, and its table is pruned."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.events.consumers import fill
from tests.extension.conftest import EXAMPLE, ROOT
from tests.extension.example.sales import SalesTable
from unshackled.app import Overrides, build
from unshackled.consumers import Consumers, consumers_of
from unshackled.domain.records import replace
from unshackled.events.consumer_registry import ConsumerDeps, ConsumerError
from unshackled.events.follow import Follower, PollingPolicy
from unshackled.settings import ServiceSettings
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.dead_letters import REPLAYED, LetterRecord
from unshackled.store.stored_records import Feed
from unshackled.telemetry import Meters
from unshackled.testing.backends import FakeBackends
from unshackled.testing.virtual_clock import VirtualClock

CURSOR = "consumer:sales"
Install = Callable[[str, str], None]

BESIDE = '''
"""A consumer with a job of its own beside it, and letters under names that come and go."""

from unshackled.events.consumer_registry import ConsumerRegistration

NOTES = []


class Consumer:
    name = "beside"

    async def take(self, event):
        NOTES.append(event.id)


class Job:
    def start(self):
        NOTES.append("start")

    async def close(self):
        NOTES.append("close")


def CONSUMER(deps):
    letters = lambda name: Consumer() if name == "beside:1" else None
    return ConsumerRegistration(consumer=Consumer(), background=Job(), letters=letters)
'''


class SalesLog(MemoryStore):
    """A store in whose log whatever ends a checkout is a sale; its cursors may be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.moving = asyncio.Event(), asyncio.Event()
        self.moving.set()

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        found = await super().feed(after=after, limit=limit)
        rows = (replace(row, type="checkout.completed.v1") for row in found.rows)
        return replace(found, rows=tuple(rows))

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        self.reached.set()
        await self.moving.wait()
        await super().move_cursor(name, expected=expected, to=to)


@pytest.fixture
def install(kinds_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package of one module, whose text it is given, with its entry point."""

    def package(name: str, text: str) -> None:
        folder = kinds_folder / name
        about = folder / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (folder / f"{name}.py").write_text(text)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[unshackled.consumers]\n{name} = {name}\n")
        monkeypatch.syspath_prepend(folder)

    return package


def process(store: MemoryStore, clock: VirtualClock, owner: str, sales: Path) -> Consumers:
    """The consumers of one process, as the application builds them."""
    deps = ConsumerDeps(
        store=store,
        backends=FakeBackends(),
        retailers={},
        clock=clock,
        random=Random(1),
        meters=Meters.silent(),
        owner=owner,
        public_url="https://checkout.example",
        transport="aiohttp",
        environ={"ACME_SALES": str(sales)},
    )
    return consumers_of(deps, broker="embedded:", keep=None)


def follower(consumers: Consumers) -> Follower:
    """Who feeds the sales."""
    (one,) = [one for one in consumers.events.followers if one.name == CURSOR]
    return one


async def test_a_consumer_is_one_module_of_an_installed_package(
    install: Install, tmp_path: Path
) -> None:
    """Fed, fed again after a crash before its cursor moved, and pruned when its time is over."""
    install("acme_sales", (EXAMPLE / "sales.py").read_text())
    store, clock, table = SalesLog(), VirtualClock(), SalesTable(str(tmp_path / "sales.db"))
    await store.open()
    early = await fill(store, "chk_a")
    store.moving.clear()
    dying = asyncio.ensure_future(
        follower(process(store, clock, "a", tmp_path / "sales.db")).round()
    )
    await store.reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await store.cursor(CURSOR) is None, "it died before its place was noted"
    store.moving.set()
    late = await fill(store, "chk_b")
    successor = process(store, clock, "b", tmp_path / "sales.db")
    await clock.advance(PollingPolicy().lease)
    await follower(successor).round()
    assert await table.events() == sorted([*early, *late])
    assert await store.cursor(CURSOR) is not None
    assert (await store.tables.dead_letters.page()).letters == []
    assert await successor.housekeeper.round() == 0
    await clock.advance(timedelta(days=91, minutes=1))
    assert await successor.housekeeper.round() == len(early) + len(late)
    assert await table.events() == []


async def test_the_service_feeds_what_is_installed(install: Install, tmp_path: Path) -> None:
    """It reads its settings where the service does, and stands among ours by its name."""
    install("acme_sales", (EXAMPLE / "sales.py").read_text())
    flows = Path(shutil.copytree(ROOT / "flows", tmp_path / "flows"))
    settings = ServiceSettings(demo=True, flows=flows, store="memory:")
    given = Overrides(environ={"ACME_SALES": str(tmp_path / "sales.db")}, clock=VirtualClock())
    service = build(settings, given)
    names = {one.name for one in service.components.consumers.events.followers}
    await service.components.providers.close()
    service.components.telemetry.shutdown()
    assert {CURSOR, "consumer:webhooks", "consumer:reports", "consumer:notifications"} <= names


def test_nothing_that_drives_consumers_names_one() -> None:
    """Neither the composition root nor what follows, prunes or replays: no list is edited."""
    source = ROOT / "src" / "unshackled"
    folders = [path.parent.name for path in (source / "events").glob("*/__init__.py")]
    drivers = [source / "consumers.py", *(source / "app").glob("*.py")]
    drivers += (source / "events").glob("*.py")
    named = {
        (path.name, folder)
        for path in drivers
        for folder in folders
        if f"unshackled.events.{folder}" in path.read_text()
    }
    assert len(folders) > 2
    assert named == set()


async def test_what_runs_beside_a_consumer_begins_and_ends_with_it(
    install: Install, tmp_path: Path
) -> None:
    """As the sender of webhooks does; letters under a name that it knows are replayed by it."""
    install("acme_beside", BESIDE)
    store = MemoryStore()
    await store.open()
    consumers = process(store, VirtualClock(), "a", tmp_path)
    consumers.start()
    await consumers.close()
    assert sys.modules["acme_beside"].NOTES == ["start", "close"]
    await fill(store, "chk_a")
    (event, *_) = (await store.feed(after=None, limit=1)).rows
    letter = LetterRecord(
        consumer="beside:1",
        event=event,
        error="",
        detail="",
        tries=1,
        first_at=event.at,
        last_at=event.at,
    )
    await store.tables.dead_letters.add(letter)
    assert (await consumers.letters.replay(letter.id)).state == REPLAYED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "consumer acme_wrong: has no `CONSUMER`"),
        ("CONSUMER = 7", "consumer acme_wrong: has no `CONSUMER`"),
        ("CONSUMER = lambda deps: deps.clock", "that makes a `ConsumerRegistration`"),
        ("import acme_nothing", "consumer acme_wrong: ModuleNotFoundError: .*acme_nothing"),
        ("CONSUMER = lambda deps: deps.environ['X']", "consumer acme_wrong: KeyError: 'X'"),
        (BESIDE.replace('"beside"', '"reports"'), "reports of acme_wrong: .*unshackled.events.rep"),
        (BESIDE.replace('"beside"', '"relay"'), "relay of acme_wrong: is in the relay already"),
        (BESIDE.replace('"beside"', '"a.b"'), "'a.b' of acme_wrong: a name has lower-case"),
    ],
)
async def test_a_consumer_that_cannot_be_used_stops_the_start(
    install: Install, tmp_path: Path, text: str, message: str
) -> None:
    """The message names its module and what is wrong, so that it is not missed for months."""
    install("acme_wrong", text)
    with pytest.raises(ConsumerError, match=message):
        process(MemoryStore(), VirtualClock(), "a", tmp_path)
