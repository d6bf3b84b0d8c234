"""POST …/erasure: who may ask for it, what it answers, and what every address says afterwards."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.http.world import ApiHarness, Customer
from unshackled.store import snapshot
from unshackled.testing.samples import personal_words

SCOPES = ["checkouts:read", "checkouts:write", "personal:read", "personal:erase"]
CASH = {"handset": "handset-low"}


async def erase(
    world: ApiHarness, checkout: str, key: str = "erase-1", **body: Any
) -> httpx.Response:
    """Ask for it with a key that may."""
    await world.key("northstar", "secret", SCOPES)
    async with world.server() as server:
        path = f"/v1/checkouts/{checkout}/erasure"
        return await server.post(path, json=body, headers={"Idempotency-Key": key})


async def canceled(world: ApiHarness, **body: Any) -> Customer:
    """A customer who told everything, and left."""
    customer = await world.customer(customer_ref="c-canary", **body)
    await customer.fill()
    await customer.cancel()
    return customer


async def test_a_canceled_checkout_is_erased_and_still_reads(world: ApiHarness) -> None:
    """The resource, its events and lists are there, and nothing of the person is in any of them."""
    customer = await canceled(world)
    answer = await erase(world, customer.id, reason="consent_withdrawn")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["whole"], body["by"], body["reason"]) == (True, "retailer", "consent_withdrawn")
    async with world.server() as server:
        texts = [
            (await server.get(path)).text
            for path in (
                customer.href,
                f"{customer.href}/events?limit=200",
                "/v1/checkouts?limit=100",
            )
        ]
    seen = await customer.read()
    assert seen["erased_at"] == body["erased_at"]
    texts.append(json.dumps(seen))
    for text in texts:
        assert {word for word in {*personal_words(), "c-canary"} if word in text} == set()
    stored = await world.store.load(customer.id)
    assert stored is not None
    assert snapshot.dump(stored)[1] == snapshot.NOTHING


async def test_it_may_be_asked_again(world: ApiHarness) -> None:
    """With the same key or another one, the answer is what is there."""
    customer = await canceled(world)
    first = await erase(world, customer.id)
    again = await erase(world, customer.id)
    other = await erase(world, customer.id, key="erase-2")
    assert first.json() == again.json() == other.json()
    reused = await erase(world, customer.id, reason="unlawful")
    assert reused.json()["type"] == "/problems/idempotency-key-reused"


async def test_an_open_checkout_is_refused_with_when_it_ends(world: ApiHarness) -> None:
    """Nothing is erased; the problem says what to do."""
    customer = await world.customer()
    await customer.put("contact")
    answer = await erase(world, customer.id)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/personal-data-needed")
    (duty,) = problem["duties"]
    assert duty["reason"] == "checkout_open"
    assert duty["until"] is not None
    assert "cancel it first" in problem["detail"]


async def test_an_order_is_refused_with_what_keeps_it(world: ApiHarness) -> None:
    """Contract and law are named with their ends; the card's token is gone at once."""
    customer = await world.customer()
    await customer.fill()
    await customer.complete()
    answer = await erase(world, customer.id)
    problem = answer.json()
    assert answer.status_code == 409
    assert [duty["reason"] for duty in problem["duties"]] == ["contract_term", "legal_retention"]
    assert problem["duties"][1]["basis"]
    stored = await world.store.load(customer.id)
    assert stored is not None
    assert "payment_method" not in stored.private.inputs
    assert "contact" in stored.private.inputs
    await world.clock.advance(timedelta(days=366 * 12))
    assert (await erase(world, customer.id, key="later")).json()["whole"]


@pytest.mark.parametrize("scopes", [["checkouts:read", "checkouts:write"], ["personal:read"]])
async def test_it_needs_a_scope_of_its_own(world: ApiHarness, scopes: list[str]) -> None:
    """Reading and writing checkouts is not enough."""
    customer = await canceled(world)
    await world.key("northstar", "secret", scopes)
    async with world.server() as server:
        path = f"{customer.href}/erasure"
        answer = await server.post(path, json={}, headers={"Idempotency-Key": "e"})
    assert (answer.status_code, answer.json()["allowed"]) == (403, ["personal:erase"])


async def test_a_foreign_checkout_is_not_there(world: ApiHarness) -> None:
    """The walls hold for erasing too, and a customer cannot do it by themselves."""
    customer = await canceled(world)
    await world.key("orbit", "secret", SCOPES)
    async with world.server("orbit") as other:
        answer = await other.post(
            f"{customer.href}/erasure", json={}, headers={"Idempotency-Key": "e"}
        )
    assert answer.status_code == 404
    mine = await customer.client.post(f"{customer.href}/erasure", json={})
    assert mine.status_code == 403


@pytest.mark.parametrize("body", [{"reason": "because"}, {"why": "x"}])
async def test_a_wrong_body_is_named(world: ApiHarness, body: dict[str, str]) -> None:
    """The grounds are those of the law; nothing else is taken."""
    customer = await canceled(world)
    answer = await erase(world, customer.id, **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == next(iter(body))
