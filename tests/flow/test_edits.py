"""Edits: what a customer changes after steps have run."""

from __future__ import annotations

import asyncio

import pytest

from tests.flow.plans import plan_of
from tests.flow.world import INPUTS, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Declined, Passed
from unshackled.testing.backends import HeldCall, referred
from unshackled.testing.samples import CREDIT, HANDSET, PACKAGE, sample

OTHER = replace(HANDSET, sku="handset-top", price=119_900)


async def test_an_edit_redoes_only_the_steps_whose_request_changed() -> None:
    """Another handset is reserved anew; identity and the lender's answers are kept."""
    world = EngineHarness()
    await world.begin()
    await world.fill("contact", "address")
    before = await world.states()
    await world.change(handset=OTHER)
    assert (await world.step("stock")).generation == 1
    assert (await world.step("identity")).generation == 0
    assert (await world.states())["stock"] == before["stock"] == "passed"
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_an_edit_waits_for_its_undo_before_it_runs_again() -> None:
    """The old reservation is released before the new one is made."""
    world = EngineHarness()
    await world.begin()
    await world.change(handset=OTHER)
    told = [sent.operation for sent in world.backends.sent if sent.operation.startswith("stock")]
    assert told == ["stock.reserve", "stock.release", "stock.reserve"]


async def test_an_edit_back_to_the_same_request_changes_nothing() -> None:
    """Sending the same package again calls nobody."""
    world = EngineHarness()
    await world.begin()
    calls = len(world.backends.sent)
    await world.change(handset=HANDSET)
    assert len(world.backends.sent) == calls


async def test_an_edit_after_the_decision_that_needs_a_second_hard_search_is_refused() -> None:
    """Other credit terms after the application are a 409, and nothing is lost."""
    world = EngineHarness()
    await world.ready()
    with pytest.raises(Rejected) as refused:
        await world.change(credit=replace(CREDIT, amount=50_000))
    assert refused.value.code == "credit_already_decided"
    assert (await world.seen()).package == PACKAGE
    assert (await world.standing()).status == "ready_for_complete"


async def test_an_edit_after_the_decision_may_remove_the_credit() -> None:
    """Without credit the application is withdrawn, the agreement void, and the steps skipped."""
    world = EngineHarness()
    await world.ready()
    await world.change(credit=None)
    states = await world.states()
    gone = ("income", "prequalify", "credit", "documents", "agreement")
    assert {states[name] for name in gone} == {"skipped"}
    assert world.backends.standing("credit.apply") == []
    assert world.backends.standing("agreement.sign") == []
    assert (await world.standing()).status == "ready_for_complete"


async def test_removed_credit_cannot_come_back_in_the_same_checkout() -> None:
    """It would be a second hard search."""
    world = EngineHarness()
    await world.ready()
    await world.change(credit=None)
    with pytest.raises(Rejected) as refused:
        await world.change(credit=CREDIT)
    assert refused.value.code == "credit_already_decided"


async def test_an_edit_while_a_referred_application_waits_withdraws_it() -> None:
    """Removing the credit does not wait for the lender's person."""
    world = EngineHarness()
    world.backends.script("credit.apply", referred())
    await world.begin()
    await world.fill()
    assert (await world.step("credit")).state == "waiting_provider"
    await world.change(credit=None)
    assert (await world.states())["credit"] == "skipped"
    assert [s.operation for s in world.backends.sent if s.what == "undo"] == ["credit.withdraw"]


async def test_an_edit_of_collected_data_redoes_what_used_it() -> None:
    """A corrected name is verified again."""
    world = EngineHarness()
    await world.begin()
    await world.fill("contact", "address")
    body = encode(INPUTS["contact"]) | {"given_name": "Mina"}
    await world.submit("contact", body)
    assert (await world.step("identity")).generation == 1
    assert (await world.step("identity")).state == "passed"
    assert world.backends.calls("identity.verify")[-1].request.contact.given_name == "Mina"


async def test_an_edit_while_a_step_is_running_is_examined_when_it_settles() -> None:
    """The reservation under way ends first; then it is released and made anew."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("stock.reserve", HeldCall(until=gate))
    begun = asyncio.ensure_future(world.begin())
    await world.clock.spin()
    changed = asyncio.ensure_future(world.change(handset=OTHER))
    await world.clock.spin()
    assert (await world.step("stock")).state == "running"
    gate.set()
    await world.clock.spin()
    await begun
    await changed
    await world.clock.spin()
    assert (await world.step("stock")).state == "passed"
    (effect,) = world.backends.standing("stock.reserve")
    assert effect.request.handset.sku == "handset-top"


async def test_after_confirm_package_and_data_are_frozen() -> None:
    """A change between the yes and the order is a 409."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("payment.charge", HeldCall(until=gate))
    await world.ready()
    asked = asyncio.ensure_future(world.complete())
    await world.clock.spin()
    for attempt in (world.change(handset=OTHER), world.submit("contact")):
        with pytest.raises(Rejected) as refused:
            await attempt
        assert refused.value.code == "checkout_confirmed"
    gate.set()
    await world.clock.spin()
    await asked


async def test_a_declined_step_runs_again_when_its_input_changes() -> None:
    """A decline keeps the checkout open; better data are asked about again."""
    world = EngineHarness()
    world.backends.script("identity.verify", Declined(code="identity_not_verified"))
    await world.begin()
    await world.fill("contact", "address")
    (message,) = (await world.standing()).messages
    assert (message.code, message.severity) == ("identity_not_verified", "recoverable")
    await world.submit("address", encode(INPUTS["address"]) | {"line1": "2 Longacre Mews"})
    assert (await world.step("identity")).state == "passed"


async def test_a_declined_step_runs_again_when_the_customer_asks() -> None:
    """An empty submission to the declined step is a wish to try again."""
    world = EngineHarness()
    world.backends.script("identity.verify", Declined(code="identity_not_verified"))
    await world.begin()
    await world.fill("contact", "address")
    await world.submit("identity", {})
    assert (await world.step("identity")).state == "passed"


def _with_slots() -> EngineHarness:
    return EngineHarness(
        plan_of(
            {
                "address": {"collect": "address"},
                "delivery": {"choose": "delivery.slots", "needs": ["address"]},
                "confirm": {"confirm": "package"},
                "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            }
        )
    )


async def test_a_choice_can_be_made_again_while_it_is_on_offer() -> None:
    """Another option is asked for anew and taken as soon as it is on offer."""
    world = _with_slots()
    slots = [replace(sample(DeliverySlot), id=name) for name in ("am", "pm")]
    world.backends.script(
        "delivery.slots", *[Passed(output=SlotsFound(options=tuple(slots))) for _ in range(3)]
    )
    await world.begin()
    await world.fill("address")
    await world.submit("delivery", {"option": "am"})
    await world.submit("delivery", {"option": "pm"})
    state = await world.step("delivery")
    assert state.state == "passed"
    assert (await world.seen()).output("delivery")["id"] == "pm"  # type: ignore[index]


async def test_an_unknown_option_is_refused_with_those_on_offer() -> None:
    """The error names the field and what is allowed."""
    world = _with_slots()
    await world.begin()
    await world.fill("address")
    with pytest.raises(Rejected) as refused:
        await world.submit("delivery", {"option": "midnight"})
    (error,) = refused.value.errors
    assert (error.path, error.code) == ("steps.delivery.option", "unknown_option")
