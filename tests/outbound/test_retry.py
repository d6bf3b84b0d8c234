"""Trying again, inside a call's own time."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.fakes import FakeClock
from unshackled.catalogues import PAUSES as CATALOGUE_PAUSES
from unshackled.errors import InDoubt, NotSent, ProviderError, Refused
from unshackled.events.delivery_attempts import PAUSES as DELIVERY_PAUSES
from unshackled.events.webhooks.delivery_rules import HOLD
from unshackled.flow.engine.doubt import AFTER_PIVOT, BEFORE_PIVOT
from unshackled.flow.engine.handlers.own_commands import ROOM_AGAIN
from unshackled.outbound import RetryPolicy, Shed, retrying

SECOND = timedelta(seconds=1)
FAILURES: dict[str, ProviderError] = {
    "not_sent": NotSent(""),
    "later": NotSent("", retry_after=timedelta(seconds=1.5)),
    "much later": NotSent("", retry_after=timedelta(seconds=30)),
    "in_doubt": InDoubt(""),
    "refused": Refused("", code="400"),
}


class Backend:
    """Fails as told, then answers; each attempt takes `seconds` of the clock."""

    def __init__(self, clock: FakeClock, *endings: str, seconds: float = 0.0) -> None:
        self.clock = clock
        self.endings = list(endings)
        self.seconds = seconds
        self.started: list[datetime] = []

    async def call(self, attempt: int) -> str:
        self.started.append(self.clock.now())
        assert attempt == len(self.started)
        self.clock.advance(self.seconds)
        if self.endings:
            raise FAILURES[self.endings.pop(0)]
        return "done"


async def send(backend: Backend, **overrides: Any) -> str:
    clock = backend.clock
    settings: dict[str, Any] = {
        "policy": RetryPolicy(),
        "within": SECOND,
        "give_up_at": clock.now() + timedelta(minutes=1),
    }
    return await retrying(backend.call, clock=clock, random=Random(1), **settings | overrides)


async def test_not_sent_is_tried_again_after_growing_pauses() -> None:
    """Two failures before anything was sent do no harm; pauses double, with jitter."""
    backend = Backend(FakeClock(), "not_sent", "not_sent")
    assert await send(backend) == "done"
    first, second = backend.clock.slept
    assert 0.05 <= first <= 0.1
    assert 0.1 <= second <= 0.2


async def test_attempts_run_out() -> None:
    """The last failure is the caller's."""
    backend = Backend(FakeClock(), *["not_sent"] * 9)
    with pytest.raises(NotSent):
        await send(backend, policy=RetryPolicy(attempts=4))
    assert len(backend.started) == 4


@pytest.mark.parametrize(("query", "attempts"), [(False, 1), (True, 2)])
async def test_only_a_query_in_doubt_is_repeated(query: bool, attempts: int) -> None:
    """An effect in doubt is never sent blindly again."""
    backend = Backend(FakeClock(), "in_doubt", "refused")
    with pytest.raises(ProviderError):
        await send(backend, query=query)
    assert len(backend.started) == attempts


async def test_refused_is_never_repeated() -> None:
    """Asking again would not change the mind of the backend."""
    backend = Backend(FakeClock(), "refused")
    with pytest.raises(Refused):
        await send(backend, query=True)
    assert len(backend.started) == 1


async def test_retry_after_is_obeyed() -> None:
    """A backend that names a time is not asked before it."""
    backend = Backend(FakeClock(), "later")
    assert await send(backend) == "done"
    assert backend.clock.slept == [1.5]


async def test_a_long_retry_after_is_left_to_the_caller() -> None:
    """Meanwhile another provider can serve."""
    backend = Backend(FakeClock(), "much later")
    with pytest.raises(NotSent):
        await send(backend)
    assert backend.clock.slept == []


async def test_too_late_to_send() -> None:
    """A first attempt that could not end in time is dropped unsent."""
    backend = Backend(FakeClock())
    with pytest.raises(Shed):
        await send(backend, give_up_at=backend.clock.now() + SECOND / 2)
    assert backend.started == []


async def test_nothing_is_sent_after_a_pause_in_which_the_process_stood_still() -> None:
    """The time is looked at after the pause too: others may have taken the call over."""

    class Frozen(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds + 3600)

    backend = Backend(Frozen(), "not_sent")
    give_up_at = backend.clock.now() + timedelta(minutes=1)
    with pytest.raises(Shed):
        await send(backend, give_up_at=give_up_at)
    assert len(backend.started) == 1


@given(
    initial=st.floats(0.001, 3600),
    maximum=st.floats(0.001, 86_400),
    failures=st.integers(1, 500),
    seed=st.integers(0, 99),
)
def test_pauses_double_up_to_the_longest(
    initial: float, maximum: float, failures: int, seed: int
) -> None:
    """However often it failed: never over the maximum, and stretched only as the rule says."""
    rule = RetryPolicy(
        initial=timedelta(seconds=initial), maximum=timedelta(seconds=maximum), jitter=(0.5, 1.0)
    )
    expected = min(initial * 2.0 ** min(failures - 1, 60), maximum)
    ceiling = rule.ceiling(failures)
    assert ceiling.total_seconds() == pytest.approx(expected, abs=2e-6)
    assert ceiling / 2 <= rule.pause(failures, Random(seed)) <= ceiling


@pytest.mark.parametrize(
    ("rule", "first", "doubled", "longest"),
    [
        (RetryPolicy(), 0.1, 0.2, 2.0),
        (BEFORE_PIVOT, 0.5, 1.0, 30.0),
        (AFTER_PIVOT, 0.5, 1.0, 3600.0),
        (ROOM_AGAIN, 60.0, 120.0, 3600.0),
        (CATALOGUE_PAUSES, 1.0, 2.0, 60.0),
        (HOLD, 5.0, 10.0, 300.0),
        (DELIVERY_PAUSES, 0.1, 0.2, 1.0),
    ],
)
def test_each_use_of_the_rule(
    rule: RetryPolicy, first: float, doubled: float, longest: float
) -> None:
    """What is tried again, and after which pauses: calls, steps, catalogues, endpoints, events."""
    seconds = [rule.ceiling(failures).total_seconds() for failures in (1, 2, 99)]
    assert seconds == [first, doubled, longest]


async def test_a_failure_of_a_later_attempt_has_no_earlier_one_as_its_cause() -> None:
    """Causes are judged too: what was in doubt before must not put the last failure in doubt."""
    backend = Backend(FakeClock(), "in_doubt", "refused")
    with pytest.raises(Refused) as caught:
        await send(backend, query=True)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(
    endings=st.lists(st.sampled_from(sorted(FAILURES)), max_size=12),
    attempts=st.integers(1, 10),
    seconds=st.floats(0, 1),
    budget=st.floats(0, 20),
    query=st.booleans(),
)
async def test_no_attempt_outlives_the_call(
    endings: list[str], attempts: int, seconds: float, budget: float, query: bool
) -> None:
    """Whatever fails: no attempt starts that could end after `give_up_at`."""
    backend = Backend(FakeClock(), *endings, seconds=seconds)
    give_up_at = backend.clock.now() + timedelta(seconds=budget)
    with suppress(ProviderError):
        await send(
            backend, policy=RetryPolicy(attempts=attempts), give_up_at=give_up_at, query=query
        )
    assert all(started + SECOND <= give_up_at for started in backend.started)
    assert len(backend.started) <= attempts
