"""A case run as a checkout of its own, and put back: nothing of the sale moves with it."""

from typing import Any

import pytest

from unshackled.domain.case import CaseRequest
from unshackled.domain.checkout import Cancellation, PastEffect, Private, UndoState
from unshackled.domain.erasure import Erasure, RetentionDuty
from unshackled.domain.events.checkout_events import InputReceived
from unshackled.domain.events.step_events import StepReset
from unshackled.domain.facts import Fact
from unshackled.domain.records import Record, declared, replace
from unshackled.domain.runs import Run, RunView, SaleStep, StepsPrivate, merge, run_view
from unshackled.domain.states import State
from unshackled.testing.made_up_checkouts import checkout_of, run_of, step_of
from unshackled.testing.samples import NOW


class Parcel(Record, Fact):
    """Something that a step of the sale gave."""

    number: str


def sold(**changes: object) -> RunView:
    """The view of the first refund of a checkout with another case beside it."""
    checkout = checkout_of(
        runs={"refund-1": run_of(), "return-1": run_of("return-1")},
        private=Private(
            customer_ref="c-1",
            outputs={"step_0": {"number": "P-7"}},
            runs={
                "refund-1": StepsPrivate(inputs={"account": {"name": "Haigh"}}),
                "return-1": StepsPrivate(outputs={"label": {"name": "Haigh"}}),
            },
        ),
    )
    effects = {"payment.charge": (SaleStep(name="step_14"), SaleStep(name="step_0"))}
    return run_view(replace(checkout, **changes), "refund-1", {Parcel: "step_0"}, effects)


def test_a_view_has_what_its_run_has() -> None:
    """Steps, their personal data and the flow are the run's; package and quote are the sale's."""
    view = sold()
    run = view.sale.runs["refund-1"]
    assert (view.run, view.flow, view.digest, view.steps) == (
        "refund-1",
        run.flow,
        run.digest,
        run.steps,
    )
    assert view.private.inputs == {"account": {"name": "Haigh"}}
    assert (view.private.outputs, view.private.customer_ref) == ({}, "c-1")
    assert (view.package, view.quote, view.account) == (
        view.sale.package,
        view.sale.quote,
        view.sale.account,
    )
    assert isinstance(view.case, CaseRequest)


def test_a_view_that_nothing_happened_to_merges_to_the_same_checkout() -> None:
    """What is put back untouched leaves every field as it was."""
    view = sold()
    assert merge(view) == view.sale


def test_every_field_of_a_run_comes_back_and_none_of_the_sale_moves() -> None:
    """Whatever becomes of a view: the sale and the other case keep all that they had."""
    changes = {
        "steps": {"refund": replace(step_of(1), state=State.UNDOING), "notice": step_of(2)},
        "undos": {
            "R": UndoState(
                step="refund", provider="psp", handle=None, goal=None, give_up_at=NOW, next_at=NOW
            )
        },
        "past": {"P": PastEffect(step="refund", provider="psp")},
        "canceled": Cancellation(code="returned", by="retailer", at=NOW),
        "completed_at": NOW,
        "undelivered": ("M",),
        "private": Private(inputs={"account": {"name": "Other"}}, links={"refund": "https://x"}),
    }
    view = replace(sold(), **changes)
    whole = merge(view)
    run = whole.runs["refund-1"]
    assert {name: getattr(run, name) for name in changes if name != "private"} == {
        name: one for name, one in changes.items() if name != "private"
    }
    assert whole.private.runs["refund-1"].links == {"refund": "https://x"}
    assert whole.private.runs["return-1"] == view.sale.private.runs["return-1"]
    assert whole.runs["return-1"] == view.sale.runs["return-1"]
    kept = replace(whole, runs=view.sale.runs, private=view.sale.private)
    assert kept == view.sale
    assert replace(whole.private, runs=view.sale.private.runs) == view.sale.private


def test_a_view_carries_every_field_that_a_run_has() -> None:
    """A field that a run gets later is viewed and put back too, or this test says so."""
    known = {one.name for one in declared(Run)} - {"opened"}
    assert known <= {one.name for one in declared(RunView)}
    assert {one.name for one in declared(StepsPrivate)} <= {one.name for one in declared(Private)}
    view = sold()
    marked = {name: object() for name in known}
    run = merge(replace(view, **marked)).runs["refund-1"]
    assert {name: getattr(run, name) for name in known} == marked


def test_events_fold_onto_a_view_as_onto_a_checkout() -> None:
    """What an event changes is the run's, down to the personal part and to past effects."""
    view = sold()
    reset = StepReset(step="refund", reason="edited").fold(view, NOW)
    told = InputReceived(step="refund", data={"account": "1"}).fold(reset, NOW)
    assert isinstance(told, RunView)
    whole = merge(told)
    assert whole.runs["refund-1"].steps["refund"].state is State.PENDING
    assert whole.runs["refund-1"].past
    assert whole.private.runs["refund-1"].inputs["refund"] == {"account": "1"}
    assert (whole.steps, whole.past) == (view.sale.steps, view.sale.past)
    assert whole.private.inputs == view.sale.private.inputs


def test_a_case_sees_what_its_sale_gave_unless_it_was_erased() -> None:
    """A fact comes from the step that gave it; none from one whose data is gone."""
    assert (sold().sale_output(Parcel) or {})["number"] == "P-7"
    duty = (RetentionDuty(reason="legal_retention", until=NOW),)
    part = Erasure(at=NOW, by="clock", reason="x", steps=("step_0",), duties=duty)
    assert sold(erasure=part).sale_output(Parcel) is None
    assert sold(erasure=part).erasure is None
    assert sold(erasure=replace(part, steps=())).sale_output(Parcel) is not None
    assert sold().sale_output(CaseRequest) is None


def test_a_case_follows_the_first_effect_that_was_done() -> None:
    """A step that has not passed is passed over; so is an operation that nobody did."""
    found = sold().followed(("payment.capture", "payment.charge"))
    assert found is not None
    assert found[0].name == "step_0"
    assert sold().followed(("payment.capture",)) is None


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({}, False),
        ({"completed_at": NOW}, True),
        ({"canceled": Cancellation(code="x", by="y", at=NOW)}, True),
        ({"completed_at": NOW, "steps": {"a": replace(step_of(1), state=State.READY)}}, False),
        ({"completed_at": NOW, "steps": {"a": replace(step_of(1), state=State.IN_REVIEW)}}, False),
        (
            {
                "canceled": Cancellation(code="x", by="y", at=NOW),
                "steps": {"a": replace(step_of(1), state=State.READY)},
            },
            True,
        ),
    ],
)
def test_a_run_is_over_once_it_has_ended_and_rests(changes: dict[str, Any], over: bool) -> None:
    """It has come to its end, and nothing of it is due, under way or being decided."""
    assert run_of(**changes).over is over
