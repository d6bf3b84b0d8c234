"""What holds of the counts of whole lives, however their events are delivered."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from tests.events.reports.lives import lives
from unshackled.events.reports import views
from unshackled.events.reports.fold import fold
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import CounterKey, Counts, Topic
from unshackled.store.stored_records import EventRow


@cache
def logs() -> tuple[tuple[EventRow, ...], ...]:
    """Made once."""
    return tuple(tuple(log) for log in asyncio.run(lives()))


def counted(events: Iterable[EventRow]) -> Counts:
    """All counts of a stream of events."""
    journeys: dict[str, Journey | None] = defaultdict(lambda: None)
    counts: Counter[CounterKey] = Counter()
    for event in events:
        journeys[event.checkout], more = fold(journeys[event.checkout], event)
        counts.update(more)
    return {key: amount for key, amount in counts.items() if amount}


def of(counts: Counts, topic: Topic) -> Counts:
    return {key: amount for key, amount in counts.items() if key.topic == topic}


@cache
def truth() -> Counts:
    """Every event once, one checkout after the other."""
    return counted(event for log in logs() for event in log)


@settings(max_examples=budget(10, 30), deadline=None)
@given(st.integers(0, 2**32))
def test_any_delivery_in_order_of_each_checkout_gives_the_same_counts(seed: int) -> None:
    """Checkouts mixed at will, and any stretch of a checkout's events delivered again."""
    chance = Random(seed)
    places = [0] * len(logs())
    delivered: list[EventRow] = []
    while open_logs := [n for n, place in enumerate(places) if place < len(logs()[n])]:
        number = chance.choice(open_logs)
        log, place = logs()[number], places[number]
        back = chance.randrange(place + 1) if chance.random() < 0.2 else place
        places[number] = min(len(log), place + chance.randrange(1, 9))
        delivered += log[back : places[number]]
    assert counted(delivered) == truth()


@settings(max_examples=budget(10, 30), deadline=None)
@given(st.data())
def test_every_checkout_is_somewhere_at_every_moment(data: st.DataObject) -> None:
    """Created is completed, dropped at a step and waiting at a step, whenever one looks."""
    cut = [log[: data.draw(st.integers(1, len(log)))] for log in logs()]
    rows = views.funnel(of(counted(event for log in cut for event in log), "funnel"))
    (flow,) = [row for row in rows if row.step is None]
    steps = [row for row in rows if row.step is not None and row.provider is None]
    assert flow.reached == len(cut)
    assert flow.passed + flow.dropped + flow.waiting == flow.reached
    assert sum(row.dropped for row in steps) == flow.dropped
    assert sum(row.waiting for row in steps) == flow.waiting


def test_nobody_passes_a_step_who_did_not_reach_it() -> None:
    """In each row the columns fit together, and nothing is negative."""
    for row in views.funnel(of(truth(), "funnel")):
        ends = (row.passed, row.declined, row.failed, row.undone, row.waiting, row.dropped)
        assert all(0 <= end <= row.reached for end in ends), row
        assert row.pass_rate is None or 0 <= row.pass_rate <= 1


def test_drop_offs_are_the_funnels() -> None:
    """The breakdown adds up to the column."""
    counts = of(truth(), "funnel")
    dropped = sum(row.checkouts for row in views.drop_offs(counts))
    assert dropped == sum(row.dropped for row in views.funnel(counts) if row.step is None)
    assert {row.ended_by for row in views.drop_offs(counts)} >= {"customer"}


def test_rates_are_shares() -> None:
    """Of declines and of fallbacks, between none and all."""
    counts = of(truth(), "answers")
    rates = [row.decline_rate for row in views.declines(counts)]
    rates += [row.fallback_rate for row in views.fallbacks(counts)]
    assert rates
    assert all(rate is not None and 0 <= rate <= 1 for rate in rates)


def test_revenue_is_of_completed_checkouts() -> None:
    """As many as completed, each with its price."""
    done = [e for log in logs() for e in log if e.type == "checkout.completed.v1"]
    rows = views.revenue(of(truth(), "revenue"))
    assert sum(row.checkouts for row in rows) == len(done)
    assert sum(row.due_today for row in rows) == sum(e.data["total_due_today"] for e in done)


def test_every_span_is_measured_once() -> None:
    """A completion for each completed checkout; answers only of named providers."""
    rows = views.latency(of(truth(), "latency"))
    done = sum(row.checkouts for row in views.revenue(of(truth(), "revenue")))
    assert sum(row.count for row in rows if row.measure == "completion") == done
    assert all(row.provider for row in rows if row.measure == "answer")
