"""A whole checkout over HTTP against the featureless application; latency under load; memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import pairwise, product
from statistics import median
from typing import Final

from benchmarks.by_hand import charge, poster
from benchmarks.children import Serving, serving
from benchmarks.measure import cores, cost_of, percentile, pin, run
from benchmarks.report import Row
from benchmarks.shoppers import Script, arrivals, crowd, featureless, ours

ROUNDS: Final = 3
PLAN: Final = ((40, 1), (100, 16))
LOAD: Final = 0.6
LOAD_SECONDS: Final = 12.0
BACKEND_SECONDS: Final = 0.02
# The request whose one stage of calls is one address check.
ONE_STAGE: Final = "address"
MIB: Final = 100.0
# After how many checkouts memory is looked at; all caches are full at `FULL`.
FULL: Final = 2_000
MARKS: Final = (500, FULL, 10_000)
FLAT: Final = 1.05
# What the image sets (Dockerfile).
IMAGE: Final = {"MALLOC_ARENA_MAX": "1"}
# By whether somebody follows the events: the budget at 16 at once beside the featureless one.
BARS: Final = {"ours": 3.5, "quiet": 3.0}
SAYS: Final = {"ours": "", "quiet": ", nobody follows the events"}

Costs = Mapping[tuple[str, int], float]


def rows(checkouts: int) -> Iterator[Row]:
    """Everything that needs the whole service."""
    _, other = cores()
    pin(other)
    costs = cost()
    for _, at_once in PLAN:
        for name, library in product(BARS, ("aiohttp", "httpx")):
            budgeted = library == "aiohttp" and at_once == PLAN[-1][1]
            yield Row(
                what=f"whole checkout over HTTP, {at_once} at once{SAYS[name]}",
                measured=costs[name, at_once],
                unit="CPU-ms",
                against=f"featureless on {library}",
                compared=costs[library, at_once],
                bar=BARS[name] if budgeted else None,
            )
    yield from latency(costs["ours", PLAN[-1][1]])
    yield from memory(checkouts)


def cost() -> Costs:
    """The server's CPU for a checkout, by contender and number at once: medians."""
    core, other = cores()
    seen: dict[tuple[str, int], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        backends = stack.enter_context(serving("backends", {"latency": 0}, core=other)).url
        contenders: list[tuple[str, Serving, Script]] = [
            (name, stack.enter_context(serving("api", asked, core=core)), ours)
            for name, asked in (
                ("ours", {"backends": backends}),
                ("quiet", {"backends": backends, "events": False}),
            )
        ]
        for library in ("aiohttp", "httpx"):
            asked = {"backends": backends, "library": library}
            server = stack.enter_context(serving("featureless", asked, core=core))
            contenders.append((library, server, featureless))
        for _, server, script in contenders:
            run(crowd(server.url, script, times=40, at_once=8))
        for _ in range(ROUNDS):
            for name, server, script in contenders:
                for times, at_once in PLAN:
                    before = server.cpu()
                    run(crowd(server.url, script, times=times, at_once=at_once))
                    seen[name, at_once].append((server.cpu() - before) * 1e3 / times)
    return {key: median(values) for key, values in seen.items()}


def latency(cost: float) -> Iterator[Row]:
    """What we add to one stage of calls while checkouts arrive at 60 % of what a core bears."""
    core, other = cores()
    with (
        serving("backends", {"latency": BACKEND_SECONDS}, core=other) as backends,
        serving("api", {"backends": backends.url}, core=core) as server,
    ):
        run(crowd(server.url, ours, times=40, at_once=8))
        bare = run(call(backends.url))
        per_second = LOAD * 1e3 / cost
        waited = server.waited()
        shop = run(arrivals(server.url, ours, per_second=per_second, seconds=LOAD_SECONDS))
        waited = server.waited() - waited
    took = shop.took[ONE_STAGE]
    for share, bar in ((0.5, 5.0), (0.99, 25.0)):
        yield Row(
            what=f"added to a request with one stage, {LOAD:.0%} load, p{share * 100:.0f}",
            measured=percentile(took, share) - bare,
            unit="ms",
            bar=bar,
        )
    yield Row(
        what="time that the service was ready and had no core then",
        measured=waited / LOAD_SECONDS * 100,
        unit="%",
    )


async def call(backends: str) -> float:
    """The milliseconds of one backend call by hand, with nothing else going on."""
    async with poster("aiohttp", backends) as post:
        await charge(post, "warm")
        return (await cost_of(lambda: charge(post, "bare"), times=20, at_once=1)).wall


def memory(checkouts: int) -> Iterator[Row]:
    """The resident memory of a worker as checkouts pass; `checkouts` are played in all.

    Its allocator is set as in the image. Until the caches are full memory grows; that it does not
    go on is the last row, of a run with `--big`.
    """
    core, other = cores()
    seen: dict[int, float] = {}
    with (
        serving("backends", {"latency": 0}, core=other) as backends,
        serving("api", {"backends": backends.url}, core=core, environ=IMAGE) as server,
    ):
        for done, mark in pairwise((0, *MARKS)):
            if mark <= checkouts:
                run(crowd(server.url, ours, times=mark - done, at_once=16))
                seen[mark] = server.resident()
    for mark, resident in seen.items():
        bar = MIB if mark == FULL else None
        yield Row(what=f"memory after {mark:,} checkouts", measured=resident, unit="MiB", bar=bar)
    last = MARKS[-1]
    if last in seen:
        yield Row(
            what=f"memory after {last:,} checkouts",
            measured=seen[last],
            unit="MiB",
            against=f"after {FULL:,}",
            compared=seen[FULL],
            bar=FLAT,
        )
