"""What lapses: it is done again before anything is charged, or the customer is told what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan, plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.attention import needs_of
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.lifetimes import feeds, time_to_pivot
from unshackled.flow.plan.plan import Plan
from unshackled.ports.call_context import Call
from unshackled.ports.credit import CreditDecision, CreditQuoted
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Declined, Passed, Redirect
from unshackled.ports.stock import StockReserved
from unshackled.testing.backends import HeldCall
from unshackled.testing.samples import sample

HOLD = timedelta(minutes=30)
FOREVER = 60


def held(
    world: EngineHarness, hold: timedelta = HOLD
) -> Callable[[Any, Call], Passed[StockReserved]]:
    """A reservation that ends `hold` after it was made."""

    def reserve(request: Any, call: Call) -> Passed[StockReserved]:
        output = StockReserved(reservation=call.reference)
        return Passed(output=output, valid_until=world.now() + hold)

    return reserve


def cash_plan(**more: dict[str, Any]) -> Plan:
    """Stock, a yes, a charge, an order."""
    return plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "card": {"collect": "payment_method"},
            "stock": {"call": "stock.reserve"},
            **more,
            "confirm": {"confirm": "package"},
            "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
            "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
        }
    )


async def _cash(hold: timedelta = HOLD, **more: dict[str, Any]) -> EngineHarness:
    world = EngineHarness(cash_plan(**more))
    world.backends.script("stock.reserve", *[held(world, hold)] * FOREVER)
    await world.begin()
    await world.fill()
    return world


async def _renew_quote(world: EngineHarness) -> None:
    seen = await world.seen()
    quote = replace(seen.quote, valid_until=world.now() + timedelta(hours=1))
    await world.ask(c.RenewQuote(package=seen.package, quote=quote))


async def test_complete_renews_a_hold_that_lapsed_and_then_completes() -> None:
    """The case of the issue: after the hold ended, the same complete leads to the order."""
    world = await _cash()
    await world.wait(minutes=31)
    assert (await world.step("stock")).held
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_a_lapse_at_rest_shows_the_action_renew_and_an_empty_put_does_it() -> None:
    """A page that only reads knows what to do, and needs nothing of the customer for it."""
    world = await _cash()
    await world.wait(minutes=31)
    (action,) = [one for one in (await world.standing()).next_actions if one.due]
    assert (action.step, action.type) == ("stock", "renew")
    await world.submit("stock", {})
    assert (await world.step("stock")).state == "passed"
    assert (await world.standing()).status == "ready_for_complete"


async def test_a_hold_is_renewed_under_an_approved_credit() -> None:
    """Its output is no part of the application: it lapses, is renewed, and nothing is searched."""
    world = EngineHarness()
    world.backends.script("stock.reserve", *[held(world)] * FOREVER)
    await world.ready()
    await world.wait(minutes=31)
    assert (await world.step("stock")).state == "pending"
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("credit.apply")) == 1
    assert len(world.backends.standing("credit.apply")) == 1


async def test_a_hold_that_would_end_on_the_way_to_the_order_is_renewed_first() -> None:
    """Deposit and order may take their timeouts: a hold that is shorter than that is not used."""
    world = await _cash()
    await world.wait(minutes=29, seconds=55)
    assert (await world.step("stock")).state == "passed"
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("stock.reserve")) == 2
    order = world.backends.calls("orders.place")[0].request
    assert order.stock.reservation == world.backends.standing("stock.reserve")[0].reference


async def test_a_hold_that_never_lives_so_long_is_not_renewed_for_ever() -> None:
    """A backend that grants ten seconds is asked again only once they are over."""
    world = await _cash(timedelta(seconds=10))
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("stock.reserve")) == 1


async def test_what_is_not_renewed_within_the_budget_is_refused_and_goes_on() -> None:
    """409 `renewing`: nothing is charged; the same complete works once the renewal is done."""
    world = await _cash()
    gate = asyncio.Event()
    world.backends._scripts["stock.reserve", None].appendleft(  # noqa: SLF001 - before the others
        HeldCall(until=gate)
    )
    await world.wait(minutes=31)
    with pytest.raises(Rejected) as refused:
        await world.complete()
    assert refused.value.code == "renewing"
    assert (await world.step("stock")).state == "running"
    with pytest.raises(Rejected) as again:
        await world.complete()
    assert again.value.code == "renewing"
    gate.set()
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"
    assert world.backends.calls("payment.charge") == []
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_a_renewal_that_is_declined_is_told_and_nothing_is_charged() -> None:
    """The goods went to somebody else meanwhile: the customer hears it before they pay."""
    world = await _cash()
    await world.wait(minutes=31)
    world.backends._scripts["stock.reserve", None].clear()  # noqa: SLF001 - the shelf is empty
    world.backends.script("stock.reserve", Declined(code="out_of_stock"))
    with pytest.raises(Rejected) as refused:
        await world.complete()
    assert refused.value.code == "not_ready"
    assert "out_of_stock" in {message.code for message in (await world.standing()).messages}
    assert world.backends.calls("payment.charge") == []


async def test_after_confirm_a_lapse_is_renewed_before_anything_is_charged() -> None:
    """The payment provider is away for an hour: the hold is made anew, then the card is charged."""
    world = await _cash()
    world.backends.down.add("main")
    await world.complete()
    await world.wait(minutes=25)
    await world.wait(minutes=10)
    assert world.backends.calls("payment.charge") == []
    world.backends.down.clear()
    await world.wait(hours=2)
    assert (await world.standing()).status == "completed"
    charged = world.backends.sent.index(world.backends.calls("payment.charge")[0])
    last = world.backends.sent.index(world.backends.calls("stock.reserve")[-1])
    assert last < charged


async def test_a_lapse_while_the_customer_pays_is_renewed_before_the_order() -> None:
    """They take an hour at the bank's page: the order is placed on a hold that counts."""
    world = await _cash()
    page = Redirect(url="https://bank.example/3ds", expires=world.now() + timedelta(hours=20))
    world.backends.script("payment.charge", page)
    await world.complete()
    await world.wait(hours=1)
    reference = (await world.step("deposit")).reference or ""
    world.backends.finish(reference)
    await world.wait(hours=1)
    assert (await world.standing()).status == "completed"
    order = world.backends.calls("orders.place")[0].request
    (standing,) = world.backends.standing("stock.reserve")
    assert order.stock.reservation == standing.reference


