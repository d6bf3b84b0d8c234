"""What a provider reports is compared with what it was asked for, wherever it reports it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.alarms import warn_of_money
from unshackled.flow.engine.attention import attention_of
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.credit import CreditActivated, CreditDecision
from unshackled.ports.orders import OrderPlaced
from unshackled.ports.outcome import Passed
from unshackled.ports.payment import PaymentAuthorised, PaymentCaptured, PaymentCharged
from unshackled.sdk import lookup, manual
from unshackled.testing.backends import LostAnswer, hosted, referred

LESS = Passed(output=PaymentCharged(payment="pay-1", amount=3_000, currency="GBP"))
FOREIGN = Passed(output=PaymentCharged(payment="pay-1", amount=6_800, currency="HKD"))
RIGHT = PaymentCharged(payment="pay-1", amount=6_800, currency="GBP")


async def _charged(outcome: Any) -> EngineHarness:
    world = EngineHarness()
    world.backends.script("payment.charge", outcome)
    await world.ready()
    await world.complete()
    return world


async def _reviewed(world: EngineHarness, step: str = "deposit") -> None:
    """The step waits for a person, and nothing was built on it."""
    state = await world.step(step)
    assert (state.state, state.code) == ("in_review", "amount_differs")
    assert "in_review" in attention_of(await world.seen())


async def _decide(world: EngineHarness, verdict: Any, **more: Any) -> None:
    await world.ask(c.Resolve(step="deposit", verdict=verdict, reason="looked at", **more))


@pytest.mark.parametrize("outcome", [LESS, FOREIGN], ids=["less", "foreign"])
async def test_another_amount_or_currency_in_an_answer_is_for_a_person(
    outcome: Passed[Any],
) -> None:
    """3000 for 6800, or Hong Kong dollars: in review, with what came back kept, no order."""
    world = await _charged(outcome)
    await _reviewed(world)
    assert (await world.seen()).output("deposit") == encode(outcome.output)
    assert world.backends.calls("orders.place") == []


async def test_another_amount_in_a_look_up_is_for_a_person() -> None:
    """The answer was lost; what the look-up finds is compared as an answer is."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = lookup()
    world.backends.script("payment.charge", LostAnswer())
    world.backends.script("payment.charge:look_up", LESS)
    await world.ready()
    await world.complete()
    await world.wait(minutes=5)
    await _reviewed(world)
    assert len(world.backends.calls("payment.charge")) == 1


async def test_another_amount_in_a_callback_is_for_a_person() -> None:
    """The customer was at the provider's page, or the provider took its time."""
    for first in (hosted(EngineHarness().now() + timedelta(hours=1)), referred()):
        world = await _charged(first)
        reference = (await world.step("deposit")).reference or ""
        assert await world.notify(reference, LESS)
        await _reviewed(world)
        assert world.backends.calls("orders.place") == []


async def test_a_second_callback_with_another_amount_is_for_a_person() -> None:
    """The first one said 6800 and the order stands; the next says 3000. No clock ends that."""
    world = await _charged(Passed(output=RIGHT))
    assert (await world.standing()).status == "completed"
    reference = (await world.step("deposit")).reference or ""
    await world.notify(reference, Passed(output=RIGHT))
    assert (await world.step("deposit")).state == "passed"
    await world.notify(reference, LESS)
    await _reviewed(world)
    await world.wait(days=3)
    assert (await world.standing()).status == "completed"


async def test_what_was_held_and_what_was_taken_are_compared() -> None:
    """A capture of less than was authorised is for a person; so is an authorisation of less."""
    steps: dict[str, dict[str, Any]] = {
        "deposit": {"call": "payment.authorise"},
        "capture": {"call": "payment.capture", "needs": ["order"]},
    }
    world = EngineHarness(credit_plan(**steps))
    taken = PaymentCaptured(payment="pay-1", amount=6_799, currency="GBP")
    world.backends.script("payment.capture", Passed(output=taken))
    await world.ready()
    await world.complete()
    assert (await world.standing()).status == "completed"
    await _reviewed(world, "capture")
    world = EngineHarness(credit_plan(**steps))
    held = PaymentAuthorised(payment="pay-1", amount=3_000, currency="GBP")
    world.backends.script("payment.authorise", Passed(output=held))
    await world.ready()
    await world.complete()
    await _reviewed(world)


@pytest.mark.parametrize(
    "told", [{"amount": 66_901}, {"months": 36}, {"currency": "EUR"}], ids=["amount", "months", "€"]
)
async def test_credit_of_another_amount_or_term_is_for_a_person(told: dict[str, Any]) -> None:
    """What the lender says that it lends is what was applied for, where it says it."""
    world = EngineHarness()
    decision = CreditDecision(application="app-1", lender="Prime", **told)
    world.backends.script("credit.apply", Passed(output=decision))
    await world.begin()
    await world.fill()
    await _reviewed(world, "credit")
    assert not [one for one in (await world.standing()).next_actions if one.type == "show"]


async def test_an_agreement_or_an_order_of_another_sum_is_for_a_person() -> None:
    """Activation against the decision, the order against the quote."""
    world = EngineHarness()
    decided = CreditDecision(application="app-1", lender="Prime", amount=66_900, months=24)
    live = CreditActivated(agreement="agr-1", amount=1, months=24)
    world.backends.script("credit.apply", Passed(output=decided))
    world.backends.script("credit.activate", Passed(output=live))
    await world.ready()
    await world.complete()
    await _reviewed(world, "activate_credit")
    world = EngineHarness()
    world.backends.script("orders.place", Passed(output=OrderPlaced(order="o-1", total=1)))
    await world.ready()
    await world.complete()
    await _reviewed(world, "order")
    assert (await world.standing()).status == "complete_in_progress"


