"""Completing and canceling."""

import asyncio
from datetime import timedelta

from tests.http.world import ApiHarness
from unshackled.domain.catalogue import Catalogue
from unshackled.testing.backends import HeldCall

CASH = {"handset": "handset-low"}


async def test_a_changed_price_is_told_with_the_new_quote(world: ApiHarness) -> None:
    """Completing an expired quote at another price is 409 with the quote to confirm instead."""
    customer = await world.customer(package=CASH)
    old = (await customer.fill())["quote"]
    world.catalogues.reprice("northstar", "handset-low", 18_900)
    await world.clock.advance(timedelta(hours=2))
    refused = await customer.complete(old["id"])
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/price-changed")
    assert problem["quote"]["due_today"] == 18_900
    await customer.fill()
    assert (await customer.complete(problem["quote"]["id"])).json()["status"] == "completed"


async def test_an_expired_quote_at_the_same_price_completes(world: ApiHarness) -> None:
    """Nobody is asked again for the price they saw."""
    customer = await world.customer(package=CASH)
    quote = (await customer.fill())["quote"]["id"]
    await world.clock.advance(timedelta(hours=2))
    assert (await customer.complete(quote)).json()["status"] == "completed"


async def test_a_package_that_is_not_sold_any_more_cannot_be_completed(world: ApiHarness) -> None:
    """An expired quote that cannot be renewed says why."""
    customer = await world.customer(package=CASH)
    quote = (await customer.fill())["quote"]["id"]
    world.catalogues.held["northstar"] = Catalogue(currency="GBP", version="empty")
    await world.clock.advance(timedelta(hours=2))
    problem = (await customer.complete(quote)).json()
    assert problem["type"] == "/problems/package-unavailable"
    assert problem["errors"][0]["path"] == "package.handset"


async def test_completing_twice_is_completing_once(world: ApiHarness) -> None:
    """The same yes again answers with the order and charges nothing more."""
    customer = await world.customer()
    quote = (await customer.fill())["quote"]["id"]
    first = await customer.complete(quote, **{"Idempotency-Key": "yes"})
    again = await customer.complete(quote, **{"Idempotency-Key": "yes"})
    third = await customer.complete(quote)
    assert [r.status_code for r in (first, again, third)] == [200, 200, 200]
    assert len(world.backends.calls("payment.charge")) == 1


async def test_completing_too_early_says_what_is_left(world: ApiHarness) -> None:
    """The steps before the confirmation are named."""
    customer = await world.customer()
    response = await customer.complete()
    assert response.status_code == 409
    assert "contact" in response.json()["steps"]


async def test_what_is_confirmed_is_frozen(world: ApiHarness) -> None:
    """While the order is placed nothing can be changed."""
    gate = asyncio.Event()
    world.backends.script("payment.charge", HeldCall(until=gate))
    world.engine.budget = timedelta(milliseconds=50)
    customer = await world.customer()
    await customer.fill()
    assert (await customer.complete()).json()["status"] == "complete_in_progress"
    for response in (await customer.patch({"credit": None}), await customer.put("contact")):
        assert response.json()["type"] == "/problems/checkout-confirmed"
    gate.set()


async def test_a_canceled_checkout_takes_back_what_was_done(world: ApiHarness) -> None:
    """The stock is given back, and the same again changes nothing."""
    customer = await world.customer()
    first = await customer.cancel()
    again = await customer.cancel()
    assert (first.json()["status"], first.json()["settled"]) == ("canceled", True)
    assert again.status_code == 200
    assert world.backends.standing("stock.reserve") == []
    assert (await customer.put("contact")).json()["type"] == "/problems/checkout-canceled"


async def test_an_order_cannot_be_canceled(world: ApiHarness) -> None:
    """After the order it is too late."""
    customer = await world.customer()
    await customer.fill()
    await customer.complete()
    response = await customer.cancel()
    assert (response.status_code, response.json()["type"]) == (409, "/problems/too-late")


async def test_a_server_may_cancel_without_a_body(world: ApiHarness) -> None:
    """The retailer ends it; its Idempotency-Key makes a repeat harmless."""
    customer = await world.customer()
    async with world.server() as server:
        headers = {"Idempotency-Key": "end"}
        first = await server.post(f"{customer.href}/cancel", headers=headers)
        again = await server.post(f"{customer.href}/cancel", headers=headers)
    assert first.json()["status"] == again.json()["status"] == "canceled"
    (said,) = first.json()["messages"]
    assert (said["code"], said["params"]) == ("canceled", {"by": "retailer"})


async def test_a_slow_provider_does_not_hold_the_answer(world: ApiHarness) -> None:
    """The budget decides when the request is answered; the call goes on."""
    gate = asyncio.Event()
    world.backends.script("identity.verify", HeldCall(until=gate))
    world.engine.budget = timedelta(milliseconds=50)
    customer = await world.customer()
    await customer.put("contact")
    body = (await customer.put("address")).json()
    assert body["settled"] is False
    gate.set()
    await world.clock.spin()
    steps = {step["name"]: step["state"] for step in (await customer.read())["steps"]}
    assert steps["identity"] == "passed"


async def test_two_yeses_at_once_are_one(world: ApiHarness) -> None:
    """Concurrent completions with one key charge once and answer alike."""
    customer = await world.customer()
    quote = (await customer.fill())["quote"]["id"]
    key = {"Idempotency-Key": "yes"}
    answers = await asyncio.gather(*(customer.complete(quote, **key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(world.backends.calls("payment.charge")) == 1
    assert len(world.backends.calls("orders.place")) == 1


async def test_yes_and_no_at_once_have_one_winner(world: ApiHarness) -> None:
    """Whoever is first wins: an order, or no charge that stands."""
    customer = await world.customer()
    quote = (await customer.fill())["quote"]["id"]
    await asyncio.gather(customer.complete(quote), customer.cancel())
    await world.clock.spin()
    body = await customer.read()
    ordered = bool(world.backends.standing("orders.place"))
    assert ordered == (body["status"] == "completed")
    assert bool(world.backends.standing("payment.charge")) == ordered
