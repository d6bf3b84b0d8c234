"""Trying again inside a call's own time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import TypeVar

from unshackled.domain.clock import Clock
from unshackled.errors import InDoubt, NotSent, ProviderError
from unshackled.outbound.failures import Shed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`attempts` in all, the first included; pauses double from `initial` up to `maximum`.

    A backend that asks for a longer pause than `maximum` ends the retrying: waiting that
    long is for the engine, which can turn to another provider meanwhile.
    """

    attempts: int = 3
    initial: timedelta = timedelta(milliseconds=100)
    maximum: timedelta = timedelta(seconds=2)


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
    attempt = 1
    while True:
        # Each time anew: the process may have stood still during the pause.
        if clock.now() + within > give_up_at:
            raise Shed("too late to send", reason="no_time")
        try:
            return await call(attempt)
        except (NotSent, InDoubt) as failure:
            pause = _pause(policy, attempt, failure, random)
            again = isinstance(failure, NotSent) or query
            if not again or pause is None or clock.now() + pause + within > give_up_at:
                raise
        await clock.sleep(pause.total_seconds())
        attempt += 1


def _pause(
    policy: RetryPolicy, attempt: int, failure: ProviderError, random: Random
) -> timedelta | None:
    """How long to wait before the next attempt, jitter included; None when there is none."""
    ceiling = _ceiling(policy, attempt)
    if ceiling is None:
        return None
    asked = getattr(failure, "retry_after", None) or timedelta(0)
    if asked > policy.maximum:
        return None
    return max(asked, ceiling * (0.5 + random.random() / 2))


@cache
def _ceiling(policy: RetryPolicy, attempt: int) -> timedelta | None:
    # Loaded by the first failure only: start-up does without it.
    from tenacity import RetryCallState, stop_after_attempt, wait_exponential

    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = attempt
    if stop_after_attempt(policy.attempts)(state):
        return None
    return timedelta(
        seconds=wait_exponential(policy.initial.total_seconds(), policy.maximum)(state)
    )
