"""A provider that refuses the data: the customer corrects it, and the step begins anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.customer import Address, Contact, PaymentMethod
from unshackled.domain.package import Package
from unshackled.domain.pricing import quote_of
from unshackled.domain.records import replace
from unshackled.domain.states import DATA_REFUSED
from unshackled.errors import InDoubt, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.outcome import Declined
from unshackled.sdk import manual
from unshackled.testing.backends import LostAnswer
from unshackled.testing.samples import PACKAGE, sample

CASES = [
    ("identity.verify", "identity", "contact", replace(sample(Contact), given_name="Wilma")),
    ("identity.verify", "identity", "address", replace(sample(Address), line2="Flat 2")),
    ("stock.reserve", "stock", None, replace(PACKAGE, accessories=None)),
]


def repackaged(checkout: Checkout, package: Package) -> c.ChangePackage:
    """The change to another package at its price."""
    old = checkout.quote
    quote = quote_of(package, old.currency, quote_id="quo_2", valid_until=old.valid_until)
    return c.ChangePackage(selection=checkout.selection, package=package, quote=quote)


@pytest.mark.parametrize(("operation", "step", "form", "corrected"), CASES)
async def test_corrected_data_begins_a_refused_call_anew(
    operation: str, step: str, form: str | None, corrected: object
) -> None:
    """A refusal is looked at by a person only as long as the data stays what was refused."""
    world = EngineHarness()
    world.backends.script(operation, Refused("name not accepted", code="invalid_name"))
    await world.begin()
    await world.fill("contact", "address")
    assert (await world.step(step)).state == "in_review"
    ways = [one for one in (await world.standing()).next_actions if step in one.resolves]
    if isinstance(corrected, Package):
        assert "change_package" in [one.type for one in ways]
        await world.ask(repackaged(await world.seen(), corrected))
    else:
        assert form in [one.step for one in ways]
        await world.submit(str(form), encode(corrected))
    again = await world.step(step)
    assert (again.state, again.generation) == ("passed", 1)


async def test_the_same_data_stays_with_the_person() -> None:
    """What was refused is not sent again by itself."""
    world = EngineHarness()
    world.backends.script("identity.verify", Refused("name not accepted", code="invalid_name"))
    await world.begin()
    await world.fill("contact", "address")
    await world.submit("contact")
    assert (await world.step("identity")).state == "in_review"
    assert len(world.backends.calls("identity.verify")) == 1


OTHER_CARD = encode(PaymentMethod(token="tok_another"))


async def test_another_method_takes_the_place_of_one_refused_after_confirm() -> None:
    """A refusal after the yes leaves the customer their way on, and nothing is charged twice."""
    world = EngineHarness()
    world.backends.script("payment.charge", Refused("used before", code="400"))
    await world.ready()
    await world.complete()
    assert (await world.step("deposit")).state == "in_review"
    standing = await world.standing()
    (told,) = [one for one in standing.messages if one.path == "$.steps.deposit"]
    assert (told.type, told.severity, told.code) == ("error", "recoverable", "card_declined")
    assert "submit:card" in told.actions
    await world.submit("card", OTHER_CARD)
    assert (await world.step("confirm")).state == "waiting_customer"
    assert (await world.complete()).completed_at is not None
    assert len(world.backends.standing("payment.charge")) == 1


async def test_the_method_refused_stays_with_the_person() -> None:
    """The same method sent again is no other: the yes stands, and nothing is sent."""
    world = EngineHarness()
    world.backends.script("payment.charge", Refused("used before", code="400"))
    await world.ready()
    await world.complete()
    await world.submit("card")
    assert await world.states() | {"deposit": "in_review", "confirm": "passed"} == (
        await world.states()
    )
    assert len(world.backends.calls("payment.charge")) == 1


async def test_what_may_have_been_done_is_never_given_another_method() -> None:
    """A charge in doubt is no refusal: the data stays frozen, and nobody is charged twice."""
    world = EngineHarness()
    world.backends.ways["payment.charge"] = manual()
    world.backends.script("payment.charge", LostAnswer())
    await world.ready()
    await world.complete()
    await world.wait(minutes=1)
    assert (await world.step("deposit")).state == "in_review"
    with pytest.raises(Rejected, match="frozen"):
        await world.submit("card", OTHER_CARD)


async def test_goods_refused_after_confirm_are_changed_for_others() -> None:
    """Another package takes the yes back, and what it was charged for is given back first."""
    world = EngineHarness(credit_plan(stock={"needs": ["deposit"]}))
    world.backends.script("stock.reserve", Refused("unknown item", code="400"))
    await world.ready()
    await world.complete()
    assert (await world.step("stock")).state == "in_review"
    ways = [one for one in (await world.standing()).next_actions if "stock" in one.resolves]
    assert [one.type for one in ways] == ["change_package"]
    await world.ask(repackaged(await world.seen(), replace(PACKAGE, accessories=None)))
    states = await world.states()
    assert (states["confirm"], states["stock"]) == ("waiting_customer", "pending")
    assert world.backends.standing("payment.charge") == []


async def test_a_refused_application_is_given_up_with_its_credit() -> None:
    """A hard search is never sent again, but the customer goes on without the credit."""
    world = EngineHarness()
    world.backends.script("credit.apply", Refused("cannot read it", code="422"))
    await world.begin()
    await world.fill()
    assert (await world.step("credit")).state == "in_review"
    ways = [one for one in (await world.standing()).next_actions if "credit" in one.resolves]
    assert {"package": {"credit": None}} in [body for one in ways for body in one.patches]
    await world.ask(repackaged(await world.seen(), replace(PACKAGE, credit=None)))
    assert (await world.step("credit")).state == "skipped"
    assert len(world.backends.calls("credit.apply")) == 1


@pytest.mark.parametrize("on_decline", ["edit", "end"])
async def test_refused_data_is_corrected_and_its_vendor_code_kept(
    on_decline: Literal["edit", "end"],
) -> None:
    """A decline about what was written ends nothing; operators read the vendor's own code."""
    steps = credit_plan().steps
    identity = replace(steps["identity"], on_decline=on_decline)
    plan = replace(credit_plan(), steps={**steps, "identity": identity})
    world = EngineHarness(plan)
    refusal = Declined(code=DATA_REFUSED, vendor_code="validation_error:last_name")
    world.backends.script("identity.verify", refusal)
    await world.begin()
    await world.fill("contact", "address")
    state = await world.step("identity")
    assert (state.state, state.code) == ("declined", DATA_REFUSED)
    assert state.vendor_code == "validation_error:last_name"
    standing = await world.standing()
    (told,) = [one for one in standing.messages if one.path == "$.steps.identity"]
    assert (told.code, told.severity) == (DATA_REFUSED, "recoverable")
    assert "validation" not in repr(standing)
    await world.submit("contact", encode(replace(sample(Contact), given_name="Wilma")))
    again = await world.step("identity")
    assert (again.state, again.code, again.vendor_code) == ("passed", None, None)


