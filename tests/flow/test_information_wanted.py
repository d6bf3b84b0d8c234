"""A lender that wants to know more before it decides: asked of the customer, answered, told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.customer.credit_information import GROUPS
from unshackled.errors import InDoubt, NotSent
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.credit import CreditDecision, SupplyInformation
from unshackled.ports.outcome import Declined, Passed, Pending
from unshackled.testing.backends import HeldCall
from unshackled.testing.samples import sample

MINUTE = timedelta(minutes=1)
EMPLOYER = {"employer_name": "Acme Ltd", "job_title": "Welder", "employed_since": "2020-03-01"}
PAYSLIP = {
    "payslip_date": "2026-10-31",
    "payslip_net_pay": 231_947,
    "payslip_reference": "PAYE 123/AB456",
}
ACCEPTED = Passed(output=sample(CreditDecision))


def wants(*groups: str) -> Pending:
    """Referred, until the customer told this."""
    return Pending(poll_after=MINUTE, handle="APP-1", wanted=groups)


async def _asked(*groups: str, then: Any = ()) -> EngineHarness:
    """The lender answers an application with what it wants to know."""
    world = EngineHarness(credit_plan())
    world.backends.script("credit.apply", wants(*groups))
    world.backends.script("credit.apply:look_up", *[wants(*groups)] * 50)
    for one in then:
        world.backends.script("credit.supply", one)
    await world.begin()
    await world.fill()
    return world


async def test_the_customer_gets_a_form_and_hears_who_waits_and_until_when() -> None:
    """The action has exactly the fields of what is wanted, each of them needed."""
    world = await _asked("employer", "proof_of_income")
    assert (await world.step("credit")).state == "waiting_customer"
    view = await world.standing()
    (action,) = [one for one in view.next_actions if one.id == "submit:credit"]
    assert action.due is True
    assert list(action.schema["properties"]) == [*GROUPS["employer"], *GROUPS["proof_of_income"]]
    assert set(action.schema["required"]) == set(action.schema["properties"])
    (told,) = [m for m in view.messages if m.code == "information_wanted"]
    assert (told.severity, told.actions) == ("recoverable", ("submit:credit",))
    assert told.params["until"] == (await world.step("credit")).deadline_at
    assert (view.status, view.continue_url) == ("incomplete", None)


async def test_the_answer_reaches_the_lender_once_and_the_decision_comes() -> None:
    """The lender is told under the application's reference, with exactly what was asked for."""
    world = await _asked("employer", then=[ACCEPTED])
    before = (await world.step("credit")).reference
    await world.submit("credit", EMPLOYER)
    assert (await world.step("credit")).state == "passed"
    (sent,) = world.backends.calls("credit.supply")
    assert isinstance(sent.request, SupplyInformation)
    assert sent.request.reference == before
    assert sent.request.information.employer_name == "Acme Ltd"
    assert sent.request.information.payslip_date is None
    assert sent.reference != before
    assert len(world.backends.calls("credit.apply")) == 1
    await world.show()
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_an_answer_that_got_lost_is_sent_again_with_the_same_key() -> None:
    """Nobody types it twice; the lender knows it by its key."""
    lost = InDoubt("no answer", provider="main")
    away = NotSent("away", provider="main")
    world = await _asked("employer", then=[lost, away, lost, ACCEPTED])
    await world.submit("credit", EMPLOYER)
    assert (await world.step("credit")).state == "waiting_provider"
    await world.wait(hours=2)
    assert (await world.step("credit")).state == "passed"
    sent = world.backends.calls("credit.supply")
    assert len(sent) > 1
    assert len({one.reference for one in sent}) == 1
    assert len({str(one.request) for one in sent}) == 1


async def test_wrong_answers_are_refused_whole_and_nothing_is_sent() -> None:
    """Every wrong field is named, in the customer's language; fields that nobody asked for too."""
    world = await _asked("employer")
    with pytest.raises(Rejected) as refused:
        await world.submit(
            "credit", {"employer_name": " ", "employed_since": "2999-01-01", "payslip_date": "x"}
        )
    assert refused.value.code == "invalid_input"
    wrong = {one.path: one.code for one in refused.value.errors}
    assert wrong == {
        "steps.credit.employer_name": "blank",
        "steps.credit.job_title": "missing",
        "steps.credit.employed_since": "date_in_future",
        "steps.credit.payslip_date": "unknown_field",
    }
    assert (await world.step("credit")).state == "waiting_customer"
    assert not world.backends.calls("credit.supply")


