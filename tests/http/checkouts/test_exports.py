"""Subject access: all that is stored, by category, for who may ask, and written down who did."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.http.checkouts.test_erasures import SCOPES, erase
from tests.http.world import FORMS, ApiHarness, Customer
from unshackled.http.checkouts.privacy_schemas import SubjectExport, SubjectExportPage
from unshackled.store import snapshot
from unshackled.testing.samples import personal_words

EMAIL = FORMS["contact"]["email"]


def leaves(data: Any) -> Iterator[str]:
    """Every value in some JSON, as text."""
    if isinstance(data, dict):
        for one in data.values():
            yield from leaves(one)
    elif isinstance(data, list):
        for one in data:
            yield from leaves(one)
    elif data is not None:
        yield str(data)


async def export(world: ApiHarness, checkout: str) -> dict[str, Any]:
    """What is stored about the customer of a checkout."""
    await world.key("northstar", "secret", SCOPES)
    async with world.server() as server:
        answer = await server.get(f"/v1/checkouts/{checkout}/export")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    SubjectExport.model_validate(found)
    return found


async def bought(world: ApiHarness, **body: Any) -> Customer:
    """A customer with an order."""
    customer = await world.customer(customer_ref="c-canary", **body)
    await customer.fill()
    await customer.complete()
    return customer


async def test_everything_that_is_stored_of_a_person_is_in_it(world: ApiHarness) -> None:
    """Each value of the personal part, whatever kind of place it lies in."""
    customer = await bought(world)
    found = await export(world, customer.id)
    stored = await world.store.load(customer.id)
    assert stored is not None
    personal = orjson.loads(snapshot.dump(stored)[1])
    assert set(leaves(personal)) <= set(leaves(found))
    assert found["order"]


async def test_each_category_says_what_for_from_whom_to_whom_and_how_long(
    world: ApiHarness,
) -> None:
    """What the customer told, and what a provider answered; a card's token serves nothing more."""
    customer = await bought(world)
    found = await export(world, customer.id)
    by_step = {one["step"]: one for one in found["categories"] if one["source"] == "customer"}
    contact = by_step["contact"]
    assert contact["data"]["email"] == EMAIL
    assert contact["purposes"] == ["purchase", "contract_term", "legal_retention"]
    assert contact["recipients"] == ["main"]
    card = by_step["payment_method"]
    assert card["purposes"] == ["purchase"]
    assert card["kept_until"] < contact["kept_until"]
    assert by_step[None]["category"] == "purchase"
    assert by_step[None]["data"]["customer_ref"] == "c-canary"
    answered = [one for one in found["categories"] if one["source"] == "main"]
    assert answered
    assert {link["rel"] for link in found["links"]} == {"documents", "events"}


async def test_nobody_was_given_what_was_never_sent(world: ApiHarness) -> None:
    """An open checkout whose contact alone is known: no recipient, and kept while it is open."""
    customer = await world.customer()
    await customer.put("contact")
    found = await export(world, customer.id)
    (contact,) = [one for one in found["categories"] if one["step"] == "contact"]
    assert contact["recipients"] == []
    assert contact["kept_until"] is None
    assert contact["purposes"] == ["purchase"]


async def test_a_person_is_answered_for_all_their_checkouts(world: ApiHarness) -> None:
    """Page after page, by what they are found by."""
    first = await bought(world)
    second = await world.customer(key="2")
    await second.put("contact")
    await world.customer(key="3")
    await world.key("northstar", "secret", SCOPES)
    found, asked = list[str](), {"email": EMAIL.upper(), "limit": 1}
    async with world.server() as server:
        while True:
            answer = await server.post("/v1/subject-access", json=asked)
            assert answer.status_code == 200, answer.text
            SubjectExportPage.model_validate(answer.json())
            found += [one["checkout"] for one in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                break
            asked["cursor"] = answer.json()["next_cursor"]
        nothing = await server.post("/v1/subject-access", json={"limit": 1})
    assert sorted(found) == sorted([first.id, second.id])
    assert nothing.status_code == 422


async def test_who_read_it_is_written_down_without_what_was_read(world: ApiHarness) -> None:
    """The key, the checkout or the kind of search; never a value."""
    customer = await bought(world)
    await export(world, customer.id)
    async with world.server() as server:
        await server.post("/v1/subject-access", json={"email": EMAIL})
    async with world.operator() as operator:
        answer = await operator.get("/ops/audit?action=export")
    entries = answer.json()["items"]
    assert [(one["subject"], one["outcome"]) for one in entries] == [
        ("search", "done"),
        (customer.id, "done"),
    ]
    assert entries[0]["detail"] == {"searched_by": ["email"]}
    assert entries[0]["operator"].startswith("key ")
    assert EMAIL not in answer.text


async def test_after_erasing_there_is_nothing_to_tell(world: ApiHarness) -> None:
    """When it was erased, and what was sold; no personal value."""
    customer = await world.customer(customer_ref="c-canary")
    await customer.fill()
    await customer.cancel()
    await erase(world, customer.id)
    found = await export(world, customer.id)
    assert found["erased_at"]
    text = orjson.dumps(found).decode()
    assert {word for word in {*personal_words(), "c-canary"} if word in text} == set()


@pytest.mark.parametrize("path", ["/v1/checkouts/{}/export", "/v1/subject-access"])
async def test_it_needs_a_scope_of_its_own(world: ApiHarness, path: str) -> None:
    """Reading checkouts is not enough; a customer's token is none of that kind."""
    customer = await world.customer()
    address = path.format(customer.id)
    body = {"email": EMAIL} if "subject" in address else None
    method = "POST" if body else "GET"
    async with world.server() as server:
        answer = await server.request(method, address, json=body)
    assert (answer.status_code, answer.json()["allowed"]) == (403, ["personal:read"])
    mine = await customer.client.request(method, address, json=body)
    assert mine.status_code == 403
    await world.key("orbit", "secret", SCOPES)
    async with world.server("orbit") as other:
        foreign = await other.request(method, address, json=body)
    assert foreign.status_code == (404 if method == "GET" else 200)
    assert method == "GET" or foreign.json()["items"] == []
