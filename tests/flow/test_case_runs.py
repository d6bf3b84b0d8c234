"""Cases: what happens to a checkout after the sale, each a run beside the purchase."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.flow.case_world import (
    CLEAR_CASE,
    HANDSET,
    CaseHarness,
    inspection_plan,
    of_sale,
    refund_plan,
)
from tests.flow.world import ID
from unshackled.domain.case_opening import CaseWish
from unshackled.domain.checkout import reference_of
from unshackled.domain.codec import encode
from unshackled.domain.customer import BankAccount
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.attention import attention_of, needs_of
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.operation import manual
from unshackled.ports.outcome import Declined, Passed, Pending
from unshackled.ports.payment import AmountRefunded
from unshackled.testing.backends import HeldCall, LostAnswer
from unshackled.testing.samples import sample

ACCOUNT = encode(sample(BankAccount))


async def test_a_refund_goes_back_to_the_payment_that_it_came_from() -> None:
    """It asks the provider of the charge, by what that charge gave, and completes on its own."""
    world = CaseHarness()
    sold = await world.sell()
    name = await world.open()
    run = await world.run_of(name)
    assert (name, run.completed_at is not None, run.over) == ("refund-1", True, True)
    assert await world.states_of(name) == dict.fromkeys(("money", "refund", "told"), "passed")
    (call,) = world.backends.calls("payment.refund_amount")
    charge = sold.steps["deposit"]
    assert call.provider == charge.provider
    assert (call.request.amount, call.request.charged.payment[:3]) == (1_900, "pay")
    assert call.call.follows is not None
    assert call.call.follows.reference == charge.reference
    assert call.call.reference == reference_of(ID, name, "refund", 0, str(charge.provider))


async def test_a_case_leaves_the_purchase_as_it_was() -> None:
    """Its fields, its personal data and its events stay; those of the case say whose they are."""
    world = CaseHarness()
    sold, before = await world.sell(), len(await world.types())
    await world.open("return", HANDSET)
    await world.ask(c.Submit(run="return-1", step="account", body=ACCOUNT))
    seen = await world.seen()
    assert of_sale(seen) == of_sale(sold)
    rows = (await world.store.events(ID, after=None, limit=1000))[before:]
    assert {row.data.get("run") for row in rows} == {"return-1"}
    assert {row.type for row in rows} >= {"case.opened.v1", "case.completed.v1"}
    assert "checkout.completed.v1" not in {row.type for row in rows}
    first = (await world.store.events(ID, after=None, limit=1000))[:before]
    assert not any("run" in row.data for row in first)


async def test_the_events_of_a_case_say_what_became_of_it() -> None:
    """Opened with what it is about, completed with what goes back."""
    world = CaseHarness()
    await world.sell()
    await world.open()
    (opened,), (completed,) = (
        await world.data_of("case.opened.v1"),
        await world.data_of("case.completed.v1"),
    )
    assert (opened["case"]["amount"], opened["case"]["lines"][0]["part"]) == (1_900, "accessories")
    assert (completed["kind"], completed["amount"], completed["run"]) == (
        "refund",
        1_900,
        "refund-1",
    )


async def test_two_cases_are_open_at_once_and_work_beside_each_other() -> None:
    """Each has its own steps, work and references; one that waits holds up no other."""
    world = CaseHarness()
    await world.sell()
    first = await world.open("return", HANDSET)
    second = await world.open()
    runs = (await world.seen()).runs
    assert (runs[first].open, runs[second].completed_at is not None) == (True, True)
    await world.ask(c.Submit(run=first, step="account", body=ACCOUNT))
    runs = (await world.seen()).runs
    assert runs[first].completed_at is not None
    told = [one.call.reference for one in world.backends.calls("notification.send")]
    assert len(told) == len(set(told)) == 3


async def test_the_customer_says_what_a_case_needs_to_know() -> None:
    """The form is a next action of the case; its data lies in the personal part of the run."""
    world = CaseHarness()
    await world.sell()
    name = await world.open("return", HANDSET)
    view = await world.standing_of(name)
    assert [(one.type, one.step) for one in view.next_actions if one.due] == [("submit", "account")]
    assert not any(one.type == "change_package" for one in view.next_actions)
    await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))
    seen = await world.seen()
    assert "account" in seen.private.runs[name].inputs
    assert "account" not in seen.private.inputs
    (call,) = world.backends.calls("payment.payout")
    assert call.request.account == sample(BankAccount)


async def test_a_case_is_canceled_before_its_pivot_and_unwound() -> None:
    """What it did is taken back, newest first; the order stays where it is."""
    world = CaseHarness()
    sold = await world.sell()
    name = await world.open("return", HANDSET)
    world.backends.script("orders.accept_return", Pending(poll_after=timedelta(hours=1)))
    await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))
    await world.ask(c.Cancel(run=name, code="changed_mind", by="retailer"))
    run = await world.run_of(name)
    assert run.canceled is not None
    assert (run.canceled.by, (await world.states_of(name))["parcel"]) == ("retailer", "undone")
    assert [one.call.reference for one in world.backends.calls("stock.release", what="undo")]
    assert await world.data_of("case.canceled.v1") == [
        {"run": name, "kind": "return", "code": "changed_mind", "by": "retailer"}
    ]
    seen = await world.seen()
    assert (of_sale(seen), seen.canceled) == (of_sale(sold), None)
    with pytest.raises(Rejected, match="was canceled"):
        await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))


async def test_a_case_is_not_canceled_once_its_pivot_was_sent() -> None:
    """The money may be on its way: forward until it is done."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", Pending(poll_after=timedelta(hours=1)))
    name = await world.open()
    with pytest.raises(Rejected) as refused:
        await world.ask(c.Cancel(run=name, code="changed_mind", by="retailer"))
    assert refused.value.code == "too_late"
    assert (await world.run_of(name)).open


