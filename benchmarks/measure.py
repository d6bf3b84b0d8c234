"""CPU and wall time, cores, medians."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of one unit: CPU of this process (user and system, all threads) and wall."""

    cpu: float
    wall: float


@cache
def cores() -> tuple[int, int]:
    """The core that is measured, and the core of everything else; one and the same if need be.

    As they were when this process began: it may pin itself later.
    """
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]


def pin(*those: int) -> None:
    """Keep this process on one core, or on several."""
    os.sched_setaffinity(0, those)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop, as the server does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def cost_of(unit: Callable[[], Awaitable[object]], *, times: int, at_once: int) -> Cost:
    """The mean cost of one unit, `at_once` of them under way all the time."""
    left = iter(range(times))

    async def go_on() -> None:
        for _ in left:
            await unit()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(at_once)))
    return Cost(
        cpu=(time.process_time() - cpu) * 1e3 / times,
        wall=(time.perf_counter() - wall) * 1e3 / times,
    )


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
