"""One replica of the middleware: the real engine and relay, in a process that dies and returns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.runner import Plans
from unshackled.proving.simulation.backend import SimulatedBackend
from unshackled.proving.simulation.broker import SimulatedBroker, follow, follower
from unshackled.proving.simulation.loop import SimulatedProcess
from unshackled.proving.simulation.network import Network
from unshackled.proving.simulation.quiet import UNOBSERVED
from unshackled.proving.simulation.replica_store import ReplicaStore, SharedStore
from unshackled.proving.simulation.simulation_runtime import FAR, SimulatedClock, SimulationRuntime

T = TypeVar("T")
Builder = Callable[..., Engine]
PATIENCE = 20.0
FUSE = 400
CRASHES = 6
STRIKES = 0.05


class Down(Exception):
    """It does not answer, or not in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the replicas of a world share; `build` makes their engines."""

    stage: SimulationRuntime
    store: SharedStore
    backend: SimulatedBackend
    broker: SimulatedBroker
    plans: Plans
    build: Builder = Engine
    case_flows: Sequence[Plan] = ()


class Replica:
    """Boots, serves, and is killed at a random step of any of its tasks."""

    def __init__(self, name: str, site: Site) -> None:
        """Down, until `boot`."""
        self.name = name
        self.site = site
        self.stage = site.stage
        self.boots = 0
        self.crashes = 0
        self.freezes = 0
        self.life: SimulatedProcess | None = None
        self.engine: Engine | None = None

    def boot(self) -> None:
        """A new life: nothing of the one before is in memory."""
        stage, site = self.stage, self.site
        self.boots += 1
        life = SimulatedProcess(f"{self.name}.{self.boots}")
        skew = (stage.chance() * 2 - 1) * stage.weather.skew_seconds
        clock = SimulatedClock(stage, skew)
        caller = ProviderCaller(
            backends=Network(site.backend, site.store, self._struck),
            clock=clock,
            random=Random(stage.random.getrandbits(32)),
            public_url="https://checkout.example",
            recorder=UNOBSERVED,
        )
        store: Any = ReplicaStore(site.store, stage, self._struck)
        self.engine = site.build(
            store=store,
            plans=site.plans,
            caller=caller,
            name=life.name,
            case_flows=lambda _: site.case_flows,
        )
        self.life = life
        stage.tell(life.name, f"boots, its clock is off by {skew:+.1f} s")
        stage.loop.spawn(life, self._work(self.engine, clock))
        relay = follower(life.name, store, site.broker, clock)
        stage.loop.spawn(life, follow(relay, site.broker, site.store, clock))
        self._arm(life)

    def arm(self) -> None:
        """The storm is back."""
        if self.life is not None:
            self._arm(self.life)

    def _arm(self, life: SimulatedProcess) -> None:
        """Draw what will happen to this life, and at which step."""
        stage = self.stage
        draw = stage.chance()
        if draw < stage.weather.crash and self.crashes < CRASHES:
            life.blown = self.crash
        elif draw < stage.weather.crash + stage.weather.freeze:
            life.blown = self.freeze
        else:
            return
        life.fuse = 1 + int(stage.chance() ** 2 * FUSE)

    async def _struck(self) -> None:
        """Fate likes the moments after a commit and after sending best."""
        weather, chance = self.stage.weather, self.stage.chance()
        if chance < weather.freeze * STRIKES:
            self.freeze()
        elif chance > 1 - weather.crash * STRIKES and self.crashes < CRASHES:
            self.crash()
        else:
            return
        await asyncio.sleep(0)

    def crash(self) -> None:
        """`kill -9`: no task of it runs again; it is started anew after a while."""
        if self.life is None:
            return
        self.stage.tell(self.life.name, "is killed")
        self.crashes += 1
        self.life.dead = True
        self.life = self.engine = None
        self.stage.loop.spawn(None, self._return())

    async def _return(self) -> None:
        await self.stage.soon(30)
        self.boot()

    def freeze(self) -> None:
        """SIGSTOP, for longer than a lease perhaps."""
        if self.life is None or self.life.frozen:
            return
        self.stage.tell(self.life.name, "freezes")
        self.freezes += 1
        self.life.frozen = True
        self.stage.loop.spawn(None, self._thaw(self.life))

    async def _thaw(self, life: SimulatedProcess) -> None:
        await self.stage.soon(60)
        self.stage.tell(life.name, "goes on")
        self.stage.loop.thaw(life)
        self._arm(life)

    async def _work(self, engine: Engine, clock: SimulatedClock) -> None:
        """What `Engine.start` does, without the rounds in which nothing is due."""
        news = asyncio.Event()
        self.stage.news.append(news)
        while True:
            try:
                await engine.wake()
            except Exception as error:  # noqa: BLE001 - as the timer does: told, and tried again
                self.stage.tell(engine.name, f"timer: {type(error).__name__}")
                await clock.sleep(1)
                continue
            await self._until_due(news, clock)
            await clock.sleep(0.5 + self.stage.chance())

    async def _until_due(self, news: asyncio.Event, clock: SimulatedClock) -> None:
        """Until the round of the timer in which something will be due."""
        while True:
            news.clear()
            wake = self.stage.awaited = self.site.store.next_wake() or FAR
            seconds = min((wake - clock.now()).total_seconds(), 1e7)
            if seconds <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await news.wait()

    async def ask(self, what: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
        """Let this replica do something; raises `Down` when it does not answer."""
        if self.life is None or self.engine is None:
            raise Down(self.name)
        task = self.stage.loop.spawn(self.life, what(self.engine))
        await asyncio.wait([task], timeout=PATIENCE)
        if not task.done():
            raise Down(self.name)
        answer: T = task.result()
        return answer


class OnePlan:
    """The plans of a world: one that sells, and those of its cases."""

    def __init__(self, plan: Plan, cases: Sequence[Plan] = ()) -> None:
        """Hold them."""
        self.plan = plan
        self.cases = {one.digest: one for one in cases}

    def by_digest(self, digest: str) -> Plan:
        """Whatever the digest of what sells."""
        return self.cases.get(digest, self.plan)

    async def load(self, digest: str) -> Plan:
        """The same."""
        return self.by_digest(digest)
