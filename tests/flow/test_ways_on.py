"""After a "no": which actions lead on, what is said, and that both go when they were used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import When, credit_plan, plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.engine.status import CustomerAction, ShownMessage
from unshackled.ports.outcome import Declined, Pending, Redirect
from unshackled.testing.samples import NOW
from unshackled.testing.silence import wrong_with

OTHER_CARD = {"token": "tok_other_card"}


def _always(seen: object) -> bool:
    return True


async def _actions(world: EngineHarness) -> dict[str, CustomerAction]:
    return {action.id: action for action in (await world.standing()).next_actions}


async def _said(world: EngineHarness, code: str) -> ShownMessage:
    (found,) = [one for one in (await world.standing()).messages if one.code == code]
    return found


async def _declined(operation: str, code: str, **plan: Any) -> EngineHarness:
    """Everything was done up to the yes, and one call was declined on the way."""
    world = EngineHarness(credit_plan(**plan))
    world.backends.script(operation, Declined(code=code))
    await world.begin()
    await world.fill()
    return world


async def _declined_card() -> EngineHarness:
    world = EngineHarness()
    world.backends.script("payment.charge", Declined(code="insufficient_funds"))
    await world.ready()
    await world.complete()
    return world


# A card


async def test_a_declined_card_asks_for_another_one_first() -> None:
    """The form of the card is due, before the yes; the message names both, by their ids."""
    world = await _declined_card()
    first, second, *_ = (await world.standing()).next_actions
    assert (first.id, first.due, first.resolves) == ("submit:card", True, ("deposit",))
    assert first.schema["required"] == ["token"]
    assert second.id == "confirm:confirm"
    said = await _said(world, "insufficient_funds")
    assert said.actions == ("submit:card", "confirm:confirm")
    assert said.content == "Your card does not cover the amount. Please use another card."


@pytest.mark.parametrize("body", [OTHER_CARD, None])
async def test_a_card_given_anew_is_no_longer_asked_for(body: Any) -> None:
    """Another card, or the same one again: the message goes, and only the yes is left."""
    world = await _declined_card()
    await world.submit("card", body)
    assert [one.id for one in (await world.standing()).next_actions] == [
        "confirm:confirm",
        "cancel",
    ]
    assert (await world.standing()).messages == ()
    await world.complete()
    assert (await world.standing()).status == "completed"


# A credit


async def test_a_declined_application_leaves_the_package_without_credit() -> None:
    """The same credit is never offered again: no retry, no form, only to do without it."""
    world = await _declined("credit.apply", "credit_declined")
    actions = await _actions(world)
    assert set(actions) == {"change_package", "cancel"}
    change = actions["change_package"]
    assert (change.changes, change.patches) == ((), ({"package": {"credit": None}},))
    assert change.schema["properties"]["package"]["properties"] == {"credit": {"type": "null"}}
    await world.change(credit=None)
    assert (await world.standing()).messages == ()
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_a_declined_quotation_may_be_asked_for_with_another_plan() -> None:
    """A soft search leaves nothing: another plan, corrected data, or no credit."""
    world = await _declined("credit.quote", "credit_declined", prequalify={"providers": ["prime"]})
    actions = await _actions(world)
    assert actions["change_package"].changes == ("credit",)
    assert "credit" in actions["change_package"].schema["properties"]["package"]["properties"]
    assert {"submit:contact", "submit:address", "submit:income"} <= set(actions)
    assert "retry:prequalify" not in actions


async def test_a_flow_that_sells_nothing_without_credit_says_that_it_ends_here() -> None:
    """Where the hard search is declined and no part can go, only the end is left, and told."""
    world = EngineHarness(
        replace(credit_plan(), sells={"handset": "required", "credit": "required"})
    )
    world.backends.script("credit.apply", Declined(code="credit_declined"))
    await world.begin()
    await world.fill()
    assert set(await _actions(world)) == {"cancel"}
    said = await _said(world, "credit_declined")
    assert (said.severity, said.actions) == ("fatal", ("cancel",))


async def test_a_referred_application_is_at_work_until_a_moment() -> None:
    """Not settled; the message says who decides and until when, in no vendor's words."""
    world = EngineHarness()
    world.backends.script("credit.apply", Pending(poll_after=timedelta(minutes=5)))
    await world.begin()
    await world.fill()
    assert (await world.standing()).settled is False
    said = await _said(world, "being_decided")
    until = (await world.step("credit")).deadline_at
    assert said.params == {"subject": "credit.apply", "who": "credit", "until": until}
    assert said.content.startswith("The lender is still deciding about your credit application.")


@pytest.mark.parametrize("code", ["AFFORDABILITY", "sanctions_hit", "identity_not_verified"])
async def test_why_a_lender_refuses_is_not_told(code: str) -> None:
    """The customer reads one neutral code; the snapshot keeps the exact one for operators."""
    world = await _declined("credit.apply", code)
    assert (await _said(world, "credit_declined")).severity == "recoverable"
    assert (await world.step("credit")).code == code


# Identity, goods, delivery, agreement, review


async def test_a_failed_identity_asks_for_corrected_details() -> None:
    """The data that the check was made of; the same data again is no way."""
    world = await _declined("identity.verify", "identity_not_verified")
    actions = await _actions(world)
    assert set(actions) == {"submit:contact", "submit:address", "cancel"}
    said = await _said(world, "identity_not_verified")
    assert set(said.actions) == {"submit:contact", "submit:address"}
    await world.submit("address", {"line1": "2 New Row", "town": "Leeds", "postcode": "LS1 1AA"})
    assert "identity_not_verified" not in {m.code for m in (await world.standing()).messages}


