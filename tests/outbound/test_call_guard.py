"""The layers around a provider, together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.outbound.fakes import FakeClock
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.outbound import (
    Attempt,
    BreakerPolicy,
    CallGuard,
    Limits,
    Shed,
    current_deadline,
)

NERVOUS = BreakerPolicy(minimum_calls=1, probes=1)


class Sender:
    """What an adapter does: answers, or raises `error`; `seen` counts the calls."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.seen = 0

    async def __call__(self) -> str:
        self.seen += 1
        if self.error is not None:
            raise self.error
        return "done"


async def test_a_healthy_call_passes_all_layers() -> None:
    """The answer comes back and every layer is as before."""
    guard = CallGuard("acme")
    assert await guard.call(Sender()) == "done"
    assert (guard.breaker.state, guard.bulkhead.in_use, guard.admits()) == ("closed", 0, True)


async def test_an_open_breaker_sends_nothing_and_admits_nothing() -> None:
    """After the failure the backend is left alone, and a router can know it before it picks."""
    clock = FakeClock()
    guard = CallGuard("acme", Limits(breaker=NERVOUS), clock=clock)
    with pytest.raises(InDoubt):
        await guard.call(Sender(InDoubt("")))
    quiet = Sender()
    with pytest.raises(Shed):
        await guard.call(quiet)
    assert (quiet.seen, guard.admits()) == (0, False)
    clock.advance(10)
    assert guard.admits()


async def test_what_we_shed_ourselves_never_opens_the_breaker() -> None:
    """A reached rate limit is our doing, not a sick backend."""
    limits = Limits(rate_per_second=1, breaker=NERVOUS)
    guard = CallGuard("acme", limits, clock=FakeClock())
    await guard.call(Sender())
    assert not guard.admits()
    with pytest.raises(Shed, match="rate limit"):
        await guard.call(Sender())
    assert guard.breaker.state == "closed"


async def test_a_full_bulkhead_is_not_admitted() -> None:
    """While the only slot is taken, the next call fails fast."""
    guard = CallGuard("acme", Limits(concurrency=1))

    async def inner() -> None:
        assert not guard.admits()
        with pytest.raises(Shed, match="too many calls"):
            await guard.call(Sender())

    await guard.call(inner)
    assert guard.admits()


async def test_a_timeout_is_in_doubt() -> None:
    """We stopped waiting: that does not tell what the backend did."""
    guard = CallGuard("acme")
    with pytest.raises(InDoubt, match="acme: timed out"):
        await guard.call(asyncio.Event().wait, timedelta(milliseconds=1))
    assert guard.bulkhead.in_use == 0


async def test_every_request_inside_sees_the_deadline() -> None:
    """One bound holds for all requests that one call makes."""
    clock = FakeClock()
    guard = CallGuard("acme", clock=clock)

    async def inner() -> float:
        deadline = current_deadline()
        assert deadline is not None
        clock.advance(1)
        return deadline.remaining()

    assert await guard.call(inner, timedelta(seconds=3)) == 2
    assert current_deadline() is None


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (None, "answered"),
        (Refused("", code="400"), "refused"),
        (InDoubt(""), "in_doubt"),
        (NotSent(""), "not_sent"),
        (Shed(""), "shed"),
        (asyncio.CancelledError(), "canceled"),
        (KeyError("x"), "broken"),
    ],
)
async def test_every_ending_is_observed(error: BaseException | None, ending: str) -> None:
    """Metrics and readiness learn of each attempt, with the breaker's state after it."""
    seen: list[Attempt] = []
    guard = CallGuard("acme", Limits(breaker=NERVOUS), on_attempt=seen.append)
    await asyncio.gather(guard.call(Sender(error)), return_exceptions=True)
    (attempt,) = seen
    assert (attempt.provider, attempt.ending) == ("acme", ending)
    assert attempt.breaker == ("open" if ending in {"in_doubt", "not_sent"} else "closed")
    assert attempt.seconds >= 0
