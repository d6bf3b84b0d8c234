"""The store with few and with many checkouts."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.children import measured
from benchmarks.measure import cores
from benchmarks.report import Row
from benchmarks.store import CHANGES

FEW: Final = 1_000
ROUNDS: Final = 3


def rows(many: int) -> Iterator[Row]:
    """CPU of one append with its load."""
    core, _ = cores()
    seen: dict[int, list[float]] = {FEW: [], many: []}
    for size in (FEW, many) * 2:
        asked = {"checkouts": size, "times": 300, "rounds": ROUNDS}
        seen[size] += [cost["cpu"] for cost in measured("store", asked, core=core)]
    found = {size: median(costs) / (CHANGES + 1) for size, costs in seen.items()}
    yield Row(
        what=f"append and load, {many:,} checkouts in the store",
        measured=found[many],
        unit="CPU-ms",
        against=f"with {FEW:,}",
        compared=found[FEW],
        bar=1.1,
    )
