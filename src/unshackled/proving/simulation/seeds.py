"""Many seeds in several processes, with progress; or one seed with its story."""

from __future__ import annotations

import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from unshackled.proving.simulation.plans import OWN, cases_of, plan_for
from unshackled.proving.simulation.world import SeedResult, play
from unshackled.telemetry import configure_logging

CHUNK = 250
WORLDS = 50  # that wait for the collector
SELDOM = 10  # portions between two lines of progress
SHOWN = 20
Say = Callable[[str], None]


@dataclass(slots=True)
class SeedTotals:
    """What many seeds came to."""

    seeds: int = 0
    checkouts: int = 0
    completed: int = 0
    canceled: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    effects: int = 0
    events: int = 0
    crashes: int = 0
    freezes: int = 0
    wrong: list[SeedResult] = field(default_factory=list)

    def add(self, verdict: SeedResult) -> None:
        """Count one seed."""
        self.seeds += 1
        self.checkouts += verdict.checkouts
        self.completed += verdict.completed
        self.canceled += verdict.canceled
        self.cases.update(verdict.cases)
        self.effects += verdict.effects
        self.events += verdict.events
        self.crashes += verdict.crashes
        self.freezes += verdict.freezes
        if verdict.wrong:
            self.wrong.append(verdict)

    def merge(self, other: SeedTotals) -> None:
        """Count what another process counted."""
        for name in ("seeds", "checkouts", "completed", "canceled", "effects", "events"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cases.update(other.cases)
        self.crashes += other.crashes
        self.freezes += other.freezes
        self.wrong += other.wrong

    def _told_cases(self) -> str:
        """How many cases, and of these how many by each flow."""
        each = ", ".join(f"{name} {number:,}" for name, number in sorted(self.cases.items()))
        return f"{self.cases.total():,} cases" + (f" ({each})" if each else "")

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.seeds:,} seeds, {self.checkouts:,} checkouts ({self.completed:,} completed, "
            f"{self.canceled:,} canceled), {self._told_cases()}, {self.effects:,} effects, "
            f"{self.events:,} events, "
            f"{self.crashes:,} crashes, {self.freezes:,} freezes: "
            f"{len(self.wrong):,} seeds with violations"
        )


def play_seed(seed: int, folder: Path = OWN, *, telling: bool = False) -> SeedResult:
    """One seed as it is always played: its flow, with all cases of its sales."""
    plan = plan_for(seed, folder)
    return play(plan, seed, cases=cases_of(plan, folder), telling=telling)


def tally(seeds: Iterable[int], folder: Path = OWN) -> SeedTotals:
    """Play seeds in this process."""
    found = SeedTotals()
    gc.disable()  # each world is one big cycle, and short-lived
    try:
        for number, seed in enumerate(seeds):
            found.add(play_seed(seed, folder))
            if number % WORLDS == 0:
                gc.collect()
    finally:
        gc.enable()
    return found


def chunks(seeds: range) -> list[range]:
    """The seeds in portions."""
    return [seeds[begin : begin + CHUNK] for begin in range(0, len(seeds), CHUNK)]


def simulate(seeds: range, say: Say, *, folder: Path = OWN, workers: int = 0) -> SeedTotals:
    """Play every seed, on all cores by default; stops early after 20 bad ones."""
    found, started = SeedTotals(), time.monotonic()
    quiet = partial(configure_logging, "critical")
    with ProcessPoolExecutor(workers or os.cpu_count(), initializer=quiet) as pool:
        parts = pool.map(partial(tally, folder=folder), chunks(seeds))
        for number, part in enumerate(parts):
            found.merge(part)
            for verdict in part.wrong:
                say(f"seed {verdict.seed}: {verdict.wrong[0]}")
            if number % SELDOM == 0 or found.seeds == len(seeds):
                rate = found.checkouts / (time.monotonic() - started)
                say(f"{found}; {rate:,.0f} checkouts a second")
            if len(found.wrong) >= SHOWN:
                pool.shutdown(cancel_futures=True)
                break
    return found