async def test_a_cancel_takes_back_what_had_another_amount() -> None:
    """The undo has what came back, so that the right payment is given back."""
    world = await _charged(LESS)
    await world.cancel()
    (undo,) = world.backends.calls("payment.refund", what="undo")
    assert undo.request.output == LESS.output
    assert world.backends.standing("payment.charge") == []
    assert (await world.step("deposit")).state == "undone"


async def test_the_end_of_the_review_takes_it_back() -> None:
    """Nobody decided for a day: the checkout ends, and the payment with it."""
    world = await _charged(LESS)
    await world.wait(hours=25)
    assert (await world.standing()).status == "canceled"
    assert world.backends.standing("payment.charge") == []


async def test_a_verdict_against_it_takes_it_back_and_the_customer_may_pay_again() -> None:
    """`declined` refunds the charge and asks for the customer's yes again."""
    world = await _charged(LESS)
    await _decide(world, "declined")
    assert world.backends.standing("payment.charge") == []
    assert (await world.step("confirm")).state == "waiting_customer"
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.standing("payment.charge")) == 1


async def test_an_order_of_another_sum_may_be_declined_and_is_canceled() -> None:
    """An order cannot be declined by a shop; a person can say no to one with another sum."""
    world = EngineHarness()
    world.backends.script("orders.place", Passed(output=OrderPlaced(order="o-1", total=1)))
    await world.ready()
    await world.complete()
    await world.ask(c.Resolve(step="order", verdict="declined", reason="wrong sum"))
    await world.wait(minutes=5)
    assert world.backends.standing("orders.place") == []
    assert world.backends.standing("payment.charge") == []
    assert (await world.step("confirm")).state == "waiting_customer"


async def test_an_amount_that_was_accepted_is_not_enough_for_the_order() -> None:
    """A person passes 3000 for 6800: the order is held back until the rest is there."""
    world = await _charged(LESS)
    await _decide(world, "passed")
    assert (await world.step("deposit")).state == "passed"
    order = await world.step("order")
    assert (order.state, order.code) == ("in_review", "unpaid")
    assert world.backends.calls("orders.place") == []


async def test_a_verdict_with_the_right_amount_goes_on() -> None:
    """The rest was collected by hand: the evidence says 6800, and the order is placed."""
    world = await _charged(LESS)
    await _decide(world, "passed", output=encode(RIGHT))
    assert (await world.standing()).status == "completed"


async def test_an_operators_evidence_is_compared_too() -> None:
    """A doubt that a person resolves with another amount is a difference like any other."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = manual()
    world.backends.script("payment.charge", LostAnswer())
    await world.ready()
    await world.complete()
    assert (await world.step("deposit")).code == "in_doubt"
    await _decide(world, "passed", output=encode(LESS.output))
    await _reviewed(world)


async def test_an_amount_that_differs_is_never_sent_again() -> None:
    """Neither a retry nor `absent`: the provider has answered."""
    world = await _charged(LESS)
    for command in (
        c.RetryNow(step="deposit", reason="try"),
        c.Resolve(step="deposit", verdict="retry", reason="try"),
        c.Resolve(step="deposit", verdict="absent", reason="try"),
    ):
        with pytest.raises(Rejected):
            await world.ask(command)
    assert len(world.backends.calls("payment.charge")) == 1


async def test_a_difference_is_loud() -> None:
    """A warning names retailer, flow, step and provider, and what differs; nothing personal."""
    world = EngineHarness()
    world.engine.listeners.append(warn_of_money)
    world.backends.script("payment.charge", LESS)
    with capture_logs() as lines:
        await world.ready()
        await world.complete()
    (line,) = [one for one in lines if one["event"] == "step.amount_differs"]
    assert line == {
        "event": "step.amount_differs",
        "log_level": "warning",
        "retailer": "northstar",
        "livemode": True,
        "flow": "test",
        "checkout": ID,
        "step": "deposit",
        "provider": "main",
        "differs": "amount 3000 where 6800 was asked",
    }


async def test_nothing_is_counted_before_a_person_has_decided() -> None:
    """The event says what differs; the checkout is not completed."""
    world = await _charged(LESS)
    rows = await world.store.events(ID, after=None, limit=1000)
    (review,) = [row for row in rows if row.type == "step.in_review.v1"]
    assert review.data["differs"] == "amount 3000 where 6800 was asked"
    assert "checkout.completed.v1" not in {row.type for row in rows}


async def test_the_same_amount_passes() -> None:
    """A lender that tells exactly what was applied for is passed."""
    world = EngineHarness()
    decided = CreditDecision(
        application="app-1", lender="Prime", amount=66_900, months=24, currency="GBP"
    )
    world.backends.script("credit.apply", Passed(output=decided))
    await world.ready()
    placed = replace(OrderPlaced(order="o-1"), total=116_900, due_today=6_800, currency="GBP")
    world.backends.script("orders.place", Passed(output=placed))
    await world.complete()
    assert (await world.standing()).status == "completed"