async def test_a_vendor_code_that_is_a_sentence_is_not_kept() -> None:
    """What may name somebody never gets into a snapshot or an event."""
    world = EngineHarness()
    told = Declined(code=DATA_REFUSED, vendor_code="the name Wilma Smith is not valid")
    world.backends.script("identity.verify", told)
    await world.begin()
    await world.fill("contact", "address")
    assert (await world.step("identity")).vendor_code == "unreadable"


async def test_an_application_that_was_never_read_is_made_again_with_other_data() -> None:
    """A lender that could not work with the data searched nothing: this is no second search."""
    world = EngineHarness()
    world.backends.script("credit.apply", Declined(code=DATA_REFUSED, vendor_code="invalid_email"))
    await world.begin()
    await world.fill()
    assert (await world.step("credit")).state == "declined"
    standing = await world.standing()
    (told,) = [one for one in standing.messages if one.path == "$.steps.credit"]
    assert (told.code, "submit:contact" in told.actions) == (DATA_REFUSED, True)
    await world.submit("contact", encode(replace(sample(Contact), given_name="Wilma")))
    assert (await world.step("credit")).state == "passed"
    assert len(world.backends.standing("credit.apply")) == 1


async def test_a_doubted_application_is_never_made_again_whatever_a_resend_says() -> None:
    """A first attempt of which nobody knows may have searched, so only the credit is given up."""
    world = EngineHarness()
    refusal = Declined(code=DATA_REFUSED, vendor_code="invalid_email")
    world.backends.script("credit.apply", InDoubt("no answer"), refusal)
    await world.begin()
    await world.fill()
    await world.wait_for(lambda seen: seen.steps["credit"].state == "declined", timedelta(hours=1))
    assert (await world.step("credit")).sent
    with pytest.raises(Rejected):
        await world.submit("contact", encode(replace(sample(Contact), given_name="Wilma")))


DECLINABLE = [
    (name, step.definition.operation.key)
    for name, step in credit_plan().steps.items()
    if step.definition.operation is not None and step.definition.operation.declinable
]


@pytest.mark.parametrize(("step", "operation"), DECLINABLE)
async def test_refused_data_always_has_a_way_on_and_never_a_review(
    step: str, operation: str
) -> None:
    """Of each operation that can decline: the customer can do something, and nobody else has to."""
    world = EngineHarness()
    refusal = Declined(code=DATA_REFUSED, vendor_code="field_invalid")
    # The next provider of a waterfall is asked too, and cannot work with it either.
    world.backends.script(operation, refusal, refusal)
    await world.begin()
    await world.fill()
    if (await world.step("documents")).state == "waiting_customer":
        await world.show()
    if (await world.standing()).status == "ready_for_complete":
        await world.complete()
    assert "in_review" not in (await world.states()).values()
    (told,) = [one for one in (await world.standing()).messages if one.path == f"$.steps.{step}"]
    assert (told.code, told.severity) == (DATA_REFUSED, "recoverable")
    assert set(told.actions) - {"cancel", "confirm"}
