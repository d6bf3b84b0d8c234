"""Trying again: the one rule of how often and after which pauses, and its use inside a call.

Between the turns of a checkout, an endpoint or a follower the rule says only how long to pause:
what was tried is in a store, and another process may go on. Inside one call tenacity drives it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.errors import InDoubt, NotSent
from unshackled.outbound.call_failures import Shed

if TYPE_CHECKING:  # loaded by the first failure only: start-up does without it
    from tenacity import RetryCallState

T = TypeVar("T")
# Doubled so often, the shortest pause is longer than any maximum.
DOUBLINGS: Final = 40


class RetryPolicy(Record):
    """`attempts` in all, the first included; pauses double from `initial` up to `maximum`.

    A pause is stretched by chance, by a factor from the first to the second of `jitter`.
    A backend that asks for a longer pause than `maximum` ends the retrying inside a call: waiting
    that long is for the engine, which can turn to another provider meanwhile.
    """

    attempts: int = 3
    initial: timedelta = timedelta(milliseconds=100)
    maximum: timedelta = timedelta(seconds=2)
    jitter: tuple[float, float] = (0.5, 1.0)

    def ceiling(self, failures: int) -> timedelta:
        """The pause after so many failures in a row, the first is 1, before jitter."""
        doubled = self.initial.total_seconds() * 2 ** min(max(failures, 1) - 1, DOUBLINGS)
        return timedelta(seconds=min(doubled, self.maximum.total_seconds()))

    def pause(self, failures: int, random: Random) -> timedelta:
        """The pause after so many failures in a row, jitter included."""
        return stretched(self.ceiling(failures), random, self.jitter)


def stretched(pause: timedelta, random: Random, jitter: tuple[float, float]) -> timedelta:
    """A pause with jitter, so that those who failed together do not come back together."""
    least, most = jitter
    return pause * (least + (most - least) * random.random())


async def retrying(
    call: Callable[[int], Awaitable[T]],
    *,
    policy: RetryPolicy,
    within: timedelta,
    give_up_at: datetime,
    clock: Clock,
    random: Random,
    query: bool = False,
) -> T:
    """Await `call(attempt)` until it gives an outcome, its attempts or its time are used up.

    `NotSent` is tried again, of a query `InDoubt` too. No attempt starts that could not end,
    `within` later, before `give_up_at`: not even the first, which raises `Shed`.
    """
    lease = _Lease(clock=clock, within=within, give_up_at=give_up_at)
    lease.require()
    try:
        return await call(1)
    except (NotSent, InDoubt) as failure:
        first = failure
    return await _again(call, first, policy, lease, random, query=query)


async def _again(
    call: Callable[[int], Awaitable[T]],
    first: NotSent | InDoubt,
    policy: RetryPolicy,
    lease: _Lease,
    random: Random,
    *,
    query: bool,
) -> T:
    """Every attempt after the first one, whose failure tenacity gets as it was."""
    from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

    asked = _Asked(policy=policy, random=random)
    attempts = AsyncRetrying(
        retry=retry_if_exception_type((NotSent, InDoubt) if query else NotSent),
        wait=asked.wait,
        stop=lambda state: (
            stop_after_attempt(policy.attempts)(state)
            or asked.too_long(state)
            or lease.too_short(state)
        ),
        sleep=lease.clock.sleep,
        reraise=True,
    )
    async for attempt in attempts:
        number = attempt.retry_state.attempt_number
        if number > 1:
            # Each time anew: the process may have stood still during the pause.
            lease.require()
        with attempt:
            if number == 1:
                raise first
            return await call(number)
    raise first  # never: it ends by an answer or by the last failure


class _Lease(Record):
    """Until when an attempt must have ended; others may take the call over after it."""

    clock: Clock
    within: timedelta
    give_up_at: datetime

    def require(self) -> None:
        """Raise `Shed` where an attempt that began now could not end in time."""
        if self.clock.now() + self.within > self.give_up_at:
            raise Shed("too late to send", reason="no_time")

    def too_short(self, state: RetryCallState) -> bool:
        """Whether the attempt after the pause could not end in time."""
        pause = timedelta(seconds=state.upcoming_sleep)
        return self.clock.now() + pause + self.within > self.give_up_at


class _Asked(Record):
    """The pauses of a policy, and those that the backend asks for by `Retry-After`."""

    policy: RetryPolicy
    random: Random

    def wait(self, state: RetryCallState) -> float:
        """Seconds: the policy's pause, or the backend's where that is longer."""
        if state.attempt_number >= self.policy.attempts or self.too_long(state):
            return 0.0  # nobody waits any more
        own = self.policy.pause(state.attempt_number, self.random)
        return max(_retry_after(state), own).total_seconds()

    def too_long(self, state: RetryCallState) -> bool:
        """Whether the backend asks for more than the policy waits inside a call."""
        return _retry_after(state) > self.policy.maximum


def _retry_after(state: RetryCallState) -> timedelta:
    failure = state.outcome.exception() if state.outcome is not None else None
    return getattr(failure, "retry_after", None) or timedelta(0)
