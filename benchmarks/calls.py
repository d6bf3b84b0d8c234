"""What one call to a provider costs beside the same request by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.children import measured, serving
from benchmarks.measure import cores
from benchmarks.report import Row

ROUNDS: Final = 3
# (times, at once)
PLAN: Final = ([500, 1], [2_000, 16])
OURS: Final = "ours"
HTTPX: Final = "httpx"
BY_HAND: Final = {
    HTTPX: "bare httpx",
    "httpx on aiohttp": "bare httpx on aiohttp",
    "aiohttp": "bare aiohttp",
}
CALLS: Final = {
    "psp": ("a charge at the psp", tuple(BY_HAND)),
    "stripe": ("a charge at Stripe", tuple(BY_HAND)),
    "oauth": ("a SIM swap check with OAuth", tuple(BY_HAND)),
    "split": ("the charge by a watched split", ()),
    "shadow": ("the SIM swap check with a shadow", ()),
}
# Calls that are compared with another call of ours.
PLAIN: Final = {
    "split": ("psp", "ours by no route"),
    "shadow": ("oauth", "ours, nobody asked beside"),
}
Costs = dict[tuple[str, str], list[float]]


def costs() -> Costs:
    """For each call and contender the median CPU-microseconds of each line of the plan."""
    ours, other = cores()
    seen: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for _ in range(ROUNDS):
        for call, (_, rivals) in CALLS.items():
            # A server for each, whose books are empty.
            with serving("backends", {"latency": 0.0}, core=other) as backends:
                for by in (OURS, *rivals):
                    asked = {"call": call, "by": by, "backends": backends.url, "rounds": PLAN}
                    found = measured("provider", asked, core=ours)
                    seen[call, by].append([line["cpu"] * 1e3 for line in found])
    return {key: [median(line) for line in zip(*runs, strict=True)] for key, runs in seen.items()}


def rows() -> Iterator[Row]:
    """CPU at 1 and at 16 at once."""
    found = costs()
    for call, (what, rivals) in CALLS.items():
        against = [((call, by), BY_HAND[by]) for by in rivals]
        if call in PLAIN:
            other, name = PLAIN[call]
            against.append(((other, OURS), name))
        for line, (_, at_once) in enumerate(PLAN):
            for key, name in against:
                yield Row(
                    what=f"{what}, {at_once} at once",
                    measured=found[call, OURS][line],
                    unit="CPU-µs",
                    against=name,
                    compared=found[key][line],
                )
