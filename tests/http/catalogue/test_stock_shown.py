"""Handsets and accessories say how much of them there is; a list is never cut by not knowing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.stock_level import StockLevel, StockState


class FixedStock:
    """Levels as a test sets them; who asked is kept."""

    def __init__(self, **states: StockState) -> None:
        self.known = {
            sku.replace("_", "-"): StockLevel(sku=sku.replace("_", "-"), state=state)
            for sku, state in states.items()
        }
        self.asked: list[str] = []

    def recent_levels(self, account: str) -> Mapping[str, StockLevel]:
        """The same, without asking."""
        return self.known

    async def levels(self, account: str, catalogue: Catalogue) -> Mapping[str, StockLevel]:
        """The same for all."""
        self.asked.append(account)
        return self.known


async def got(world: ApiHarness, path: str) -> Any:
    """The JSON of a list."""
    async with world.page() as page:
        answer = await page.get(f"/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(body: Any) -> dict[str, str]:
    """The state of each item."""
    return {one["sku"]: one["availability"]["state"] for one in body["items"]}


async def test_every_handset_and_accessory_says_how_much_there_is(world: ApiHarness) -> None:
    """What nobody says is unknown; of a back order the promised day is told."""
    stock = FixedStock(handset_mid="low")
    stock.known["case-mid"] = StockLevel(
        sku="case-mid", state="back_order", promised=date(2026, 12, 10)
    )
    world.rebuild(stock=stock)
    assert states(await got(world, "handsets")) == {"handset-mid": "low", "handset-low": "unknown"}
    extras = (await got(world, "accessories"))["items"]
    assert extras[1]["availability"] == {"state": "back_order", "promised": "2026-12-10"}
    assert extras[0]["availability"] == {"state": "unknown", "promised": None}


async def test_what_is_gone_is_left_out_on_request(world: ApiHarness) -> None:
    """What is unknown stays: an outage of the stock cuts no list. The reason can be asked for."""
    world.rebuild(stock=FixedStock(handset_mid="out_of_stock", case_clear="back_order"))
    body = await got(world, "handsets?in_stock=true&include=excluded")
    assert states(body) == {"handset-low": "unknown"}
    (gone,) = body["excluded"]
    assert (gone["item"], gone["code"], gone["would_fit"]) == ("handset-mid", "out_of_stock", [])
    extras = await got(world, "accessories?in_stock=true&include=excluded")
    assert [one["code"] for one in extras["excluded"]] == ["back_order"]
    assert len((await got(world, "handsets?in_stock=false"))["items"]) == 2


async def test_other_levels_are_another_representation(world: ApiHarness) -> None:
    """A browser that has the list of a minute ago is told what is gone since."""
    world.rebuild(stock=FixedStock(handset_mid="low"))
    async with world.page() as page:
        tag = (await page.get("/v1/handsets")).headers["ETag"]
    world.rebuild(stock=FixedStock(handset_mid="out_of_stock"))
    async with world.page() as page:
        newer = await page.get("/v1/handsets", headers={"If-None-Match": tag})
    assert newer.status_code == 200


async def test_only_lists_of_goods_ask_for_levels(world: ApiHarness) -> None:
    """Neither a quote nor a checkout, nor a list without goods, waits for the stock."""
    stock = FixedStock()
    world.rebuild(stock=stock)
    for path in ("tariffs", "credit-plans", "trade-ins"):
        await got(world, path)
    async with world.page() as page:
        assert (await page.post("/v1/quotes", json={"package": ON_CREDIT})).status_code == 201
    customer = await world.customer()
    await customer.patch({"handset": "handset-low"})
    assert stock.asked == []
    await got(world, "handsets")
    assert stock.asked == ["northstar"]
