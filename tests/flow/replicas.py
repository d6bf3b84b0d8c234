"""Replicas whose local state can be told, and whose every access waits for its turn."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from tests.flow.explorer import ExploringLoop
from tests.flow.world import ID, OnePlan
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.flow.engine.due import Work
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.batch import CommandBatch, QueuedCommand
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.runner import Runner
from unshackled.proving.simulation.quiet import UNOBSERVED
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Change, EventRow
from unshackled.testing.backends import FakeBackends
from unshackled.testing.samples import NOW

# Beginning a request and looking up its checkout are one access: nothing happens in between.
STORE = frozenset({"append", "load", "idempotency", "postpone"})
BACKENDS = frozenset({"perform", "look_up", "undo"})


class Steady(Random):
    """Chance that does nothing by chance: pauses are the same in every schedule."""

    def random(self) -> float:
        """The middle."""
        return 0.5


class Contents:
    """Tells the contents of snapshots apart, reading each only once."""

    def __init__(self) -> None:
        """None read yet."""
        self._read: dict[int, tuple[Checkout, int]] = {}

    def of(self, checkout: Checkout | None) -> int:
        """The same number for equal snapshots."""
        if checkout is None:
            return 0
        if id(checkout) not in self._read:
            self._read[id(checkout)] = checkout, hash(repr(checkout))
        return self._read[id(checkout)][1]


class Watched(Runner):
    """A runner whose local state can be told."""

    turned: tuple[Checkout | None, str] = (None, "")
    sent: dict[Any, Checkout | None]

    def __init__(self, checkout: str, context: Any) -> None:
        """As ever."""
        super().__init__(checkout, context)
        self.sent = {}

    async def _decide(self, items: list[QueuedCommand]) -> CommandBatch:
        self.turned = self.checkout, repr([item.command for item in items])
        return await super()._decide(items)

    async def _carry_out(self, plan: Plan, committed: Checkout, work: Work) -> None:
        self.sent[work.key] = committed
        await super()._carry_out(plan, committed, work)

    def state(self, contents: Contents) -> Hashable:
        """What decides how it goes on, together with the gates at which it waits."""
        return (
            contents.of(self.checkout),
            contents.of(self.turned[0]),
            self.turned[1],
            repr([item.command for item in self.inbox]),
            tuple((key, contents.of(self.sent.get(key))) for key in self.calls),
            (self.noted, self.wake_at, self.quiet.is_set()),
        )


class Replica(Engine):
    """A replica whose local state can be told."""

    runner = Watched

    def state(self, contents: Contents) -> Hashable:
        """What it remembers, and how its runner stands."""
        running = cast("Watched | None", self.runners.get(ID))
        return contents.of(self.recent.get(ID)), running and running.state(contents)


class SharedStore(MemoryStore):
    """The database."""

    def fork(self) -> SharedStore:
        """The same contents, changed apart from now on."""
        other = copy.copy(self)
        for name, value in vars(self).items():
            setattr(other, name, copy.copy(value))
        vars(other)["_events"] = {key: list(rows) for key, rows in self._events.items()}
        return other

    def claimed(self) -> Hashable:
        """By whom the checkout is claimed, and until when."""
        return self._claims.get(ID)

    def log(self) -> list[EventRow]:
        """The checkout's events."""
        return self._events[ID]

    def row(self) -> Change:
        """The checkout's row."""
        return self._rows[ID]


class Careless(SharedStore):
    """A database whose append compares nothing: the last one wins."""

    def _require_free(self, change: Change) -> None:
        """Whatever is there, it is written over."""


class LoopClock:
    """The virtual time of a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Of `loop`."""
        self._loop = loop

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0))


class Gated:
    """What a replica reaches outside itself: each access waits for its turn."""

    def __init__(
        self, inner: Any, names: frozenset[str], loop: ExploringLoop, replica: str
    ) -> None:
        """Reach `inner` from `replica`."""
        self._inner = inner
        self._names = names
        self._loop = loop
        self._replica = replica

    def __getattr__(self, name: str) -> Any:
        """A method of what is reached, through a gate where it leaves the replica."""
        reached = getattr(self._inner, name)
        if name not in self._names:
            return reached
        label = f"{self._replica} {name}"

        async def through(*given: Any, **named: Any) -> Any:
            await self._loop.gate(label)
            return await reached(*given, **named)

        return through


def fork(backends: FakeBackends) -> FakeBackends:
    """The same books and scripts, changed apart from now on."""
    other = copy.copy(backends)
    other.effects = {key: replace(one) for key, one in backends.effects.items()}
    other.sent = list(backends.sent)
    other._scripts = copy.copy(backends._scripts)  # noqa: SLF001
    for key, queue in backends._scripts.items():  # noqa: SLF001
        other._scripts[key] = deque(queue)  # noqa: SLF001
    return other


def booted(
    plan: Plan,
    store: MemoryStore,
    backends: FakeBackends,
    loop: ExploringLoop,
    name: str,
) -> Replica:
    """A replica that reaches everything through gates."""
    gated = cast("Any", Gated(backends, BACKENDS, loop, name))
    caller = ProviderCaller(
        backends=gated,
        clock=LoopClock(loop),
        random=Steady(),
        public_url="https://checkout.example",
        recorder=UNOBSERVED,
    )
    reach = cast("Any", Gated(store, STORE, loop, name))
    return Replica(store=reach, plans=OnePlan(plan), caller=caller, name=name)
