"""Operators find a person, erase their data with a reason, and read what is stored of them."""

from typing import Any

import pytest

from tests.http.world import FORMS, ApiHarness, Customer
from unshackled.testing.samples import personal_words

EMAIL = FORMS["contact"]["email"]
SHOP = {"retailer": "northstar"}
WHY = {"reason": "asked by letter", "evidence": "letter 17"}


async def ops(world: ApiHarness, path: str, body: dict[str, Any], name: str = "alice") -> Any:
    """What `/ops` answers an operator."""
    async with world.operator(name) as operator:
        return await operator.post(f"/ops/{path}", json=body)


async def told(world: ApiHarness, **body: Any) -> Customer:
    """A customer who said who they are."""
    customer = await world.customer(**body)
    await customer.put("contact")
    return customer


async def test_a_person_is_found_with_nothing_personal_in_the_answer(world: ApiHarness) -> None:
    """Ids and states, page after page; the audit log has the kind of search, not the value."""
    first, second = await told(world), await told(world, key="2")
    found = await ops(world, "people/search", {**SHOP, "email": EMAIL, "limit": 1})
    assert found.status_code == 200, found.text
    page = found.json()
    more = {**SHOP, "email": EMAIL, "limit": 1, "cursor": page["next_cursor"]}
    rest = (await ops(world, "people/search", more)).json()
    ids = [one["checkout"] for one in (*page["items"], *rest["items"])]
    assert sorted(ids) == sorted([first.id, second.id])
    assert {word for word in personal_words() if word in found.text} == set()
    async with world.operator() as operator:
        trail = await operator.get("/ops/audit?action=find")
    assert trail.json()["items"][0]["detail"] == {"searched_by": ["email"]}
    assert EMAIL not in trail.text


async def test_the_modes_and_retailers_are_apart(world: ApiHarness) -> None:
    """An operator says where to look."""
    await told(world)
    for where in ({"retailer": "orbit"}, {**SHOP, "livemode": False}):
        found = await ops(world, "people/search", {**where, "email": EMAIL})
        assert found.json()["items"] == []
    nothing = await ops(world, "people/search", SHOP)
    assert nothing.status_code == 422


async def test_a_whole_person_is_erased(world: ApiHarness) -> None:
    """Each checkout for itself: one is gone, an open one and an order say what keeps them."""
    gone = await told(world)
    await gone.cancel()
    still = await told(world, key="2")
    order = await world.customer(key="3")
    await order.fill()
    await order.complete()
    done = await ops(world, "people/erase", {**SHOP, **WHY, "email": EMAIL})
    assert done.status_code == 200, done.text
    items = {one["checkout"]: one for one in done.json()["items"]}
    assert items[gone.id]["outcome"] == "erased"
    assert [one["reason"] for one in items[still.id]["duties"]] == ["checkout_open"]
    assert [one["reason"] for one in items[order.id]["duties"]] == [
        "contract_term",
        "legal_retention",
    ]
    assert items[order.id]["outcome"] == "needed"
    assert done.json()["more"] is False
    stored = await world.store.load(gone.id)
    assert stored is not None
    assert stored.erasure is not None
    assert stored.erasure.by == "operator"
    async with world.operator() as operator:
        trail = (await operator.get("/ops/audit?action=erase")).json()["items"]
    assert sorted(trail[0]["detail"]["checkouts"]) == sorted([gone.id, still.id, order.id])
    assert (trail[0]["reason"], trail[0]["outcome"]) == (WHY["reason"], "done")


async def test_one_checkout_is_erased_by_its_id(world: ApiHarness) -> None:
    """Of the retailer that is named; another one's is not there."""
    gone = await told(world)
    await gone.cancel()
    foreign = await ops(world, "people/erase", {**WHY, "retailer": "orbit", "checkout": gone.id})
    assert foreign.status_code == 404
    done = await ops(world, "people/erase", {**SHOP, **WHY, "checkout": gone.id})
    assert [one["outcome"] for one in done.json()["items"]] == ["erased"]


async def test_a_second_person_may_have_to_approve_it(world: ApiHarness) -> None:
    """What waits has ids and nobody's e-mail address; approved, it is done."""
    world.rebuild(second_person=frozenset({"erase"}))
    gone = await told(world)
    await gone.cancel()
    waits = await ops(world, "people/erase", {**SHOP, **WHY, "email": EMAIL})
    assert waits.status_code == 202
    request = waits.json()["id"]
    stored = await world.store.tables.requests.get(request)
    assert stored is not None
    assert EMAIL not in repr(stored)
    mine = await ops(world, f"requests/{request}/approve", WHY)
    assert mine.status_code == 403
    done = await ops(world, f"requests/{request}/approve", WHY, "bob")
    assert done.json()["state"] == "done"
    found = await world.store.load(gone.id)
    assert found is not None
    assert found.erasure is not None


async def test_an_operator_reads_what_is_stored_with_a_reason(world: ApiHarness) -> None:
    """To answer a request; a foreign id is written down too."""
    customer = await told(world)
    found = await ops(world, f"checkouts/{customer.id}/export", WHY)
    assert found.status_code == 200
    assert EMAIL in found.text
    assert (await ops(world, "checkouts/chk_none/export", WHY)).status_code == 404
    assert (await ops(world, f"checkouts/{customer.id}/export", {})).status_code == 422
    async with world.operator() as operator:
        trail = (await operator.get("/ops/audit?action=export")).json()["items"]
    assert [(one["subject"], one["outcome"]) for one in trail] == [
        ("chk_none", "refused"),
        (customer.id, "done"),
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**SHOP, "email": EMAIL}, "reason"),
        ({**WHY, "email": EMAIL}, "retailer"),
        ({**SHOP, **WHY}, "$"),
        ({**SHOP, "reason": f"it is {EMAIL}", "order": "W-1"}, "reason"),
    ],
    ids=str,
)
async def test_a_wrong_request_erases_nothing(
    world: ApiHarness, body: dict[str, Any], path: str
) -> None:
    """The field is named; a reason is kept for good and has nobody's address."""
    refused = await ops(world, "people/erase", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == path