@pytest.mark.parametrize("code", ["sanctions_hit", "pep", "identity_not_matched"])
async def test_a_hit_on_a_list_tips_nobody_off(code: str) -> None:
    """It reads like any failed check."""
    world = await _declined("identity.verify", code)
    assert (
        "We could not confirm your identity"
        in (await _said(world, "identity_not_verified")).content
    )


async def test_goods_that_are_out_of_stock_may_be_exchanged() -> None:
    """Another handset, the same again later; a required part is not offered to be left out."""
    needs = {"needs": ["identity", "income", "stock"]}
    world = await _declined("stock.reserve", "out_of_stock", prequalify=needs)
    actions = await _actions(world)
    assert "handset" in actions["change_package"].changes
    assert {"package": {"handset": None}} not in actions["change_package"].patches
    assert not actions["retry:stock"].due


async def test_what_an_application_stands_on_is_free_once_the_credit_is_given_up() -> None:
    """No other handset under a sent hard search: first without credit, and then there is one."""
    world = await _declined("stock.reserve", "out_of_stock")
    actions = await _actions(world)
    assert actions["change_package"].changes == ()
    assert actions["change_package"].patches == ({"package": {"credit": None}},)
    await world.change(credit=None)
    assert "handset" in (await _actions(world))["change_package"].changes


async def test_an_address_where_nobody_goes_may_be_exchanged() -> None:
    """The address that the slots were asked for."""
    world = await _declined(
        "delivery.slots",
        "not_deliverable",
        slot={"choose": "delivery.slots", "needs": ["address"]},
        prequalify={"needs": ["identity", "income", "slot"]},
    )
    assert (await _said(world, "not_deliverable")).actions == ("submit:address",)


async def test_an_agreement_that_was_not_signed_can_be_signed_again() -> None:
    """A page that was left, or refused: another envelope, or no credit."""
    world = EngineHarness()
    world.backends.script("agreement.sign", Declined(code="signature_refused"))
    await world.begin()
    await world.fill()
    await world.show()
    assert {"retry:agreement", "change_package"} <= set(
        (await _said(world, "signature_refused")).actions
    )
    await world.submit("agreement", {})
    assert (await world.standing()).status == "ready_for_complete"


async def test_what_a_person_refused_is_made_of_all_that_came_before() -> None:
    """A review has no request: any data before it may be corrected."""
    world = EngineHarness(
        plan_of(
            {
                "contact": {"collect": "contact"},
                "fraud": {"review": "fraud", "needs": ["contact"], "deadline": timedelta(hours=1)},
                "confirm": {"confirm": "package"},
                "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            }
        )
    )
    await world.begin()
    await world.fill("contact")
    await world.wait(hours=2)
    assert (await _said(world, "timed_out")).actions == ("submit:contact", "retry:fraud")


async def test_a_part_that_a_step_is_only_for_may_be_left_out() -> None:
    """What a condition reads need not be exchanged, but the step goes with it."""
    plan = plan_of(
        {
            "contact": {"collect": "contact"},
            "check": {
                "call": "fraud.check_sim_swap",
                "needs": ["contact"],
                "when": When(_always, source="has(package.credit)"),
            },
            "confirm": {"confirm": "package"},
            "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
        }
    )
    world = EngineHarness(plan)
    world.backends.script("fraud.check_sim_swap", Declined(code="sim_swapped"))
    await world.begin()
    await world.fill("contact")
    change = (await _actions(world))["change_package"]
    assert (change.changes, change.patches) == ((), ({"package": {"credit": None}},))
    assert (await _said(world, "declined")).actions == ("submit:contact", "change_package")


# A payment that waits at the provider's page


async def _at_the_page() -> EngineHarness:
    world = EngineHarness()
    page = Redirect(url="https://psp.example/3ds", expires=NOW + timedelta(hours=9999))
    world.backends.script("payment.charge", page)
    await world.ready()
    await world.complete()
    return world


async def test_another_card_can_be_given_while_the_payment_waits_at_a_page() -> None:
    """The form is there beside the page, and not due."""
    world = await _at_the_page()
    actions = await _actions(world)
    assert actions["redirect:deposit"].due
    assert (actions["submit:card"].due, actions["submit:card"].resolves) == (False, ("deposit",))


async def test_another_card_gives_the_page_up_and_takes_the_yes_back() -> None:
    """The payment that waited is undone before another is made: never two."""
    world = await _at_the_page()
    await world.submit("card", OTHER_CARD)
    assert (await world.standing()).status == "ready_for_complete"
    await world.complete()
    assert (await world.standing()).status == "completed"
    (charge,) = world.backends.standing("payment.charge")
    assert charge.request.method.token == OTHER_CARD["token"]
    assert len(world.backends.calls("payment.refund", what="undo")) == 1


async def test_the_same_card_again_does_not_give_the_page_up() -> None:
    """A double click of a form changes nothing."""
    world = await _at_the_page()
    await world.submit("card")
    assert (await world.step("deposit")).state == "waiting_customer"


async def test_nothing_else_may_be_changed_while_the_payment_waits() -> None:
    """Only what that payment was made of."""
    world = await _at_the_page()
    with pytest.raises(Exception, match="frozen"):
        await world.submit("contact")


# The promise itself


async def test_who_says_nothing_is_found_out() -> None:
    """The check finds a checkout at rest without an action, and one at work without a message."""
    world = await _declined("credit.apply", "credit_declined")
    found = await world.standing()
    assert wrong_with(world.plan, found) is None
    assert wrong_with(world.plan, replace(found, next_actions=(), messages=()))
    assert wrong_with(world.plan, replace(found, next_actions=found.next_actions[-1:]))
    assert wrong_with(
        world.plan, replace(found, messages=tuple(replace(m, actions=()) for m in found.messages))
    )
    working = replace(found, settled=False, messages=(), next_actions=())
    assert wrong_with(world.plan, working)
