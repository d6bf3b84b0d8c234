"""Declines and failures after the customer's yes, and the policies of a step."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.errors import NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.ports.outcome import Declined


async def test_a_declined_card_does_not_throw_away_a_signed_agreement() -> None:
    """Only what is downstream of `confirm` is undone, and `confirm` has to be given again."""
    world = EngineHarness()
    world.backends.script("payment.charge", Declined(code="card_declined"))
    await world.ready()
    await world.complete()
    states = await world.states()
    assert (states["confirm"], states["agreement"]) == ("waiting_customer", "passed")
    assert "card_declined" in {message.code for message in (await world.standing()).messages}
    await world.submit("card", {"token": "tok_other_card"})
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.standing("payment.charge")) == 1


async def test_on_decline_skip_goes_on_without_the_step() -> None:
    """A step that may be declined settles without an output."""
    world = EngineHarness(credit_plan(stock={"on_decline": "skip"}))
    world.backends.script("stock.reserve", Declined(code="out_of_stock"))
    await world.ready()
    assert (await world.standing()).status == "ready_for_complete"


async def test_on_decline_end_cancels_and_unwinds() -> None:
    """The checkout ends with the decline as its reason, and what was done is undone."""
    world = EngineHarness(credit_plan(identity={"on_decline": "end"}))
    world.backends.script("identity.verify", Declined(code="sanctions_hit"))
    await world.begin()
    await world.fill("contact", "address")
    end = await world.standing()
    assert (end.status, end.settled) == ("canceled", True)
    assert world.backends.standing("stock.reserve") == []


async def test_a_refused_call_before_the_pivot_goes_to_a_person_and_then_ends() -> None:
    """Nobody retries what a backend refuses; after the step's deadline the checkout ends."""
    world = EngineHarness(credit_plan(stock={"deadline": timedelta(hours=2)}))
    world.backends.script("stock.reserve", Refused("bad request", code="400"))
    await world.begin()
    assert (await world.step("stock")).state == "in_review"
    assert len(world.backends.calls("stock.reserve")) == 1
    await world.wait(hours=3)
    assert (await world.standing()).status == "canceled"


async def test_an_operator_may_retry_a_refused_call() -> None:
    """The verdict `retry` runs the step again."""
    world = EngineHarness()
    world.backends.script("stock.reserve", Refused("bad request", code="400"))
    await world.begin()
    await world.ask(c.Resolve(step="stock", verdict="retry", reason="the shop was mended"))
    assert (await world.step("stock")).state == "passed"
    rows = await world.store.events(ID, after=None, limit=100)
    (decided,) = [row.data for row in rows if row.type == "operator.decided.v1"]
    assert (decided["verdict"], decided["reason"]) == ("retry", "the shop was mended")


async def test_after_the_pivot_what_was_not_sent_is_retried_for_ever() -> None:
    """Activation goes on for days until the telco is back."""
    world = EngineHarness()
    world.backends.script(
        "credit.activate", *[NotSent("refused", provider="main") for _ in range(60)]
    )
    await world.ready()
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert (await world.standing()).settled is False
    await world.wait_for(
        lambda seen: seen.steps["activate_credit"].state == "passed", timedelta(days=5)
    )
    assert (await world.standing()).settled is True


async def test_a_refused_call_after_the_pivot_waits_for_a_person_without_end() -> None:
    """The order stands; nothing is undone."""
    world = EngineHarness()
    world.backends.script("credit.activate", Refused("no", code="422"))
    await world.ready()
    await world.complete()
    await world.wait(days=3)
    assert (await world.standing()).status == "completed"
    assert (await world.step("activate_credit")).state == "in_review"
    assert len(world.backends.standing("orders.place")) == 1


async def test_a_failed_best_effort_step_never_holds_the_order() -> None:
    """The confirmation mail is refused, and the checkout is settled all the same."""
    world = EngineHarness()
    world.backends.script("notification.send", Refused("no", code="422"))
    await world.ready()
    await world.complete()
    assert (await world.standing()).settled is True
