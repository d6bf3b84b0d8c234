"""A paid delivery slot over HTTP: on the quote, in the totals, in the charge and in the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.http.world import ApiHarness, Customer
from unshackled.domain.records import replace
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Passed
from unshackled.testing.samples import sample

SLOTS = tuple(
    replace(sample(DeliverySlot), id=name, price=price) for name, price in (("paid", 499),)
)


async def _customer(world: ApiHarness, **body: Any) -> Customer:
    found = Passed(output=SlotsFound(options=SLOTS))
    world.backends.script("delivery.slots", *[found] * 5)
    return await world.customer(**body)


async def test_a_paid_slot_is_charged(world: ApiHarness) -> None:
    """What is due today is 499 more than the package, everywhere that it is told."""
    customer = await _customer(world)
    before = (await customer.read())["quote"]
    body = await customer.fill()
    quote = body["quote"]
    assert quote["due_today"] == before["due_today"] + 499
    assert {"type": "due_today", "amount": quote["due_today"]} in body["totals"]
    assert {"type": "delivery", "amount": 499, "title": "Delivery"} in body["totals"]
    stale = await customer.complete(before["id"])
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/price-changed")
    assert (await customer.complete()).json()["status"] == "completed"
    (charge,) = world.backends.standing("payment.charge")
    assert charge.outcome.output.amount == quote["due_today"]  # type: ignore[union-attr]


async def test_another_tariff_keeps_the_price_of_the_slot(world: ApiHarness) -> None:
    """A PATCH prices the package; the slot's price stays."""
    customer = await _customer(world, package={"handset": "handset-mid"})
    await customer.fill()
    changed = (await customer.patch({"tariff": "sim-50gb"})).json()
    parts = [line["part"] for line in changed["quote"]["lines"]]
    assert parts.count("delivery") == 1
    assert (
        sum(line["due_today"] for line in changed["quote"]["lines"])
        == (changed["quote"]["due_today"])
    )


async def test_an_expired_quote_is_priced_again_with_the_slot(world: ApiHarness) -> None:
    """The same price: the id stays, and the customer's yes to it is taken."""
    customer = await _customer(world)
    quote = (await customer.fill())["quote"]
    await world.clock.advance(timedelta(minutes=61))
    assert (await customer.put("contact")).status_code == 200
    again = (await customer.read())["quote"]
    assert (again["id"], again["due_today"]) == (quote["id"], quote["due_today"])
    assert again["valid_until"] > quote["valid_until"]