async def test_an_approval_that_ended_is_a_no_and_is_withdrawn() -> None:
    """It cannot be renewed without a second hard search: the customer can do without credit."""
    world = EngineHarness()
    decision = Passed(
        output=CreditDecision(application="A-1", lender="Prime"),
        valid_until=world.now() + timedelta(hours=2),
    )
    world.backends.script("credit.apply", decision)
    await world.ready()
    await world.wait(hours=3)
    state = await world.step("credit")
    assert (state.state, state.code) == ("declined", "approval_ended")
    assert world.backends.standing("credit.apply") == []
    await world.change(credit=None)
    assert (await world.step("credit")).state == "skipped"
    await _renew_quote(world)
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("credit.apply")) == 1


async def test_an_approval_that_ends_after_the_yes_is_not_charged_on() -> None:
    """The lender's word has ended before the deposit could be taken: the yes is taken back."""
    world = EngineHarness()
    decision = Passed(
        output=CreditDecision(application="A-1", lender="Prime"),
        valid_until=world.now() + timedelta(minutes=40),
    )
    world.backends.script("credit.apply", decision)
    await world.ready()
    await world.wait(minutes=35)
    world.backends.down.add("main")
    await world.complete()
    await world.wait(minutes=10)
    world.backends.down.clear()
    await world.wait(minutes=10)
    assert (await world.states())["confirm"] in ("pending", "waiting_customer")
    assert world.backends.calls("payment.charge") == []


async def test_an_offer_that_ends_before_the_application_is_made_again_when_wanted() -> None:
    """A prequalification is a question: it is asked again, and the credit applied for on it."""
    world = EngineHarness(credit_plan(credit={"needs": ["prequalify", "card"]}))

    def offer(request: Any, call: Call) -> Passed[CreditQuoted]:
        until = world.now() + timedelta(minutes=10)
        return Passed(output=CreditQuoted(offer="o", lender="Prime"), valid_until=until)

    world.backends.script("credit.quote", *[offer] * FOREVER)
    await world.begin()
    await world.fill("contact", "address", "income")
    await world.wait(minutes=11)
    actions = {one.step: one.type for one in (await world.standing()).next_actions if one.due}
    assert actions["prequalify"] == "renew"
    await world.fill("card")
    assert (await world.step("credit")).state == "passed"


def _slots(world: EngineHarness, *ids: str) -> Callable[[Any, Call], Passed[SlotsFound]]:
    def find(request: Any, call: Call) -> Passed[SlotsFound]:
        options = tuple(replace(sample(DeliverySlot), id=one) for one in ids)
        return Passed(output=SlotsFound(options=options), valid_until=world.now() + HOLD)

    return find


async def test_a_slot_that_is_still_offered_is_taken_again_without_the_customer() -> None:
    """The slots are asked for again, and the same one is on offer: complete goes through."""
    world = EngineHarness(cash_plan(slot={"choose": "delivery.slots", "needs": ["address"]}))
    world.backends.script("delivery.slots", _slots(world, "mon", "tue"), _slots(world, "tue"))
    await world.begin()
    await world.fill()
    await world.submit("slot", {"option": "tue"})
    await world.wait(minutes=31)
    assert (await world.step("slot")).state == "pending"
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_a_slot_that_is_gone_is_picked_again_by_the_customer() -> None:
    """Other slots come: nobody picks one for the customer, and nothing is charged meanwhile."""
    world = EngineHarness(cash_plan(slot={"choose": "delivery.slots", "needs": ["address"]}))
    world.backends.script("delivery.slots", _slots(world, "mon"), _slots(world, "wed", "thu"))
    await world.begin()
    await world.fill()
    await world.submit("slot", {"option": "mon"})
    await world.wait(minutes=31)
    with pytest.raises(Rejected) as refused:
        await world.complete()
    assert refused.value.code == "not_ready"
    (action,) = [one for one in (await world.standing()).next_actions if one.step == "slot"]
    assert (action.type, [one["id"] for one in action.options]) == ("choose", ["wed", "thu"])
    await world.submit("slot", {"option": "thu"})
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_a_slot_that_ends_after_the_yes_takes_the_yes_back() -> None:
    """The customer has to pick again, so their clock goes on; nothing was charged."""
    world = EngineHarness(cash_plan(slot={"choose": "delivery.slots", "needs": ["address"]}))
    world.backends.script("delivery.slots", _slots(world, "mon"), _slots(world, "wed"))
    await world.begin()
    await world.fill()
    await world.submit("slot", {"option": "mon"})
    world.backends.down.add("main")
    await world.complete()
    await world.wait(minutes=31)
    world.backends.down.clear()
    await world.wait(minutes=20)
    assert world.backends.calls("payment.charge") == []
    seen = await world.standing()
    assert {one.step: one.type for one in seen.next_actions if one.due}["slot"] == "renew"


