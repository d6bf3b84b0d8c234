"""One checkout, two replicas, one store, and everybody who acts in the same instant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from tests.flow.explorer import Course, ExploringLoop, Merged
from tests.flow.replicas import Careless, Contents, Replica, SharedStore, booted, fork
from tests.flow.world import ID, INPUTS
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Selection
from unshackled.domain.records import replace
from unshackled.domain.states import FINAL_STATUSES, State
from unshackled.errors import UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.engine_host import Engine
from unshackled.ports.outcome import Declined, Passed
from unshackled.proving.simulation.check import violations
from unshackled.testing.backends import FakeBackends
from unshackled.testing.samples import NOW
from unshackled.testing.sold import sold_by

WAITS = (60, 600, 3600, 24 * 3600, 24 * 3600, 24 * 3600)


@dataclass(kw_only=True)
class Scene:
    """Where every schedule begins: a store, the backends' books, and a moment."""

    plan: Plan
    store: SharedStore
    backends: FakeBackends
    at: float

    @property
    def checkout(self) -> Checkout:
        """The snapshot with which it begins."""
        return self.store.row().checkout

    def reference(self, step: str) -> str:
        """The reference of a step's effect."""
        reference = self.checkout.steps[step].reference
        assert reference is not None
        return reference

    def due(self, moment: datetime | None) -> None:
        """Begin when `moment` has come."""
        assert moment is not None
        self.at = (moment - NOW).total_seconds()

    def careless(self) -> Scene:
        """The same on a database that compares nothing."""
        store = self.store.fork()
        store.__class__ = Careless
        return replace(self, store=store)


Act = Callable[["Instant"], Awaitable[Any]]


@dataclass(kw_only=True)
class Instant:
    """One schedule: `acts` begin at the same moment; `answers` is what each was told."""

    scene: Scene
    acts: Mapping[str, Act]
    loop: ExploringLoop
    store: SharedStore = field(init=False)
    backends: FakeBackends = field(init=False)
    replicas: list[Replica] = field(init=False)
    contents: Contents = field(default_factory=Contents)
    answers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scene = self.scene
        self.store = scene.store.fork()
        self.backends = fork(scene.backends)
        self.replicas = [
            booted(scene.plan, self.store, self.backends, self.loop, name) for name in ("r1", "r2")
        ]
        for replica in self.replicas:
            replica.recent.put(scene.checkout)
        self.loop.state = self.state

    @property
    def first(self) -> Engine:
        """A replica."""
        return self.replicas[0]

    @property
    def second(self) -> Engine:
        """The other replica."""
        return self.replicas[1]

    def state(self) -> Hashable:
        """What decides everything that can still happen."""
        effects = tuple(
            (one.reference, one.times, one.undone, type(one.outcome).__name__)
            for one in self.backends.effects.values()
        )
        row = self.store.row()
        shared = (self.contents.of(row.checkout), row.wake_at, self.store.claimed())
        local = tuple(replica.state(self.contents) for replica in self.replicas)
        return (shared, effects, local, tuple(sorted(self.answers.items())))

    async def run(self) -> None:
        """Everybody acts; then time passes until the checkout has come to rest."""
        await asyncio.gather(*(self._act(name, act) for name, act in self.acts.items()))
        for seconds in WAITS:
            await asyncio.sleep(seconds)
            await self._look_after()
            for replica in self.replicas:
                await replica.wake()
            row = self.store.row()
            if row.settled and row.status in FINAL_STATUSES:
                return
            if seconds >= 3600 and row.status not in FINAL_STATUSES:
                await self._ask("leaves", self.first.command(ID, LEAVE))

    async def _act(self, name: str, act: Act) -> None:
        await self.loop.gate(name)
        await self._ask(name, act(self))

    async def _ask(self, name: str, asked: Awaitable[Any]) -> None:
        try:
            await asked
        except UnshackledError as error:
            self.answers[name] = getattr(error, "code", type(error).__name__)
        else:
            self.answers[name] = "ok"

    async def _look_after(self) -> None:
        """An operator decides what waits for one, by the backends' books."""
        for name, state in self.store.row().checkout.steps.items():
            if state.state is not State.IN_REVIEW:
                continue
            effect = self.backends.effects.get(state.reference or "")
            output = None
            verdict: Any = "absent"
            if effect is not None and isinstance(effect.outcome, Passed):
                verdict, output = "passed", encode(effect.outcome.output)
            elif effect is not None and isinstance(effect.outcome, Declined):
                verdict = "declined"
            command = c.Resolve(step=name, verdict=verdict, reason="the books", output=output)
            await self._ask("operator later", self.second.command(ID, command))

    def judge(self) -> list[str]:
        """Every broken promise, in one line each."""
        found, row = list(self.backends.effects.values()), self.store.row()
        events = self.store.log()
        wrong = list(
            violations(CheckoutPlans(self.scene.plan), row, cast("list[Any]", found), events)
        )
        for operation in ("orders.place", "payment.charge"):
            wanted = int(row.status == "completed")
            standing = len(self.backends.standing(operation))
            if standing != wanted:
                wrong.append(f"{row.status} with {standing} standing {operation}")
        ended = sum(event.type in ENDS for event in events)
        if ended != 1:
            wrong.append(f"it ended {ended} times")
        return wrong


ENDS = ("checkout.completed.v1", "checkout.canceled.v1")
LEAVE = c.Cancel(code="changed_mind", by="customer")


def play(
    scene: Scene, acts: Mapping[str, Act], course: Course, check: Callable[[Instant], list[str]]
) -> tuple[str, list[str]]:
    """One schedule from the beginning to rest: how it ended, and what was wrong."""
    loop = ExploringLoop(course, scene.at)
    instant = Instant(scene=scene, acts=acts, loop=loop)
    wrong: list[str] = []
    try:
        loop.run_until_complete(instant.run())
    except Merged:
        raise
    except Exception as error:  # noqa: BLE001 - whatever breaks is a finding of this schedule
        wrong.append(repr(error))
    finally:
        loop.end()
    return instant.store.row().status, [*wrong, *instant.judge(), *check(instant)]


def scene(plan: Plan, backends: FakeBackends, *, until: str) -> Scene:
    """A customer goes on until the step `until` is done, or has begun."""
    loop = ExploringLoop(None)
    store = SharedStore()
    alone = booted(plan, store, backends, loop, "r0")
    loop.run_until_complete(_begin(alone, plan, until))
    loop.end()
    return Scene(plan=plan, store=store, backends=backends, at=1.0)


async def _begin(alone: Engine, plan: Plan, until: str) -> None:
    await alone.store.open()
    package, quote = sold_by(plan, valid_until=NOW + timedelta(days=30))
    created = CheckoutCreated(
        id=ID,
        retailer="northstar",
        flow="test",
        digest=plan.digest,
        currency="GBP",
        locale="en-GB",
        bucket=1,
        expires_at=NOW + plan.expires_after,
        selection=Selection(handset="handset-mid"),
        package=package,
        quote=quote,
        steps=tuple(plan.steps),
    )
    await alone.create(created)
    for name, body in INPUTS.items():
        if name in plan.steps:
            await alone.command(ID, c.Submit(step=name, body=encode(body)))
    if until == "confirm":
        await alone.command(ID, c.Complete(quote_id=quote.id))
