"""One simulated world: replicas, a store, backends, people; played from a seed and then judged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.states import FINAL_STATUSES
from unshackled.events.sources import RELAY
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.sellable import not_sold
from unshackled.flow.engine.status import standing
from unshackled.flow.plan.plan import Plan
from unshackled.proving.simulation import broker
from unshackled.proving.simulation.backend import SimulatedBackend
from unshackled.proving.simulation.broker import SimulatedBroker
from unshackled.proving.simulation.cases import CaseRequests, opened_by_itself
from unshackled.proving.simulation.check import strays, violations
from unshackled.proving.simulation.erasing import ErasureRequests
from unshackled.proving.simulation.erasure_check import brought_back
from unshackled.proving.simulation.loop import Stalled
from unshackled.proving.simulation.overdraft_check import overdrawn
from unshackled.proving.simulation.people import Look, Postman, SimulatedCustomer, SimulatedOperator
from unshackled.proving.simulation.replica import Builder, OnePlan, Replica, Site
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.shop import Door, Shop
from unshackled.proving.simulation.simulation_runtime import START, SimulationRuntime
from unshackled.store.stored_records import Change
from unshackled.testing.compared import ComparedEngine, Differs

CALM_AFTER = 600.0
WAITS = (60, 600, 3600, 6 * 3600, *[24 * 3600] * 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """What came of one seed; `story` only where it was asked for.

    `cases` counts those that were opened after a sale by their flow, whatever became of them.
    """

    seed: int
    checkouts: int
    completed: int
    canceled: int
    cases: Mapping[str, int]
    effects: int
    events: int
    crashes: int
    freezes: int
    steps: int
    wrong: tuple[str, ...]
    story: tuple[str, ...] = ()


def play(
    plan: Plan,
    seed: int,
    *,
    telling: bool = False,
    build: Builder = ComparedEngine,
    door: Door = not_sold,
    look: Look = standing,
    cases: Sequence[Plan] = (),
) -> SeedResult:
    """Play one seed from beginning to end; the same seed plays the same.

    `cases` are the flows of what happens to its sales afterwards. `build` makes the engines: by
    default such that decide each command in two ways, and compare. `door` says what is not sold,
    `look` what a customer reads.
    """
    stage = SimulationRuntime(seed, telling=telling)
    plans = CheckoutPlans(plan, {one.digest: one for one in cases})
    world = Simulation(plans, stage, build, door, look)
    try:
        world.stage.loop.run_until_complete(world.run())
    except (Stalled, Differs) as found:
        world.stage.blame(str(found))
    finally:
        raised = world.stage.loop.end()
    for error in raised:
        world.stage.blame(f"the simulation itself broke: {error!r}")
    return world.verdict()


class Simulation:
    """Everything around the checkouts of one seed."""

    def __init__(
        self,
        plans: CheckoutPlans,
        stage: SimulationRuntime,
        build: Builder,
        door: Door,
        look: Look,
    ) -> None:
        """Draw how many replicas and customers there are."""
        self.plans, plan = plans, plans.sale
        self.stage = stage
        self.store = SharedStore(stage, self._wrong_step)
        self.backend = SimulatedBackend(stage)
        self.broker = SimulatedBroker(stage)
        draw = stage.random.choice
        site = Site(
            stage=stage,
            store=self.store,
            backend=self.backend,
            broker=self.broker,
            plans=OnePlan(plan, [*plans.cases.values()]),
            build=build,
            case_flows=[one for one in plans.cases.values() if opened_by_itself(one)],
        )
        self.replicas = [Replica(f"r{number}", site) for number in range(draw((1, 2, 2, 3)))]
        shop = Shop(stage.seed, plan, START, door)
        self.customers = [
            SimulatedCustomer(
                f"c{number}",
                plan,
                stage,
                replicas=self.replicas,
                store=self.store,
                shop=shop,
                look=look,
            )
            for number in range(draw((1, 2, 3, 4, 6)))
        ]
        self.cases = CaseRequests(plans, stage, self.replicas, self.store)

    async def run(self) -> None:
        """A storm in which people buy, and perhaps others, days later, in which they come back."""
        stage = self.stage
        stage.tell("weather", str(stage.weather))
        await self.store.open()
        for replica in self.replicas:
            replica.boot()
        stage.loop.spawn(None, Postman(self.backend, self.replicas).work())
        operator = SimulatedOperator(self.plans, self.backend, self.replicas)
        stage.loop.spawn(None, ErasureRequests(stage, self.replicas, self.store).wander())
        await self._storm(operator, [self._live(one) for one in self.customers])
        for days in self.cases.later():
            stage.blow_again(days)
            for replica in self.replicas:
                replica.arm()
            await self._storm(operator, [self.cases.after(name) for name in self._names()])

    async def _storm(
        self, operator: SimulatedOperator, people: Sequence[Coroutine[Any, Any, None]]
    ) -> None:
        """What people do while it storms, and the time it takes to come to rest afterwards."""
        loop = self.stage.loop
        wandering = loop.spawn(None, operator.wander(self._names, self.store))
        busy = [loop.spawn(None, one) for one in people]
        calm = loop.call_later(CALM_AFTER, self._calm)
        await asyncio.gather(*busy)
        calm.cancel()
        self._calm()
        wandering.cancel()
        await self._rest(operator)

    def _names(self) -> list[str]:
        """The checkouts that were begun."""
        return [customer.checkout for customer in self.customers if customer.checkout]

    def _wrong_step(self, before: Checkout, after: Checkout) -> Iterator[str]:
        """What no snapshot that follows another one may do."""
        yield from brought_back(before, after)
        yield from overdrawn(self.plans, before, after)

    async def _live(self, customer: SimulatedCustomer) -> None:
        """Buy, and what comes after it."""
        await customer.buy()
        if customer.checkout:
            await self.cases.after(customer.checkout)

    def _calm(self) -> None:
        self.stage.clear_up()
        for replica in self.replicas:
            if replica.life is not None:
                replica.life.fuse = -1

    async def _rest(self, operator: SimulatedOperator) -> None:
        """Until everything is final and settled; an operator looks in from time to time."""
        for seconds in WAITS:
            moving = [row.checkout for row in self.store.rows() if not _is_at_rest(row)]
            still = not self.backend.breaking and not self.store.is_behind(RELAY)
            if not moving and still:
                return
            for checkout in moving:
                await operator.look_after(checkout)
                await self.cases.go_on(checkout)
            await asyncio.sleep(seconds)

    def verdict(self) -> SeedResult:
        """Judge."""
        rows = list(self.store.rows())
        wrong = [*self.stage.wrong, *self._judged()]
        for line in wrong:
            self.stage.tell("!!", line)
        ends = [row.status for row in rows]
        return SeedResult(
            seed=self.stage.seed,
            checkouts=len(rows),
            completed=ends.count("completed"),
            canceled=ends.count("canceled"),
            cases=Counter(run.flow for row in rows for run in row.checkout.runs.values()),
            effects=len(self.backend.effects),
            events=len(self.broker.stored),
            crashes=sum(replica.crashes for replica in self.replicas),
            freezes=sum(replica.freezes for replica in self.replicas),
            steps=self.stage.loop.steps,
            wrong=tuple(wrong),
            story=tuple(self.stage.lines),
        )

    def _judged(self) -> Iterator[str]:
        known = set()
        for row in self.store.rows():
            name = row.checkout.id
            known.add(name)
            effects = self.backend.by_checkout.get(name, [])
            for line in violations(self.plans, row, effects, self.store.log_of(name)):
                yield f"{name}: {line}"
        yield from strays(self.backend, known)
        yield from broker.violations(self.broker, self.store)
        made = {customer.checkout for customer in self.customers if customer.checkout}
        if len(known) != len({name.rsplit("_", 1)[0] for name in known}):
            yield f"one request made two checkouts: {sorted(known)}"
        if not made <= known:
            yield f"lost: {sorted(made - known)}"


def _is_at_rest(row: Change) -> bool:
    return row.settled and row.status in FINAL_STATUSES