async def test_a_lost_answer_of_a_case_is_sent_again_and_done_once() -> None:
    """The doubt ends by the declared way, under the same reference."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", LostAnswer())
    name = await world.open()
    await world.wait(seconds=30)
    assert (await world.run_of(name)).completed_at is not None
    (effect,) = world.backends.standing("payment.refund_amount")
    assert (effect.times, (await world.run_of(name)).past) == (1, {})
    assert not list(world.backends.repeated())


async def test_a_crash_in_the_middle_of_a_case_is_picked_up_from_the_store() -> None:
    """Another process goes on: it finds the plan of the case, and what became of the call."""
    world = CaseHarness()
    await world.sell()
    held = HeldCall(until=asyncio.Event(), then=LostAnswer())
    world.backends.script("payment.refund_amount", held)
    await world.open()
    assert (await world.states_of("refund-1"))["refund"] == "running"
    await world.restart()
    await world.wait(minutes=2)
    assert (await world.run_of("refund-1")).over
    assert [one.times for one in world.backends.standing("payment.refund_amount")] == [1]


async def test_a_late_notice_reaches_the_case_that_it_is_about() -> None:
    """The callback names only the reference; the snapshot says whose it is."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", Pending(poll_after=timedelta(hours=1)))
    name = await world.open()
    reference = str((await world.run_of(name)).steps["refund"].reference)
    refunded = AmountRefunded(refund="re_1", amount=1_900, currency="GBP")
    assert await world.notify(reference, Passed(output=refunded))
    run = await world.run_of(name)
    assert (run.completed_at is not None, run.steps["refund"].output) == (
        True,
        {"refund": "re_1", "amount": 1_900, "currency": "GBP"},
    )
    assert await world.notify(reference, Passed(output=refunded))
    assert await world.run_of(name) == run


async def test_another_amount_than_was_asked_for_is_looked_at() -> None:
    """A refund of more than the case is about is in review, and listed for operators."""
    world = CaseHarness()
    await world.sell()
    more = AmountRefunded(refund="re_1", amount=1_901, currency="GBP")
    world.backends.script("payment.refund_amount", Passed(output=more))
    name = await world.open()
    assert (await world.states_of(name))["refund"] == "in_review"
    assert attention_of(await world.seen()) == {"in_review"}
    (need,) = needs_of(await world.seen())
    assert (need.run, need.step, need.code) == (name, "refund", "amount_differs")


async def test_a_declined_refund_is_for_a_person() -> None:
    """There is no customer who could change anything: an operator decides, and may end the case."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", Declined(code="refund_too_late"))
    name = await world.open()
    step = (await world.run_of(name)).steps["refund"]
    assert (step.state, step.code) == ("in_review", "refund_too_late")
    verdict = c.Resolve(run=name, step="refund", verdict="declined", reason="paid by hand")
    await world.ask(verdict)
    run = await world.run_of(name)
    assert run.canceled is not None
    assert (run.canceled.code, run.canceled.by) == ("review_declined", "operator")


async def test_a_no_after_the_pivot_is_ended_by_a_person() -> None:
    """What the case did stands; the step is tried again as often as they want, or given up."""
    money = {"call": "payment.payout", "needs": ["refund"]}
    world = CaseHarness(refund_plan(more=money))
    await world.sell()
    no = Declined(code="invalid_bank_account")
    world.backends.script("payment.payout", no, no)
    name = await world.open()
    run = await world.run_of(name)
    assert (run.completed_at is not None, run.steps["more"].state) == (True, "in_review")
    await world.ask(c.Resolve(run=name, step="more", verdict="retry", reason="mended there"))
    assert (await world.states_of(name))["more"] == "in_review"
    await world.ask(c.Resolve(run=name, step="more", verdict="declined", reason="by cheque"))
    run = await world.run_of(name)
    assert (run.steps["more"].state, run.over, run.canceled) == ("declined", True, None)


async def test_an_operator_lets_a_refused_step_of_a_case_be_tried_again() -> None:
    """By its run and step, as in a purchase."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", Refused("no", provider="main", code="bad"))
    name = await world.open()
    assert (await world.states_of(name))["refund"] == "in_review"
    await world.ask(c.RetryNow(run=name, step="refund", reason="mended"))
    assert (await world.run_of(name)).completed_at is not None


