"""Completed checkouts with one and two replicas on PostgreSQL, and who spends how much CPU on them.

Two cores are shared by all: replicas, PostgreSQL (flushing to disk), stand-ins, NATS and the load.
So checkouts a second say what this machine does; CPU per checkout says what a replica needs.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import asyncpg

from benchmarks.children import Serving, serving, spent
from benchmarks.measure import cores, pin, run
from benchmarks.report import Row
from benchmarks.shoppers import Script, crowd, featureless, ours
from unshackled.store.postgres.migrate import migrate
from unshackled.testing.servers import NatsServer, PostgresServer, Server

ROUNDS: Final = 3
TIMES: Final = 160
AT_ONCE: Final = 16
QUIET_SECONDS: Final = 0.5
QUIET_SHARE: Final = 0.08  # of a core, by all replicas together: what they use when nothing happens
BAR: Final = 1.5
STATEMENTS_BAR: Final = 24.0
SETTINGS: Final = {
    "fsync": "on",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
}
COUNT: Final = """
    SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database ON dbid = oid
    WHERE datname = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is measured: how many `replicas`, and what follows their events."""

    name: str
    replicas: int = 1
    events: bool = True
    nats: bool = False
    module: str = "api"
    script: Script = ours


FLOOR: Final = Setup(name="featureless", module="featureless", script=featureless)
BARE: Final = Setup(name="1 replica, no events", events=False)
WITH_EVENTS: Final = (
    Setup(name="1 replica, embedded events"),
    Setup(name="1 replica, events by NATS", nats=True),
)
TWO: Final = (
    Setup(name="2 replicas, no events", replicas=2, events=False),
    Setup(name="2 replicas, embedded events", replicas=2),
    Setup(name="2 replicas, events by NATS", replicas=2, nats=True),
)
Figures = Mapping[str, float]


def rows() -> Iterator[Row]:
    """Every setup, each with a database of its own."""
    pin(*cores())
    with ExitStack() as stack:
        database = stack.enter_context(PostgresServer(settings=SETTINGS))
        run(_count_statements(database))
        backends = stack.enter_context(serving("backends", {"latency": 0}, core=None))
        found = {
            one: _measured(one, database, backends) for one in (FLOOR, BARE, *WITH_EVENTS, *TWO)
        }
    floor, bare = found[FLOOR], found[BARE]
    yield Row(what=f"{FLOOR.name} on asyncpg: completed", measured=floor["rate"], unit="a second")
    yield from _beside(BARE, bare, floor)
    for setup in WITH_EVENTS:
        yield from _added(setup, found[setup], bare)
    for setup, one in zip(TWO, (BARE, *WITH_EVENTS), strict=True):
        yield from _doubled(setup, found[setup], one, found[one])


def _beside(setup: Setup, figures: Figures, floor: Figures) -> Iterator[Row]:
    """A purchase, beside as many calls and writes with no features."""
    against = f"{FLOOR.name} on asyncpg"
    yield _row(setup, "completed", figures["rate"], "a second", (against, floor["rate"]))
    for who, bar in (("replicas", BAR), ("PostgreSQL", None)):
        beside = (against, floor[who])
        yield _row(setup, f"CPU of {who}", figures[who], "CPU-ms", beside, bar=bar)
    statements = figures["statements"]
    yield _row(setup, "for each checkout", statements, "statements", bar=STATEMENTS_BAR)
    yield from _others(setup, figures)


def _added(setup: Setup, figures: Figures, bare: Figures) -> Iterator[Row]:
    """What following the events adds to a purchase."""
    yield _row(setup, "completed", figures["rate"], "a second", (BARE.name, bare["rate"]))
    for who in ("replicas", "PostgreSQL"):
        added = figures[who] - bare[who]
        yield _row(setup, f"added CPU of {who}", added, "CPU-ms", (BARE.name, bare[who]))
    added = figures["statements"] - bare["statements"]
    beside = (BARE.name, bare["statements"])
    yield _row(setup, "added for each checkout", added, "statements", beside)
    yield from _others(setup, figures)


def _doubled(setup: Setup, figures: Figures, one: Setup, before: Figures) -> Iterator[Row]:
    """What a second replica changes."""
    yield _row(setup, "completed", figures["rate"], "a second", (one.name, before["rate"]))
    for who in ("replicas", "PostgreSQL"):
        yield _row(setup, f"CPU of {who}", figures[who], "CPU-ms", (one.name, before[who]))


def _others(setup: Setup, figures: Figures) -> Iterator[Row]:
    for who in ("NATS", "stand-ins", "load"):
        if figures.get(who):
            yield _row(setup, f"CPU of {who}", figures[who], "CPU-ms")


def _row(
    setup: Setup,
    what: str,
    measured: float,
    unit: str,
    beside: tuple[str, float] = ("", 0.0),
    *,
    bar: float | None = None,
) -> Row:
    against, value = beside
    return Row(
        what=f"{setup.name}: {what}",
        measured=measured,
        unit=unit,
        against=against,
        compared=value or None,
        bar=bar,
    )


def _measured(setup: Setup, database: PostgresServer, backends: Serving) -> Figures:
    """The medians of the rounds, after one that warms everything up."""
    name = setup.name.replace(" ", "_").replace(",", "")
    store = database.create_database(name)
    asked: dict[str, Any] = {"backends": backends.url, "store": store, "events": setup.events}
    with ExitStack() as stack:
        servers: dict[str, Server] = {"PostgreSQL": database}
        if setup is FLOOR:
            asked["library"] = "aiohttp"
        else:
            run(migrate(store))
        if setup.nats:
            servers["NATS"] = stack.enter_context(NatsServer())
            asked["broker"] = servers["NATS"].url
        replicas = [
            stack.enter_context(serving(setup.module, asked, core=None))
            for _ in range(setup.replicas)
        ]
        clocks: dict[str, Callable[[], float]] = {
            "replicas": lambda: sum(one.cpu() for one in replicas),
            "stand-ins": backends.cpu,
            "load": time.process_time,
            **{who: _of(server) for who, server in servers.items()},
        }
        run(_warm(setup, replicas, clocks["replicas"]))
        seen = [
            run(_round(setup, replicas, clocks, _counting(database, name))) for _ in range(ROUNDS)
        ]
    return {key: median(one[key] for one in seen) for key in seen[0]}


def _of(server: Server) -> Callable[[], float]:
    """The CPU of a server with all its processes, those that have ended too."""

    def seconds() -> float:
        first, *others = server.processes
        return sum(map(_unless_gone, others)) + spent(first, ended=True)

    return seconds


def _unless_gone(pid: int) -> float:
    """The CPU of a process, or nothing where it ended: then its parent has it."""
    try:
        return spent(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _counting(database: PostgresServer, name: str) -> Callable[[], Any]:
    async def count() -> float:
        link = await asyncpg.connect(database.url)
        try:
            return float(await link.fetchval(COUNT, name))
        finally:
            await link.close()

    return count


async def _count_statements(database: PostgresServer) -> None:
    link = await asyncpg.connect(database.url)
    await link.execute("CREATE EXTENSION pg_stat_statements")
    await link.close()


async def _warm(setup: Setup, replicas: Sequence[Serving], cpu: Callable[[], float]) -> None:
    await _load(setup, replicas, AT_ONCE * 3)
    await rest(cpu)


async def _load(setup: Setup, replicas: Sequence[Serving], times: int) -> float:
    """Play checkouts, spread evenly over the replicas; the seconds until the last completed."""
    began, share = time.perf_counter(), len(replicas)
    await asyncio.gather(
        *(
            crowd(one.url, setup.script, times=times // share, at_once=AT_ONCE // share)
            for one in replicas
        )
    )
    return time.perf_counter() - began


async def _round(
    setup: Setup,
    replicas: Sequence[Serving],
    clocks: Mapping[str, Callable[[], float]],
    count: Callable[[], Any],
) -> Figures:
    """One load, and what follows of it; CPU-milliseconds and statements per checkout."""
    statements = await count()
    before = {who: clock() for who, clock in clocks.items()}
    seconds = await _load(setup, replicas, TIMES)
    await rest(clocks["replicas"])
    after = {who: clock() for who, clock in clocks.items()}
    found: dict[str, float] = defaultdict(float)
    found |= {who: (after[who] - before[who]) * 1e3 / TIMES for who in clocks}
    found |= {"rate": TIMES / seconds, "statements": (await count() - statements) / TIMES}
    return found


async def rest(cpu: Callable[[], float]) -> None:
    """Until the followers of the events have caught up: until the replicas do nothing."""
    for _ in range(60):
        before = cpu()
        await asyncio.sleep(QUIET_SECONDS)
        if cpu() - before <= QUIET_SHARE * QUIET_SECONDS:
            return
