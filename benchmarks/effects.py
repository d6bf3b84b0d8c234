"""The engine against the same ten calls written by hand; and ten slow calls in nine stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from benchmarks.children import measured, serving
from benchmarks.measure import cores
from benchmarks.report import Row

ROUNDS: Final = 3
# (times, at once)
PLAN: Final = [[50, 1], [128, 16]]
SLOW_SECONDS: Final = 0.05
STAGES: Final = 9
# Beside the same requests by hand on httpx, by how many are under way at once.
BARS: Final = {1: 1.2, 16: 0.5}


def cost(latency: float, plan: list[list[int]], rounds: int) -> dict[str, list[Any]]:
    """For each contender the median CPU and wall milliseconds of each line of the plan."""
    ours, other = cores()
    seen: dict[str, list[Any]] = defaultdict(list)
    with serving("backends", {"latency": latency}, core=other) as backends:
        asked = {"backends": backends.url, "rounds": plan}
        for _ in range(rounds):
            seen["engine"].append(measured("engine", asked, core=ours))
            if not latency:
                on_httpx = {"UNSHACKLED_TRANSPORT": "httpx"}
                run = measured("engine", asked, core=ours, environ=on_httpx)
                seen["engine on httpx"].append(run)
            for library in ("httpx", "aiohttp"):
                by_hand = {**asked, "library": library}
                seen[library].append(measured("by_hand", by_hand, core=ours))
    return {
        name: [
            {key: median(run[line][key] for run in runs) for key in ("cpu", "wall")}
            for line in range(len(plan))
        ]
        for name, runs in seen.items()
    }


def rows() -> Iterator[Row]:
    """CPU at 1 and at 16 at once; then the wall time of slow calls."""
    found = cost(0.0, PLAN, ROUNDS)
    for line, (_, at_once) in enumerate(PLAN):
        for library, bar in (("httpx", BARS[at_once]), ("aiohttp", None)):
            yield Row(
                what=f"ten effects, durable, {at_once} at once",
                measured=found["engine"][line]["cpu"],
                unit="CPU-ms",
                against=f"by hand on {library}, not durable",
                compared=found[library][line]["cpu"],
                bar=bar,
            )
        yield Row(
            what=f"ten effects, durable, {at_once} at once",
            measured=found["engine"][line]["cpu"],
            unit="CPU-ms",
            against="with httpx's own pool",
            compared=found["engine on httpx"][line]["cpu"],
        )
    slow = cost(SLOW_SECONDS, [[10, 1]], 1)
    yield Row(
        what="ten 50 ms calls in nine stages",
        measured=slow["engine"][0]["wall"],
        unit="ms",
        against="critical path",
        compared=STAGES * SLOW_SECONDS * 1e3,
        bar=1.05,
    )
    yield Row(
        what="ten 50 ms calls in nine stages",
        measured=slow["engine"][0]["wall"],
        unit="ms",
        against="by hand on aiohttp",
        compared=slow["aiohttp"][0]["wall"],
    )
