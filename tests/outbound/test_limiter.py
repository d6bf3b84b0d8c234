"""The rate limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.fakes import FakeClock
from unshackled.outbound import Limiter, Shed


@given(
    rate=st.sampled_from([0.5, 1.0, 2.0, 8.0]),
    burst=st.integers(1, 5),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.125, 0.5, 1.0, 4.0]), max_size=60),
)
def test_no_window_sees_more_than_burst_plus_rate(
    rate: float, burst: int, pauses: list[float]
) -> None:
    """In any span of time at most `burst` + rate x span calls pass; a refusal is always due."""
    clock = FakeClock()
    limiter = Limiter("acme", rate, clock, burst=burst)
    passed: list[float] = []
    for pause in pauses:
        clock.advance(pause)
        if limiter.admits():
            limiter.take()
            passed.append(clock.monotonic())
        else:
            with pytest.raises(Shed) as refusal:
                limiter.take()
            wait = refusal.value.retry_after
            assert wait is not None
            assert timedelta(0) < wait <= timedelta(seconds=1 / rate)
        for i, start in enumerate(passed):
            assert len(passed) - i <= burst + rate * (clock.monotonic() - start)


def test_a_caller_that_waits_as_told_gets_through() -> None:
    """`retry_after` is enough, so nobody waits twice."""
    clock = FakeClock()
    limiter = Limiter("acme", 4.0, clock, burst=1)
    limiter.take()
    with pytest.raises(Shed) as refusal:
        limiter.take()
    assert refusal.value.retry_after is not None
    clock.advance(refusal.value.retry_after.total_seconds())
    limiter.take()


def test_a_rate_of_nothing_is_refused() -> None:
    """No calls at all is said by disabling the provider."""
    with pytest.raises(ValueError, match="rate_per_second"):
        Limiter("acme", 0, FakeClock())