async def test_a_look_up_from_before_the_answer_says_nothing_about_it() -> None:
    """It was on its way when the customer answered, and still says that the answer is wanted."""
    gate = asyncio.Event()
    world = EngineHarness(credit_plan())
    world.backends.script("credit.apply", wants("employer"))
    world.backends.script("credit.apply:look_up", HeldCall(until=gate, then=wants("employer")))
    world.backends.script("credit.supply", ACCEPTED)
    await world.begin()
    await world.fill()
    await world.clock.advance(2 * MINUTE)
    await world.engine.wake()
    await world.clock.spin()
    asking = asyncio.ensure_future(world.submit("credit", EMPLOYER))
    await world.clock.spin()
    gate.set()
    await world.clock.spin()
    await asking
    assert (await world.step("credit")).state == "passed"
    assert len(world.backends.calls("credit.supply")) == 1


async def test_the_lender_may_want_something_else_then() -> None:
    """Another round has another form, and another key."""
    world = await _asked("employer", then=[wants("proof_of_income"), ACCEPTED])
    await world.submit("credit", EMPLOYER)
    (action,) = [a for a in (await world.standing()).next_actions if a.id == "submit:credit"]
    assert list(action.schema["properties"]) == list(GROUPS["proof_of_income"])
    await world.submit("credit", PAYSLIP)
    assert (await world.step("credit")).state == "passed"
    first, second = world.backends.calls("credit.supply")
    assert first.reference != second.reference


async def test_after_the_answer_a_person_may_take_their_time() -> None:
    """Referred once more, without a question: the lender is looked up as ever, not told again."""
    world = await _asked("employer", then=[Pending(poll_after=MINUTE)])
    await world.submit("credit", EMPLOYER)
    step = await world.step("credit")
    assert (step.state, step.supplying, step.wanted) == ("waiting_provider", False, ())
    assert "being_decided" in {m.code for m in (await world.standing()).messages}
    reference = str(step.reference)
    assert await world.notify(reference, ACCEPTED)
    assert (await world.step("credit")).state == "passed"
    assert len(world.backends.calls("credit.supply")) == 1


async def test_a_decision_may_come_before_the_answer() -> None:
    """The lender found out by itself: the form goes."""
    world = await _asked("employer")
    assert await world.notify(str((await world.step("credit")).reference), ACCEPTED)
    assert (await world.step("credit")).state == "passed"
    assert "submit:credit" not in {a.id for a in (await world.standing()).next_actions}


async def test_a_decline_after_the_answer_is_a_decline() -> None:
    """With its ways out."""
    world = await _asked("employer", then=[Declined(code="credit_declined")])
    await world.submit("credit", EMPLOYER)
    assert (await world.step("credit")).state == "declined"
    (told,) = [m for m in (await world.standing()).messages if m.code == "credit_declined"]
    assert told.actions


async def test_without_an_answer_the_deadline_ends_it_and_the_application_is_withdrawn() -> None:
    """Nothing is left at the lender."""
    world = EngineHarness(credit_plan(credit={"deadline": timedelta(hours=6)}))
    world.backends.script("credit.apply", wants("employer"))
    world.backends.script("credit.apply:look_up", *[wants("employer")] * 500)
    await world.begin()
    await world.fill()
    await world.wait(hours=7)
    step = await world.step("credit")
    assert (step.state, step.code) == ("declined", "timed_out")
    assert world.backends.calls("credit.withdraw", what="undo")


async def test_what_nobody_has_a_form_for_is_a_referral() -> None:
    """A word of a later version of the lender asks nothing of the customer."""
    world = await _asked("shoe_size")
    assert (await world.step("credit")).state == "waiting_provider"


async def test_a_cancel_withdraws_and_forgets_the_form() -> None:
    """The customer leaves instead of answering."""
    world = await _asked("employer")
    await world.cancel()
    assert world.backends.calls("credit.withdraw", what="undo")
    assert not [a for a in (await world.standing()).next_actions if a.type == "submit"]


async def test_what_was_told_is_in_no_event_and_that_it_was_wanted_is() -> None:
    """The retailer's log says what the lender asked for, never what the customer answered."""
    world = await _asked("employer", then=[ACCEPTED])
    await world.submit("credit", EMPLOYER)
    rows = await world.store.events(ID, after=None, limit=200)
    (asked,) = [row.data for row in rows if row.type == "step.information_wanted.v1"]
    assert asked["wanted"] == ["employer"]
    assert not any("Acme" in str(row.data) or "Welder" in str(row.data) for row in rows)


async def test_credit_can_be_given_up_instead() -> None:
    """Paying in full is a way on while the lender waits."""
    world = await _asked("employer")
    await world.change(credit=None)
    assert (await world.step("credit")).state in ("skipped", "undoing", "undone")
    assert world.backends.calls("credit.withdraw", what="undo")
