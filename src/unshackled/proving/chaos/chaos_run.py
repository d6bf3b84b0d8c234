"""One run: open, storm, calm, judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from unshackled.proving.chaos.chaos_customers import ChaosCustomers
from unshackled.proving.chaos.chaos_environment import ChaosEnvironment
from unshackled.proving.chaos.chaos_judge import ChaosJudge
from unshackled.proving.chaos.chaos_report import ChaosReport, report
from unshackled.proving.chaos.listener import Listener
from unshackled.proving.chaos.replica_client import ReplicaClient
from unshackled.proving.chaos.shops import Shops
from unshackled.proving.chaos.storm import Storm, rounds

RESTS_WITHIN_SECONDS: Final = 300.0


@dataclass(frozen=True, kw_only=True)
class ChaosPlan:
    """What to do: `kinds` of faults in this order, or rounds of all of them for `seconds`.

    `pace` shortens or stretches what a fault lasts, where that need not outlast anything.
    """

    seed: int
    seconds: float
    flows: Path
    folder: Path
    replicas: int = 3
    customers: int = 12
    gaps: tuple[float, float] = (1.0, 4.0)
    pace: float = 1.0
    kinds: Iterable[str] | None = None


async def run(plan: ChaosPlan, say: Callable[[str], None]) -> ChaosReport:
    """Do it; `say` hears how it goes."""
    begun = time.monotonic()
    random = Random(plan.seed)
    stage = ChaosEnvironment(
        folder=plan.folder, flows=plan.flows, seed=plan.seed, size=plan.replicas
    )
    door = asyncio.Event()
    door.set()
    storm = Storm(stage=stage, random=random, say=say, door=door, gaps=plan.gaps, pace=plan.pace)
    line = ReplicaClient(balancer=stage.balancer, down=lambda: storm.down, door=door)
    customers = ChaosCustomers(line=line, seed=plan.seed, at_once=plan.customers)
    shops, listener = Shops(random=Random(plan.seed)), Listener()
    judge = ChaosJudge(stage=stage, customers=customers, shops=shops)
    try:
        async with stage, listener.listening(stage.broker.url), _beside(customers.clear()):
            say(f"{plan.replicas} replicas behind {stage.balancer.url}")
            await shops.open(line)
            stormed = await _storm(plan, storm, customers)
            say(f"calm after {len(customers.shoppers)} checkouts; bringing all to an end")
            moving = await customers.leave(RESTS_WITHIN_SECONDS)
            say("judging")
            found = [*storm.failures, *await judge.verdict()]
    finally:
        await shops.close()
        await customers.close()
    if moving:
        found.append(f"{moving} checkouts not at rest after {RESTS_WITHIN_SECONDS:.0f} seconds")
    return report(
        seed=plan.seed,
        storm=storm,
        customers=customers,
        judge=judge,
        listener=listener,
        violations=found,
        seconds=(stormed, time.monotonic() - begun),
    )


async def _storm(plan: ChaosPlan, storm: Storm, customers: ChaosCustomers) -> float:
    """Customers and faults at once, then only the customers that are still there; its seconds."""
    await storm.stage.trouble()
    begun = time.monotonic()
    async with asyncio.TaskGroup() as both:
        both.create_task(customers.shop())
        try:
            kinds = rounds(storm.random) if plan.kinds is None else plan.kinds
            await storm.run(kinds, begun + plan.seconds)
        finally:
            customers.closed = True
        lasted = time.monotonic() - begun
        await storm.stage.calm()
    return lasted


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Have something going on meanwhile."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
