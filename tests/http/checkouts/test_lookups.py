"""Finding a checkout again: by customer, order, flow and time, within the walls."""

from datetime import timedelta
from typing import Any

import pytest

from tests.http.world import ApiHarness


async def ids(world: ApiHarness, query: dict[str, Any], retailer: str = "northstar") -> list[str]:
    """What a list narrowed like this has, read page after page."""
    found = list[str]()
    asked: dict[str, Any] = {**query, "limit": 1}
    async with world.server(retailer) as server:
        while True:
            answer = await server.get("/v1/checkouts", params=asked)
            assert answer.status_code == 200, answer.text
            found += [one["id"] for one in answer.json()["items"]]
            asked["cursor"] = answer.json()["next_cursor"]
            if asked["cursor"] is None:
                return found


async def test_a_customer_and_an_order_are_found_again(world: ApiHarness) -> None:
    """By the retailer's own number and by the order's, in full, newest first."""
    bought = await world.customer(customer_ref="c-1")
    await bought.fill()
    await bought.complete()
    order = (await bought.read())["order"]["number"]
    await world.clock.advance(timedelta(seconds=1))
    again = await world.customer(key="2", customer_ref="c-1")
    await world.customer(key="3", customer_ref="c-2")
    assert await ids(world, {"customer_ref": "c-1"}) == [again.id, bought.id]
    assert await ids(world, {"order": order}) == [bought.id]
    assert await ids(world, {"order": order, "customer_ref": "c-2"}) == []
    assert await ids(world, {"customer_ref": "c-1", "status": "completed"}) == [bought.id]
    assert await ids(world, {"customer_ref": "c-"}) == []


async def test_a_foreign_number_finds_nothing(world: ApiHarness) -> None:
    """Two retailers may have a customer of the same number; each finds its own."""
    mine = await world.customer(customer_ref="c-1")
    theirs = await world.customer(key="o", retailer="orbit", customer_ref="c-1")
    only = await world.customer(key="p", retailer="orbit", customer_ref="c-9")
    assert await ids(world, {"customer_ref": "c-1"}) == [mine.id]
    assert await ids(world, {"customer_ref": "c-1"}, "orbit") == [theirs.id]
    assert await ids(world, {"customer_ref": "c-9"}) == []
    assert only.made["customer_ref"] == "c-9"


async def test_a_list_is_narrowed_by_time_and_flow(world: ApiHarness) -> None:
    """From a moment, included, to another, not included, whatever offset they are written in."""
    first = await world.customer()
    at = first.made["created_at"]
    await world.clock.advance(timedelta(hours=1))
    second = await world.customer(key="2")
    until = second.made["created_at"]
    assert await ids(world, {"created_from": at}) == [second.id, first.id]
    assert await ids(world, {"created_to": until}) == [first.id]
    assert await ids(world, {"created_from": until}) == [second.id]
    offset = world.clock.now().isoformat().replace("+00:00", "-00:00")
    assert await ids(world, {"created_from": offset}) == [second.id]
    assert await ids(world, {"flow": "handset-on-credit"}) == [second.id, first.id]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"created_from": "2026-11-30"}, "wrong_time"),
        ({"created_from": "2026-11-30T09:00:00"}, "wrong_time"),
        ({"created_to": "2026-02-30T09:00:00Z"}, "wrong_time"),
        ({"created_to": "0001-01-01T00:00:00+23:59"}, "wrong_time"),
        ({"created_to": "1700000000"}, "wrong_time"),
        ({"flow": "handset-on-kredit"}, "unknown_flow"),
        ({"customer_ref": ""}, "string_too_short"),
        ({"customer_ref": "c" * 129}, "string_too_long"),
        ({"limit": "101"}, "less_than_equal"),
        ({"customer": "c-1"}, "unknown_parameter"),
    ],
)
async def test_a_wrong_filter_is_refused_by_its_name(
    world: ApiHarness, query: dict[str, str], code: str
) -> None:
    """422 names the parameter; nothing is listed in its stead."""
    async with world.server() as server:
        answer = await server.get("/v1/checkouts", params=query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == (f"query.{next(iter(query))}", code)