async def test_a_provider_that_is_gone_is_for_a_person() -> None:
    """Nobody else has what the sale did there: nothing is sent to another one."""
    world = CaseHarness()
    await world.sell()
    world.backends.without.add("payment.refund_amount")
    name = await world.open()
    step = (await world.run_of(name)).steps["refund"]
    assert (step.state, step.code) == ("in_review", "provider_gone")
    assert world.backends.calls("payment.refund_amount") == []


async def test_a_provider_that_is_out_of_reach_is_tried_again() -> None:
    """Nothing was sent: the case waits and goes on."""
    world = CaseHarness()
    await world.sell()
    world.backends.script("payment.refund_amount", NotSent("down", provider="main"))
    name = await world.open()
    await world.wait(minutes=1)
    assert (await world.run_of(name)).completed_at is not None


async def test_no_more_than_was_captured_goes_back() -> None:
    """A second case on a line that is used up is refused with what is possible."""
    world = CaseHarness()
    await world.sell()
    await world.open()
    with pytest.raises(Rejected) as refused:
        await world.open()
    assert refused.value.code == "case_nothing_left"
    assert "possible" in refused.value.details
    wrong = CaseWish(by="retailer", amount=10**9)
    with pytest.raises(Rejected):
        await world.open("refund", wrong)
    assert [*(await world.seen()).runs] == ["refund-1"]


async def test_a_case_needs_a_completed_checkout() -> None:
    """Before the order there is nothing to give back."""
    world = CaseHarness()
    await world.ready()
    with pytest.raises(Rejected) as refused:
        await world.ask(c.OpenCase(digest="sha256:refund", wish=CLEAR_CASE))
    assert refused.value.code == "checkout_not_completed"


async def test_of_two_requests_at_once_one_opens_the_case() -> None:
    """Both are decided under one compare-and-swap, in one process or in two."""
    world = CaseHarness()
    await world.sell()
    command = c.OpenCase(digest="sha256:refund", wish=CLEAR_CASE)
    other = world.fresh_engine()
    both = [asyncio.ensure_future(engine.command(ID, command)) for engine in (world.engine, other)]
    await world.clock.spin()
    done = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(isinstance(one, Rejected) for one in done) == [False, True], done
    assert [*(await world.seen()).runs] == ["refund-1"]
    assert len(world.backends.standing("payment.refund_amount")) == 1


async def test_the_flow_opens_what_it_says_once_the_order_is_placed() -> None:
    """In the same append as the order: no crash comes between the two."""
    world = CaseHarness(inspection_plan())
    sold = await world.sell()
    assert [*sold.runs] == ["trade_in-1"]
    assert sold.runs["trade_in-1"].opened.opened_by == "flow"
    rows = await world.store.events(ID, after=None, limit=1000)
    both = ("checkout.completed.v1", "case.opened.v1")
    versions = [row.version for row in rows if row.type in both]
    assert (len(versions), len(set(versions))) == (2, 1)


async def test_a_case_is_no_matter_of_the_customers_clock() -> None:
    """It does not expire; a checkout that is completed neither."""
    world = CaseHarness()
    await world.sell()
    name = await world.open("return", HANDSET)
    await world.wait(days=40)
    assert (await world.run_of(name)).open


async def test_the_sale_and_what_is_no_matter_of_a_case_stay_apart() -> None:
    """No package is changed in a case, nothing confirmed or erased; an unknown case is none."""
    world = CaseHarness()
    sold = await world.sell()
    name = await world.open("return", HANDSET)
    for command in (
        c.Complete(run=name, quote_id="q"),
        c.Erase(run=name, by="retailer"),
        c.RenewQuote(run=name, package=sold.package, quote=sold.quote),
    ):
        with pytest.raises(Rejected) as refused:
            await world.ask(command)
        assert refused.value.code == "step_not_due"
    with pytest.raises(Rejected) as unknown:
        await world.ask(c.Tick(run="refund-9"))
    assert unknown.value.code == "not_found"


async def test_a_doubt_of_a_case_that_nobody_can_end_goes_to_operators() -> None:
    """The row of the checkout is listed, and says so until it is resolved."""
    world = CaseHarness(refund_plan())
    await world.sell()
    world.backends.ways["payment.refund_amount"] = manual()
    world.backends.script("payment.refund_amount", InDoubt("?", provider="main"))
    name = await world.open()
    await world.wait(minutes=1)
    assert (await world.states_of(name))["refund"] == "in_review"
    reference = (await world.run_of(name)).steps["refund"].reference
    await world.ask(
        c.Resolve(
            run=name,
            step="refund",
            verdict="passed",
            reason="seen in the portal",
            reference=reference,
            output={"refund": "re_9", "amount": 1_900, "currency": "GBP"},
        )
    )
    assert (await world.run_of(name)).completed_at is not None
