"""One event after the other by hand, and what each of them counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.events.reports.lives import begun, event
from unshackled.events.reports.fold import fold
from unshackled.events.reports.histogram import middle_of, percentile
from unshackled.events.reports.standing import standing
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import CounterKey, Counts
from unshackled.store.stored_records import EventRow

SOON = "2026-11-22T23:59:59Z"


def folded(
    events: Iterable[EventRow], providers: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Journey | None, Counts]:
    journey: Journey | None = None
    counts: Counter[CounterKey] = Counter()
    for one in events:
        journey, more = fold(journey, one, providers or {})
        counts.update(more)
    return journey, counts


def numbers(counts: Counts, topic: str) -> dict[str, int]:
    """Readably: measure step provider code."""
    return {
        " ".join(filter(None, (k.measure, k.step, k.provider, k.code))): amount
        for k, amount in sorted(counts.items())
        if k.topic == topic and amount
    }


def test_a_step_is_reached_passed_and_timed() -> None:
    """The step's time is from ready on, the provider's from the write-ahead on."""
    _, counts = folded(
        [
            begun("deposit"),
            event("step.ready.v1", 1, step="deposit", digest=None),
            event("step.started.v1", 2, after=2, step="deposit", provider="stripe"),
            event("step.passed.v1", 3, after=3, step="deposit", provider="stripe"),
        ]
    )
    assert numbers(counts, "funnel") == {
        "created": 1,
        "reached deposit": 1,
        "asked deposit stripe": 1,
        "passed deposit stripe": 1,
        "waiting": 1,
    }
    took = {k.measure: percentile({int(k.code): 1}, 50) for k in counts if k.topic == "latency"}
    assert took == {"answer": middle_of(80), "step": middle_of(93)}


def test_the_funnel_goes_by_the_day_a_checkout_began() -> None:
    """The rest goes by the day of the event: this one passed after midnight."""
    _, counts = folded(
        [
            begun("check"),
            event("step.ready.v1", 1, step="check", digest=None),
            event("step.passed.v1", 2, after=10, step="check", provider="kyc"),
        ]
    )
    assert {k.day for k in counts if k.topic == "funnel"} == {"2026-11-22"}
    assert {k.day for k in counts if k.topic in ("answers", "latency")} == {"2026-11-23"}


def test_a_checkout_counts_once_but_every_answer_counts() -> None:
    """Two declines of one customer are one checkout in the funnel and two answers."""
    log = [begun("credit")]
    for turn in (0, 3):
        log += [
            event("step.ready.v1", turn + 1, step="credit", digest=None),
            event("step.declined.v1", turn + 2, step="credit", code="affordability", provider="a"),
            event("step.reset.v1", turn + 3, step="credit", reason="request_changed"),
        ]
    _, counts = folded(log)
    assert numbers(counts, "funnel")["declined credit a"] == 1
    assert numbers(counts, "answers") == {"declined credit a affordability": 2}


def test_a_second_provider_takes_over_from_one_out_of_reach() -> None:
    """The outage counts for the first, the answer for the second."""
    _, counts = folded(
        [
            begun("check"),
            event("step.ready.v1", 1, step="check", digest=None),
            event("step.delayed.v1", 2, step="check", provider="a", code="down", next_at=SOON),
            event("step.passed.v1", 3, after=1, step="check", provider="b"),
        ]
    )
    assert numbers(counts, "answers") == {
        "passed check b": 1,
        "taken_over check b a": 1,
        "unreachable check a down": 1,
    }


def test_a_provider_that_was_not_even_tried_is_known_from_the_flow() -> None:
    """An open breaker leaves no event: the flow says whose turn it was."""
    log = [
        begun("check"),
        event("step.ready.v1", 1, step="check", digest=None),
        event("step.passed.v1", 2, step="check", provider="b"),
    ]
    _, unknown = folded(log)
    _, known = folded(log, {"check": ("a", "b")})
    assert "taken_over check b a" not in numbers(unknown, "answers")
    assert numbers(known, "answers")["taken_over check b a"] == 1


def test_a_waterfall_passes_over_and_that_is_no_fallback() -> None:
    """A decline hands the turn to the next."""
    log = [
        begun("prequalify"),
        event("step.ready.v1", 1, step="prequalify", digest=None),
        event("step.passed_over.v1", 2, step="prequalify", provider="a", code="no"),
        event("step.passed.v1", 3, step="prequalify", provider="b"),
    ]
    _, counts = folded(log, {"prequalify": ("a", "b")})
    assert numbers(counts, "answers") == {
        "passed prequalify b": 1,
        "passed_over prequalify a no": 1,
    }


def test_leaving_counts_at_the_form_that_was_open() -> None:
    """Though a provider works beside it."""
    journey, counts = folded(
        [
            begun("check", "address"),
            event("step.ready.v1", 1, step="check", digest=None),
            event("step.ready.v1", 2, step="address", digest=None),
            event("step.awaited.v1", 3, step="address"),
            event("checkout.canceled.v1", 4, code="expired", by="clock"),
        ]
    )
    assert numbers(counts, "funnel") == {
        "created": 1,
        "reached check": 1,
        "reached address": 1,
        "dropped address clock:expired": 1,
    }
    assert journey is not None
    assert journey.ended


def test_a_decline_that_ends_the_flow_is_where_it_ended() -> None:
    """Whatever else was open."""
    _, counts = folded(
        [
            begun("contact", "credit"),
            event("step.ready.v1", 1, step="contact", digest=None),
            event("step.awaited.v1", 2, step="contact"),
            event("step.declined.v1", 3, step="credit", code="no", provider="a"),
            event("checkout.canceled.v1", 4, code="no", by="flow"),
            event("step.declined.v1", 5, step="contact", code="canceled"),
        ]
    )
    found = numbers(counts, "funnel")
    assert found["dropped credit a flow:no"] == 1
    assert "declined contact" not in found


def test_a_decline_that_the_flow_goes_on_without_keeps_nobody() -> None:
    """What opened after it is where the customer stands."""
    journey, _ = folded(
        [
            begun("insurance", "contact"),
            event("step.declined.v1", 1, step="insurance", code="no"),
            event("step.ready.v1", 2, step="contact", digest=None),
        ]
    )
    assert journey is not None
    assert standing(journey) == ("contact", "")


def test_completion_counts_what_was_bought() -> None:
    """By the last price; amounts are minor units of the currency."""
    quote = {"due_today": 5_900, "total_payable": 80_000, "trade_in_estimate": 0}
    _, counts = folded(
        [
            begun("order"),
            event("quote.renewed.v1", 1, package={"handset": {}, "credit": None}, quote=quote),
            event("package.changed.v1", 2, package={"tariff": {"sku": "sim"}}, quote=quote),
            event("checkout.completed.v1", 3, after=60, total_due_today=5_900, currency="GBP"),
        ]
    )
    assert numbers(counts, "revenue") == {
        "checkouts": 1,
        "due_today": 5_900,
        "total_payable": 80_000,
        "with_tariff": 1,
    }
    assert {k.currency for k in counts if k.topic == "revenue"} == {"GBP"}
    assert numbers(counts, "funnel") == {"created": 1, "completed": 1}


def test_an_unknown_event_moves_the_position_only() -> None:
    """Types that come with a later version break nothing."""
    journey, before = folded([begun("a")])
    after, counts = fold(journey, event("step.teleported.v9", 1, step="a"))
    assert counts == {}
    assert before
    assert after is not None
    assert after.position == (2, 0)


def test_a_checkout_whose_beginning_is_not_known_is_left_out() -> None:
    """Its events may have been pruned before the reports were begun."""
    assert fold(None, event("step.ready.v1", 7, step="a", digest=None)) == (None, {})


def test_what_a_case_gave_back_counts_long_after_the_sale_was_forgotten() -> None:
    """Once, on its day and for the flow of the sale; all else of a sale of then is unknown."""
    data: dict[str, Any] = {
        "run": "return-1",
        "kind": "return",
        "amount": 900,
        "currency": "GBP",
    }
    done = event("case.completed.v1", 70, sale_flow="handset", **data)
    journey, counts = folded([event("step.passed.v1", 69, step="goods", run="return-1"), done])
    assert numbers(counts, "revenue") == {"given_back": 900, "returns": 1}
    assert {(one.flow, one.day) for one in counts} == {("handset", done.at.date().isoformat())}
    assert {one.topic for one in counts} == {"revenue"}
    assert journey is not None
    assert (journey.ended, journey.position) == (True, (done.version, done.index))
    assert fold(journey, done) == (journey, {})
    later = event("case.completed.v1", 80, sale_flow="handset", **data | {"run": "return-2"})
    again, more = fold(journey, later)
    assert numbers(more, "revenue") == {"given_back": 900, "returns": 1}
    assert again is not None
    older = event("case.completed.v1", 70, **data)
    assert fold(None, older) == (None, {})


def test_what_happens_in_a_case_is_no_part_of_the_purchase() -> None:
    """A step of a case with the name of one of the sale counts nowhere; what it gave back does."""
    events = [
        begun("deposit"),
        event("step.ready.v1", 1, step="deposit", digest=None),
        event("step.declined.v1", 2, step="deposit", code="x", run="refund-1"),
        event("case.opened.v1", 3, run="refund-1", case={"kind": "refund"}),
        event("case.canceled.v1", 4, run="refund-1", kind="refund", code="x", by="retailer"),
        event("case.completed.v1", 5, run="return-1", kind="return", amount=900, currency="GBP"),
        event("case.completed.v1", 6, run="stop-1", kind="stop", amount=0, currency="GBP"),
    ]
    journey, counts = folded(events)
    _, before = folded(events[:2])
    assert journey is not None
    assert journey.position == (events[-1].version, events[-1].index)
    assert not journey.ended
    assert numbers(counts, "funnel") == numbers(before, "funnel")
    assert numbers(counts, "answers") == {}
    assert numbers(counts, "revenue") == {"given_back": 900, "returns": 1, "stops": 1}
