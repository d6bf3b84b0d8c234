"""Erasing on schedule: what nothing keeps any more goes, some checkouts at a time."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.clock import Clock
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict, Unreadable
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.personal_data.retention_law import look_at
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.runner import UnknownCheckout
from unshackled.telemetry import get_logger, survive

LEASE: Final = "erasures"
AT_ONCE: Final = 100
BREATH: Final = timedelta(milliseconds=100)  # between two portions: customers go first
SELDOM: Final = timedelta(minutes=10)
# What cannot be read here may be by another version: it holds up no other.
LATER: Final = timedelta(days=1)
COMMAND: Final = c.Erase(by="clock", reason="retention_ended")
log = get_logger(__name__)


class ErasureCount(Record, omit_defaults=True):
    """What came of a portion: erased whole, in part, looked at too early, or not readable."""

    whole: int = 0
    part: int = 0
    early: int = 0
    unreadable: int = 0

    @property
    def total(self) -> int:
        """How many checkouts were looked at."""
        return self.whole + self.part + self.early + self.unreadable

    def with_one(self, what: str) -> ErasureCount:
        """One more of a kind."""
        return replace(self, **{what: getattr(self, what) + 1})


class Eraser:
    """Asks for the erasure of every checkout whose time has come, in one replica at a time.

    The engine decides, as of any command. Where it comes to nothing yet, the checkout is looked at
    again when that ends; so it goes on where another replica, or an earlier start, had come.
    """

    def __init__(self, engine: Engine, clock: Clock, owner: str) -> None:
        """Nothing happens before `run`."""
        self._engine = engine
        self._store = engine.store
        self._clock = clock
        self._owner = owner

    async def run(self) -> None:
        """For ever: portion after portion while there is something, then seldom."""
        while True:
            done = await survive(LEASE, self.portion())
            if done is not None and done.total:
                log.info(
                    "erasure.portion",
                    whole=done.whole,
                    part=done.part,
                    early=done.early,
                    unreadable=done.unreadable,
                )
            more = done is not None and done.total >= AT_ONCE
            await self._clock.sleep((BREATH if more else SELDOM).total_seconds())

    async def portion(self) -> ErasureCount:
        """The next checkouts whose time has come; none while another replica is at it."""
        count, now = ErasureCount(), self._clock.now()
        if not await self._store.lease(LEASE, self._owner, now=now, until=now + SELDOM):
            return count
        for checkout in await self._store.erasable(now=now, limit=AT_ONCE):
            count = count.with_one(await self._erase(checkout, now))
        return count

    async def _erase(self, checkout: str, now: datetime) -> str:
        """Ask for one, if its time has come by the rules of today; what came of it."""
        try:
            before = await self._engine.read(checkout)
            if before is None or not await self._is_due(before, now):
                return "early"
            with suppress(Rejected):
                await self._engine.command(checkout, COMMAND)
            after = await self._engine.read(checkout) or before
        except Conflict:  # somebody else is at it: the next portion finds what is left
            return "early"
        except (Unreadable, UnknownCheckout) as error:
            log.warning("erasure.unreadable", checkout=checkout, error=str(error))
            await self._store.retain(checkout, version=None, until=now + LATER)
            return "unreadable"
        if after.version > before.version:
            whole = after.erasure is not None and after.erasure.whole
            return "whole" if whole else "part"
        until = look_at(self._engine.plans.by_digest(after.digest), after)
        late = until is None or until <= now  # refused for another reason than its time
        await self._store.retain(
            checkout, version=after.version, until=now + LATER if late else until
        )
        return "early"

    async def _is_due(self, checkout: Checkout, now: datetime) -> bool:
        """Whether its time has come; if not, it is looked at again when it has."""
        until = look_at(self._engine.plans.by_digest(checkout.digest), checkout)
        if until is not None and until <= now:
            return True
        await self._store.retain(checkout.id, version=checkout.version, until=until)
        return False
