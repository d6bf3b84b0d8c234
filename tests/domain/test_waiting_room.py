"""When a new checkout may begin: the arithmetic of the waiting room, by properties."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from unshackled.domain.waiting_room import (
    AdmissionRate,
    QueuePlace,
    RoomShare,
    admission_rates,
    advanced,
    queue_length,
    take,
)
from unshackled.testing.samples import NOW

RATES = st.floats(0.5, 100_000)
SHARES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(RoomShare, per_minute=st.none() | RATES, share=st.integers(1, 100)),
    min_size=1,
)
MICRO = timedelta(microseconds=1)


def arrivals(gaps: list[float]) -> list[datetime]:
    """Moments after the sample's, with these seconds between them."""
    at, found = NOW, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        found.append(at)
    return found


def admitted(moments: list[datetime], rate: AdmissionRate) -> list[datetime]:
    """When each is let in."""
    next_at, found = None, []
    for at in moments:
        block = take(next_at, at, rate)
        next_at = block.next_at
        found.append(max(at, block.places[0]))
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.floats(1, 600))
def test_over_any_span_no_more_are_let_in_than_its_rate_and_a_burst(
    gaps: list[float], per_minute: float
) -> None:
    """In the order in which they came, and nobody before they came."""
    rate, moments = AdmissionRate(per_minute), arrivals(gaps)
    found = admitted(moments, rate)
    assert found == sorted(found)
    assert all(at >= moment for at, moment in zip(found, moments, strict=True))
    for first in range(len(found)):
        for last in range(first, len(found)):
            span = found[last] - found[first] + (last - first + 1) * MICRO
            assert last - first + 1 <= span / rate.interval + rate.burst + 1e-3


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 6_000), st.integers(1, 60))
def test_nobody_waits_where_they_come_at_the_rate(per_minute: float, many: int) -> None:
    """Each an interval after the one before, and a whole burst at once after a quiet time."""
    rate = AdmissionRate(per_minute)
    evenly = [NOW + number * rate.interval for number in range(many)]
    assert admitted(evenly, rate) == evenly
    burst = [NOW] * rate.burst
    assert admitted(burst, rate) == burst
    assert admitted([*burst, NOW], rate)[-1] > NOW


@given(st.lists(st.floats(0, 5), max_size=20), st.floats(1, 600), st.integers(1, 5))
def test_a_block_is_so_many_places_one_after_the_other(
    gaps: list[float], per_minute: float, count: int
) -> None:
    """And those who were let in without a place count as if each had taken one."""
    rate, moments = AdmissionRate(per_minute), arrivals(gaps)
    next_at = advanced(None, moments, rate)
    singly = None
    for at in moments:
        singly = take(singly, at, rate).next_at
    assert next_at == singly
    now = moments[-1] if moments else NOW
    block, places = take(next_at, now, rate, count), []
    for _ in range(count):
        one = take(next_at, now, rate)
        places.append(one.places[0])
        next_at = one.next_at
    assert all(abs(a - b) <= count * MICRO for a, b in zip(places, block.places, strict=True))


@given(SHARES, st.none() | RATES)
def test_a_crowd_at_one_door_takes_nothing_of_another_s_rate(
    retailers: dict[str, RoomShare], deployment: float | None
) -> None:
    """Together never more than the deployment's rate; each its reserved share, or all it wants."""
    found = admission_rates(deployment, retailers)
    if deployment is None:
        own = {name: one.per_minute for name, one in retailers.items() if one.per_minute}
        assert {name: rate.per_minute for name, rate in found.items()} == own
        return
    assert set(found) == set(retailers)
    weights = sum(one.share for one in retailers.values())
    wanted = [math.inf if one.per_minute is None else one.per_minute for one in retailers.values()]
    total = sum(rate.per_minute for rate in found.values())
    assert math.isclose(total, min(deployment, sum(wanted)))
    for name, one in retailers.items():
        most = math.inf if one.per_minute is None else one.per_minute
        reserved = deployment * one.share / weights
        assert min(most, reserved) * (1 - 1e-9) <= found[name].per_minute <= most


def test_a_place_says_how_many_are_before_it() -> None:
    """Position is the time until its turn by the rate; there is none once the turn has come."""
    minute = timedelta(minutes=1)
    place = QueuePlace(admit_at=NOW + minute, joined_at=NOW, per_minute=50)
    assert place.position(NOW) == 50
    assert place.position(NOW + minute - MICRO) == 1
    assert place.position(NOW + minute) == 0
    assert queue_length(None, AdmissionRate(50), NOW) == 0
    assert QueuePlace(admit_at=NOW + minute, joined_at=NOW, per_minute=0).position(NOW) == 0
