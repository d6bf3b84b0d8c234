"""POST /v1/checkouts/search: however it is written, within the walls, and not once it is erased."""

from typing import Any

import pytest

from tests.http.checkouts.test_erasures import erase
from tests.http.world import FORMS, ApiHarness, Customer

ADA = {**FORMS["contact"], "email": "Ada.Canary@Example.com", "phone": "07700 900123"}


async def search(world: ApiHarness, sent: dict[str, Any], retailer: str = "northstar") -> list[str]:
    """The ids that a search finds, page after page."""
    found = list[str]()
    asked = {**sent, "limit": 1}
    async with world.server(retailer) as server:
        while True:
            answer = await server.post("/v1/checkouts/search", json=asked)
            assert answer.status_code == 200, answer.text
            found += [one["id"] for one in answer.json()["items"]]
            if answer.json()["next_cursor"] is None:
                return found
            asked["cursor"] = answer.json()["next_cursor"]


async def ada(world: ApiHarness, **body: Any) -> Customer:
    """A customer who told who she is."""
    customer = await world.customer(**body)
    told = await customer.put("contact", ADA)
    assert told.status_code == 200, told.text
    return customer


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "ada.canary@example.com"},
        {"email": " ADA.CANARY@EXAMPLE.COM "},
        {"phone": "+44 7700 900123"},
        {"phone": "07700-900123"},
        {"phone": "+447700900123"},
        {"customer_ref": "c-77"},
        {"email": "ada.canary@example.com", "phone": "07700 900123", "customer_ref": "c-77"},
    ],
    ids=str,
)
async def test_a_person_is_found_however_it_is_written(
    world: ApiHarness, asked: dict[str, str]
) -> None:
    """By what they typed, in any case and with any spaces, or by the retailer's number."""
    mine = await ada(world, customer_ref="c-77")
    await world.customer(key="2", customer_ref="c-78")
    assert await search(world, asked) == [mine.id]


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "ada@example.com"},
        {"phone": "+44 7700 900124"},
        {"phone": "none at all"},
        {"email": "ada.canary@example.com", "customer_ref": "c-78"},
    ],
    ids=str,
)
async def test_others_are_not_found(world: ApiHarness, asked: dict[str, str]) -> None:
    """All that is named must fit."""
    await ada(world, customer_ref="c-77")
    assert await search(world, asked) == []


async def test_an_order_is_found_by_its_number(world: ApiHarness) -> None:
    """In any case, with or without spaces."""
    bought = await world.customer(key="2")
    await bought.fill()
    await bought.complete()
    number = (await bought.read())["order"]["number"]
    assert await search(world, {"order": number.lower()}) == [bought.id]


async def test_a_corrected_address_takes_the_place_of_the_old_one(world: ApiHarness) -> None:
    """What a person said before finds nothing any more."""
    mine = await ada(world)
    await mine.put("contact", {**ADA, "email": "new@example.com"})
    assert await search(world, {"email": "ada.canary@example.com"}) == []
    assert await search(world, {"email": "new@example.com"}) == [mine.id]


async def test_the_walls_hold(world: ApiHarness) -> None:
    """Another retailer and the other mode find nothing."""
    await ada(world)
    for other in ("orbit", "northstar:test"):
        assert await search(world, {"email": ADA["email"]}, other) == []


async def test_what_was_erased_is_not_found(world: ApiHarness) -> None:
    """By nothing that it was found by."""
    mine = await ada(world, customer_ref="c-77")
    await mine.cancel()
    await erase(world, mine.id)
    for asked in ({"email": ADA["email"]}, {"phone": ADA["phone"]}, {"customer_ref": "c-77"}):
        assert await search(world, asked) == []


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({}, "$"),
        ({"limit": 3}, "$"),
        ({"email": ""}, "email"),
        ({"email": "e" * 255}, "email"),
        ({"limit": 101, "order": "W-1"}, "limit"),
        ({"postcode": "LS1"}, "postcode"),
        ({"cursor": "x", "order": "W-1"}, "query.cursor"),
    ],
    ids=str,
)
async def test_a_wrong_search_is_named(world: ApiHarness, sent: dict[str, Any], path: str) -> None:
    """And what was sent is never repeated."""
    async with world.server() as server:
        answer = await server.post("/v1/checkouts/search", json=sent)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == path
