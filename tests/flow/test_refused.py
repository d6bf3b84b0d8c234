"""A provider that refuses the data: the customer corrects it, and the step begins anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flow.world import World
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.customer import Address, Contact
from unshackled.domain.package import Package
from unshackled.domain.pricing import quote_of
from unshackled.errors import Refused
from unshackled.flow import commands as c
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
    world = World()
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
    world = World()
    world.backends.script("identity.verify", Refused("name not accepted", code="invalid_name"))
    await world.begin()
    await world.fill("contact", "address")
    await world.submit("contact")
    assert (await world.step("identity")).state == "in_review"
    assert len(world.backends.calls("identity.verify")) == 1
