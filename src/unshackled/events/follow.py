"""A durable follower: reads events behind its cursor, hands them on, then moves the cursor.

One process at a time follows under a name: it holds a lease in the store. The cursor moves by
compare-and-swap after the hand-over, so a crash between the two hands the same events on again and
none is ever left out. Nothing runs but inside `round()` (one step) and `run()` (its loop).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.errors import BrokerUnavailable, Conflict, StoreError, StoreUnavailable
from unshackled.outbound.retry import RetryPolicy
from unshackled.store.port import Store
from unshackled.store.stored_records import EventRow, Feed
from unshackled.telemetry import get_logger

log = get_logger(__name__)

AT_ONCE: Final = timedelta(0)
# How long nothing may come on before somebody is told.
STUCK_AFTER: Final = timedelta(minutes=1)


class EventSource(Protocol):
    """Where events come from, in order per checkout, and how far a follower of it has come."""

    async def place(self) -> str | None:
        """The durable cursor."""
        ...

    async def read(self, after: str | None, limit: int) -> Feed:
        """Events behind a cursor; raises `StoreUnavailable` or `BrokerUnavailable`."""
        ...

    async def passed(self, *, expected: str | None, to: str) -> None:
        """Note that all up to `to` was handed on; `Conflict` when not at `expected` any more."""
        ...


HandOver = Callable[[Sequence[EventRow]], Awaitable[None]]
# Where the hand-over of a batch that begins at an index ends.
Portion = Callable[[Sequence[EventRow], int], int]


class PollingPolicy(Record):
    """How a follower goes: events in a batch and in one hand-over, and its pauses.

    `poll` between two looks when there is nothing, `gather` between a wake-up and the look, so
    that one look finds all of a burst; `stand_by` while another holds the lease; after a failure
    the pause doubles from `poll` up to `slowest`.
    """

    batch: int = 100
    at_once: int = 100
    poll: timedelta = timedelta(seconds=0.5)
    gather: timedelta = timedelta(milliseconds=100)
    stand_by: timedelta = timedelta(seconds=5)
    slowest: timedelta = timedelta(seconds=15)
    lease: timedelta = timedelta(seconds=20)


class Stuck(Record, kw_only=False):
    """Since when a follower has not come on, and the kind of error that it met last, if any."""

    since: datetime
    error: str | None


class LeaseLost(StoreError):
    """Another process follows under this name now."""


class Follower:
    """Follows a source under a name; `owner` is this process."""

    def __init__(
        self,
        name: str,
        *,
        source: EventSource,
        hand_over: HandOver,
        leases: Store,
        owner: str,
        clock: Clock,
        pace: PollingPolicy | None = None,
        portion: Portion | None = None,
    ) -> None:
        """`portion` says how much of a batch is handed over at once, by default `pace.at_once`."""
        self.name = name
        self._source = source
        self._hand_over = hand_over
        self._leases = leases
        self._owner = owner
        self._clock = clock
        self.pace = pace or PollingPolicy()
        self._portion = portion or (lambda _, begin: begin + self.pace.at_once)
        self._held_until: datetime | None = None
        self._cursor: str | None = None
        self._known = False
        self._batch: Feed | None = None
        self._done = 0
        self._failures = 0
        self._behind: datetime | None = None
        self._held_up: Stuck | None = None
        self._told = False
        self._closing = False
        self._wake_up = asyncio.Event()

    def lag(self) -> float | None:
        """Age in seconds of the oldest event not yet handed on; None on stand-by.

        While nothing can be read it is the time since then.
        """
        if self._held_until is None:
            return None
        if self._behind is None:
            return 0.0
        return max(0.0, (self._clock.now() - self._behind).total_seconds())

    def stuck(self) -> Stuck | None:
        """What holds it up for more than `STUCK_AFTER`; None while it comes on, or stands by."""
        found = self._held_up
        if found is None or self._held_until is None:
            return None
        return found if self._clock.now() - found.since >= STUCK_AFTER else None

    async def round(self) -> timedelta:
        """One step; how long to rest until the next. Whatever goes wrong is tried again then."""
        try:
            rest = await self._step()
        except LeaseLost:
            self._forget()
            self._held_until = None
            return self.pace.stand_by
        except Conflict:
            self._forget()
            return AT_ONCE
        except (StoreUnavailable, BrokerUnavailable) as error:
            return self._troubled("events.waiting", error)
        except Exception as error:  # noqa: BLE001 - a follower outlives whatever it meets
            return self._troubled("events.broken", error)
        if self._failures:
            log.info("events.resumed", follower=self.name, failures=self._failures)
        self._failures = 0
        self._came_on()
        return rest

    async def run(self) -> None:
        """Go on until `close()`; then the lease is handed back."""
        try:
            while not self._closing:
                await self._rest(await self.round())
        finally:
            await self.leave()

    def wake(self) -> None:
        """There may be something new: end the rest, unless it is that of trouble or stand-by."""
        if self._held_until is not None and not self._failures:
            self._wake_up.set()

    def close(self) -> None:
        """Let `run` end after the batch at hand."""
        self._closing = True
        self._wake_up.set()

    async def leave(self) -> None:
        """Hand the lease back, if the store can be reached."""
        self._forget()
        if self._held_until is None:
            return
        self._held_until = None
        try:
            await self._leases.end_lease(self._lease, self._owner)
        except StoreUnavailable:
            log.info("events.lease_left_to_expire", follower=self.name)

    @property
    def _lease(self) -> str:
        return f"follow:{self.name}"

    async def _step(self) -> timedelta:
        await self._hold()
        if self._batch is None:
            await self._read()
        feed = self._batch
        if feed is None or feed.cursor is None:
            self._batch, self._behind = None, None
            return self.pace.poll
        while self._done < len(feed.rows):
            await self._hold()
            some = feed.rows[self._done : self._portion(feed.rows, self._done)]
            self._behind = some[0].at
            self._held_up = self._held_up or Stuck(self._clock.now(), None)
            await self._hand_over(some)
            self._done += len(some)
            self._came_on()
        if feed.cursor != self._cursor:
            await self._source.passed(expected=self._cursor, to=feed.cursor)
            self._cursor = feed.cursor
        self._batch = None
        if len(feed.rows) >= self.pace.batch:
            return AT_ONCE
        self._behind = None
        return self.pace.poll

    async def _read(self) -> None:
        if not self._known:
            self._cursor, self._known = await self._source.place(), True
        self._batch, self._done = await self._source.read(self._cursor, self.pace.batch), 0

    async def _hold(self) -> None:
        """Keep the lease, renewed in its second half; raises `LeaseLost`."""
        now = self._clock.now()
        if self._held_until is not None and now < self._held_until - self.pace.lease / 2:
            return
        until = now + self.pace.lease
        if not await self._leases.lease(self._lease, self._owner, now=now, until=until):
            if self._held_until is not None:
                log.warning("events.lease_lost", follower=self.name)
            raise LeaseLost(self.name)
        lapsed = self._held_until is None or self._held_until <= now
        self._held_until = until
        if lapsed and self._known:
            raise Conflict(f"{self.name}: somebody may have followed in between")

    def _forget(self) -> None:
        self._batch, self._done = None, 0
        self._cursor, self._known = None, False

    def _came_on(self) -> None:
        self._held_up, self._told = None, False

    def _troubled(self, event: str, error: Exception) -> timedelta:
        """Say so at the first failure of a row, and rest longer each time."""
        self._failures += 1
        self._behind = self._behind or self._clock.now()
        since = self._held_up.since if self._held_up else self._clock.now()
        self._held_up = Stuck(since, type(error).__name__)
        if self._failures == 1:
            log.warning(event, follower=self.name, exc_info=error)
        elif self.stuck() is not None and not self._told:
            self._told = True
            log.error("events.stuck", follower=self.name, since=str(since), exc_info=error)
        pauses = RetryPolicy(initial=self.pace.poll, maximum=self.pace.slowest)
        return pauses.ceiling(self._failures)

    async def _rest(self, span: timedelta) -> None:
        if self._closing:
            return
        sleep = asyncio.ensure_future(self._clock.sleep(span.total_seconds()))
        wake_up = asyncio.ensure_future(self._wake_up.wait())
        try:
            await asyncio.wait((sleep, wake_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            wake_up.cancel()
        if self._wake_up.is_set() and not self._closing:
            await self._clock.sleep(self.pace.gather.total_seconds())
        self._wake_up.clear()
