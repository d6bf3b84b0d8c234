"""A replica's view of the shared store: it hesitates, refuses, and forgets to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.errors import StoreUnavailable
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Change, EventRow, Feed, IdempotencyRecord

T = TypeVar("T")
Judge = Callable[[Checkout, Checkout], Iterator[str]]
AT_ONCE = 0.5  # the share of accesses during which nobody else does anything
QUICK = 0.85  # the share that takes no time


class SharedStore(MemoryStore):
    """The database: it tells the stage of every change, and never fails by itself."""

    def __init__(self, stage: SimulationRuntime, judge: Judge) -> None:
        """Empty; `judge` says what is wrong with a snapshot that comes after another."""
        super().__init__()
        self.stage = stage
        self._judge = judge

    async def append(self, change: Change) -> None:
        before = self._rows.get(change.checkout.id)
        await super().append(change)
        self.stage.changed(change)
        if before is not None:
            for wrong in self._judge(before.checkout, change.checkout):
                self.stage.blame(f"{change.checkout.id} v{change.checkout.version}: {wrong}")

    def rows(self) -> Iterator[Change]:
        """Every checkout's row, the oldest first."""
        return iter(self._rows.values())

    def log_of(self, checkout: str) -> list[EventRow]:
        """A checkout's events."""
        return self._events.get(checkout, [])

    def is_behind(self, name: str) -> bool:
        """Whether there are events that a follower has not passed yet."""
        return int(self._cursors.get(name, 0)) < self._logged

    def snapshot(self, checkout: str) -> Change | None:
        """The row of a checkout."""
        return self._rows.get(checkout)

    def is_written_ahead(self, reference: str) -> bool:
        """Whether an effect's reference is committed."""
        return reference in self._references

    def next_wake(self) -> datetime | None:
        """The soonest time at which a replica could claim something."""
        times = (self._free_at(row) for row in self._rows.values())
        return min((at for at in times if at is not None), default=None)

    def _free_at(self, row: Change) -> datetime | None:
        claim = self._claims.get(row.checkout.id)
        if row.wake_at is None or claim is None:
            return row.wake_at
        return max(row.wake_at, claim[1])


class ReplicaStore:
    """What one replica reaches of it. A crash may come before, during and after every access."""

    def __init__(
        self, shared: SharedStore, stage: SimulationRuntime, strike: Callable[[], Awaitable[None]]
    ) -> None:
        """Reach `shared` through the weather of `stage`; `strike` is fate, after a commit."""
        self._shared = shared
        self._stage = stage
        self._strike = strike

    async def _reach(self, access: Callable[[], Awaitable[T]]) -> T:
        stage = self._stage
        await self._hesitate()
        if stage.chance() < stage.weather.store_refuses:
            raise StoreUnavailable("the simulated store refused")
        done = await access()
        await self._hesitate()
        if stage.chance() < stage.weather.store_forgets_to_answer:
            raise StoreUnavailable("the simulated store did not answer")
        return done

    async def _hesitate(self) -> None:
        chance = self._stage.chance()
        if chance > AT_ONCE:
            await asyncio.sleep(0 if chance < QUICK else chance * 0.02)

    async def append(self, change: Change) -> None:
        await self._reach(lambda: self._shared.append(change))
        await self._strike()

    async def load(self, checkout: str) -> Checkout | None:
        return await self._reach(lambda: self._shared.load(checkout))

    async def by_reference(self, reference: str) -> str | None:
        return await self._reach(lambda: self._shared.by_reference(reference))

    async def idempotency(
        self, scope: str, key: str, *, before: str | None = None
    ) -> IdempotencyRecord | None:
        return await self._reach(lambda: self._shared.idempotency(scope, key, before=before))

    async def claim(
        self, owner: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        return await self._reach(
            lambda: self._shared.claim(owner, now=now, until=until, limit=limit)
        )

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        await self._reach(lambda: self._shared.postpone(checkout, version=version, wake_at=wake_at))

    async def release(self, owner: str) -> int:
        return await self._reach(lambda: self._shared.release(owner))

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        return await self._reach(lambda: self._shared.feed(after=after, limit=limit))

    async def cursor(self, name: str) -> str | None:
        return await self._reach(lambda: self._shared.cursor(name))

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        await self._reach(lambda: self._shared.move_cursor(name, expected=expected, to=to))

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        return await self._reach(lambda: self._shared.lease(name, owner, now=now, until=until))

    async def end_lease(self, name: str, owner: str) -> None:
        await self._reach(lambda: self._shared.end_lease(name, owner))

    def __getattr__(self, name: str) -> Any:
        """What a simulated replica never asks for is not simulated."""
        raise AttributeError(f"a simulated replica does not use store.{name}")