async def test_what_arrives_already_ended_is_a_failure_of_the_provider() -> None:
    """By a clock behind ours: it is asked again with a back-off, and what it held is released."""
    world = EngineHarness(
        cash_plan(stock={"call": "stock.reserve", "deadline": timedelta(hours=3)})
    )
    late = [held(world, -timedelta(minutes=5))] * FOREVER
    world.backends.script("stock.reserve", *late)
    await world.begin()
    await world.wait(hours=1)
    tries = len(world.backends.calls("stock.reserve"))
    assert 2 < tries < 30
    assert world.backends.standing("stock.reserve") == []
    (message,) = (await world.standing()).messages
    assert message.code == "provider_unavailable"
    (need,) = needs_of(await world.seen())
    assert (need.step, need.state, need.code) == ("stock", "expired", "expired_on_arrival")
    await world.wait(hours=4)
    assert (await world.step("stock")).state == "in_review"


async def test_options_that_arrive_already_ended_are_asked_for_again_later() -> None:
    """A query too: nothing that cannot be picked is shown."""
    world = EngineHarness(cash_plan(slot={"choose": "delivery.slots", "needs": ["address"]}))
    ended = Passed(
        output=SlotsFound(options=(sample(DeliverySlot),)),
        valid_until=world.now() - timedelta(seconds=1),
    )
    world.backends.script("delivery.slots", ended, ended)
    await world.begin()
    await world.fill()
    assert (await world.step("slot")).state == "ready"
    await world.wait(minutes=10)
    assert (await world.step("slot")).state == "waiting_customer"


async def _at_a_page(plan: Plan, step: str) -> tuple[EngineHarness, str]:
    world = EngineHarness(plan)
    page = Redirect(url="https://p.example/1", expires=world.now() + timedelta(minutes=20))
    world.backends.script("agreement.sign", page)
    await world.ready()
    assert (await world.step(step)).state == "waiting_customer"
    return world, (await world.step(step)).reference or ""


async def test_a_page_that_ended_is_given_up_and_there_is_a_new_one_when_wanted() -> None:
    """The provider has no other address for it: the step starts over with the action `renew`."""
    world, reference = await _at_a_page(credit_plan(), "agreement")
    await world.wait(minutes=22)
    (action,) = [one for one in (await world.standing()).next_actions if one.due]
    assert (action.step, action.type) == ("agreement", "renew")
    assert world.backends.effects[reference].undone
    await world.submit("agreement", {})
    assert (await world.step("agreement")).state == "passed"


async def test_a_page_of_a_payment_that_ended_is_a_no_after_the_yes() -> None:
    """The customer walked away from the bank's page: the yes is taken back, no money is held."""
    world = await _cash()
    page = Redirect(url="https://bank.example", expires=world.now() + timedelta(minutes=10))
    world.backends.script("payment.charge", page)
    await world.complete()
    reference = (await world.step("deposit")).reference or ""
    await world.wait(minutes=15)
    assert world.backends.effects[reference].undone
    assert (await world.standing()).status in ("ready_for_complete", "incomplete")


async def test_an_edit_while_a_hold_lapsed_finds_it_renewed() -> None:
    """Any command of the customer renews what lapsed, also what is still being taken back."""
    world = await _cash()
    gate = asyncio.Event()
    world.backends.script("stock.release", HeldCall(until=gate))
    await world.wait(minutes=31)
    assert (await world.step("stock")).state == "undoing"
    await world.submit("contact")
    gate.set()
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"


def test_what_a_hard_search_used_up_follows_data() -> None:
    """The offer, and what the offer was made from; not the stock and the identity before it."""
    plan = credit_plan(credit={"needs": ["prequalify", "stock"]})
    used = feeds(plan, "credit")
    assert {"prequalify", "contact", "address", "income"} <= used
    assert not {"stock", "identity", "card"} & used


def test_the_way_to_the_pivot_is_the_longest_path_of_timeouts() -> None:
    """Two steps of ten seconds one after the other, and a confirmation that takes none."""
    assert time_to_pivot(cash_plan()) == timedelta(seconds=20)
