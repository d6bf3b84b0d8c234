"""The drill itself, act by act: each lasts its time and goes on when its facts are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from unshackled.domain.states import FINAL_STATUSES
from unshackled.proving.drill.drill_customers import DrillCustomers
from unshackled.proving.drill.drill_environment import NEW, DrillEnvironment

Json = Any
LOOKS_EVERY_SECONDS: Final = 0.3
# Until the customers that are inside have what they came for.
LEAVES_WITHIN_SECONDS: Final = 240.0
COMPARED: Final = 3
# What the fault makes wrong, as the parity report names it.
WRONG: Final = "handsets.*.price"
ACTS: Final = (
    "candidate dead",
    "shadow only",
    "10 %",
    "50 %",
    "fault at 50 %",
    "cut back",
    "mended",
    "50 % again",
    "100 %",
)


@dataclass(frozen=True, kw_only=True)
class DrillPlan:
    """What to do: about `seconds` of selling, a customer every `every` seconds.

    `patience` is how long a fact is waited for, in seconds; a slow machine needs more of it.
    """

    seed: int
    folder: Path
    seconds: float = 120.0
    every: float = 0.25
    patience: float = 120.0


@dataclass(kw_only=True)
class DrillFacts:
    """What the operator saw on the way, for the judge."""

    alarm_after: float | None = None
    alarm_share: Json = None
    gauge_dead: float | None = None
    gauge_alive: float | None = None
    parity_before: list[Json] = field(default_factory=list)
    parity_fault: list[Json] = field(default_factory=list)
    parity_mended: list[Json] = field(default_factory=list)
    broken_at: datetime | None = None
    mended_at: datetime | None = None
    cut_back: Json = None
    share_when_sick: float | None = None
    share_when_mended: float | None = None
    share_at_end: float | None = None
    inside_when_mended: int = 0
    late: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Drill:
    """One drill; `say` hears how it goes, `seconds` has how long each act was."""

    stage: DrillEnvironment
    customers: DrillCustomers
    plan: DrillPlan
    say: Callable[[str], None]
    facts: DrillFacts = field(default_factory=DrillFacts)
    seconds: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """From a candidate that is not there to one that has all customers."""
        arriving = asyncio.create_task(self.customers.arrive())
        try:
            for name, act in zip(ACTS, self._acts(), strict=True):
                await self._play(name, act)
            self.facts.share_at_end = await self.stage.share()
            self.say("the doors close; those who are inside finish")
            self.facts.late = await self.customers.leave(LEAVES_WITHIN_SECONDS)
        finally:
            self.customers.closed = True
            arriving.cancel()
            await asyncio.gather(arriving, return_exceptions=True)

    def _acts(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        return (
            self._dead,
            self._shadow,
            self._tenth,
            self._half,
            self._fault,
            self._sick,
            self._mended,
            self._half_again,
            self._all,
        )

    async def _play(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """One act: at least its part of the time, and as long as its facts need."""
        self.customers.act = name
        begun = time.monotonic()
        await act()
        least = begun + self.plan.seconds / len(ACTS)
        await asyncio.sleep(max(0.0, least - time.monotonic()))
        self.seconds[name] = time.monotonic() - begun

    async def _until(self, what: str, fact: Callable[[], Awaitable[bool]]) -> bool:
        """Wait for a fact; one that never comes is noted, and the drill goes on."""
        until = time.monotonic() + self.plan.patience
        while not await fact():
            if time.monotonic() > until:
                self.facts.missing.append(what)
                self.say(f"  never happened: {what}")
                return False
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
        return True

    # The acts

    async def _dead(self) -> None:
        self.say("  0 %  the shadow is on, and the candidate is killed")
        await self.stage.kill_new()
        begun = time.monotonic()

        async def alarmed() -> bool:
            return bool(self.stage.log_lines("shadow.not_running"))

        if await self._until("an alarm about a shadow that does not run", alarmed):
            self.facts.alarm_after = time.monotonic() - begun
            self.say(f"       alarm after {self.facts.alarm_after:.1f} s: shadow.not_running")
        self.facts.alarm_share = (await self.stage.route())["shadow"]
        self.facts.gauge_dead = await self.stage.gauge()
        await self.stage.start_new()

    async def _shadow(self) -> None:
        self.say("  0 %  the candidate is back; it is asked beside the old shop, and compared")

        async def compared() -> bool:
            report = await self.stage.parity()
            return _agreed(report) + _differed(report) >= COMPARED

        await self._until("answers to compare", compared)
        self.facts.gauge_alive = await self.stage.gauge()

    async def _tenth(self) -> None:
        await self._move(10, "parity is clean", orders=2)

    async def _half(self) -> None:
        await self._move(50, "a tenth went well", orders=8)
        self.facts.parity_before = await self.stage.parity()

    async def _fault(self) -> None:
        self.say(" 50 %  FAULT: orders fail or their answers are lost, and prices are wrong")
        self.facts.broken_at = datetime.now(UTC)
        await self.stage.break_new()

        async def cut() -> bool:
            found = [one for one in await self.stage.audit() if one["action"] == "cut_back"]
            done = [one for one in found if one["outcome"]]
            self.facts.cut_back = done[-1] if done else None
            return bool(done)

        if await self._until("a cut-back", cut):
            self.say(f"  0 %  cut back by itself: {self.facts.cut_back['reason']}")

    async def _sick(self) -> None:
        self.facts.share_when_sick = await self.stage.share()
        before = _differed(self.facts.parity_before)

        async def named() -> bool:
            self.facts.parity_fault = await self.stage.parity()
            return _differed(self.facts.parity_fault) > before

        if await self._until("a field of the fault in the parity report", named):
            found = fields(self.facts.parity_fault)
            worst = next((one for one in found if one["field"].endswith(WRONG)), found[0])
            more = f", and {len(found) - 1} more fields" if len(found) > 1 else ""
            message = f"{worst['field']} ({worst['example']}){more}"
            self.say(f"       the parity report names {message}")

    async def _mended(self) -> None:
        waiting = self.customers.open(lambda one: one.at("order") == NEW)
        self.facts.inside_when_mended = len(waiting)
        self.say(f"  0 %  mended; of those who began there {len(waiting)} still wait")
        self.facts.mended_at = datetime.now(UTC)
        await self.stage.mend_new()

        async def through() -> bool:
            return all(one.status in FINAL_STATUSES for one in waiting)

        await self._until("the end of those who waited", through)
        agreed = _agreed(await self.stage.parity())

        async def alike() -> bool:
            self.facts.parity_mended = await self.stage.parity()
            return _agreed(self.facts.parity_mended) > agreed

        await self._until("answers that agree again", alike)
        self.facts.share_when_mended = await self.stage.share()

    async def _half_again(self) -> None:
        await self._move(50, "it was mended, and parity is clean again", orders=8)

    async def _all(self) -> None:
        await self._move(100, "half of it went well", orders=12)

    async def _move(self, percent: float, reason: str, *, orders: int) -> None:
        """The one command; then so many orders of this act at the candidate."""
        act = self.customers.act
        await self.stage.split(percent, reason)
        self.say(f"{percent:3.0f} %  the operator moves the share: {reason}")

        async def sold() -> bool:
            return self.customers.ordered(act)[NEW] >= orders

        await self._until(f"{orders} orders at the candidate in {act!r}", sold)


def fields(report: list[Json]) -> list[Json]:
    """The fields that differ, worst first, each with its operation."""
    found = [{**one, "operation": pair["operation"]} for pair in report for one in pair["fields"]]
    return sorted(found, key=lambda one: -one["differed"])


def _differed(report: list[Json]) -> int:
    return sum(int(one["differed"]) for one in report)


def _agreed(report: list[Json]) -> int:
    return sum(int(one["agreed"]) for one in report)
