"""The shop's own server in `web/shop`: what integrators copy has to be right."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.http.world import ON_CREDIT, PUBLIC_URL, ApiHarness, Customer
from unshackled.demo_mode import with_shop

SCRIPT = Path(__file__).parents[3] / "web/shop/server.py"
SHOP = "https://demo.shop.example"


@pytest.fixture
async def shop(world: ApiHarness) -> AsyncIterator[httpx.AsyncClient]:
    """The server, beside an API that knows it; both in this process."""
    spec = importlib.util.spec_from_file_location("shop_server", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    world.rebuild(book=with_shop(world.services.book, SHOP))
    kinds = ("secret", "publishable")
    keys = {"northstar": {kind: world.keys[f"northstar/{kind}"] for kind in kinds}}
    api = httpx.AsyncClient(base_url=PUBLIC_URL, transport=httpx.ASGITransport(app=world.app))
    served = module.Shop(SHOP, keys, api, lambda: world.clock.now().timestamp())
    app = module.app_of(served, keys, SCRIPT.parent, module.policy_of(PUBLIC_URL))
    transport = httpx.ASGITransport(app=app)
    async with api, httpx.AsyncClient(base_url=SHOP, transport=transport) as browser:
        yield browser


async def quote(world: ApiHarness) -> str:
    """The id of a price, as the page gets it."""
    async with world.page() as page:
        asked = {"flow": "handset-on-credit", "package": ON_CREDIT}
        answer = await page.post("/v1/quotes", json=asked)
    found: str = answer.json()["id"]
    return found


async def test_a_quote_becomes_one_checkout(world: ApiHarness, shop: httpx.AsyncClient) -> None:
    """However often somebody clicks; the customer goes on at the link that opens it."""
    asked = {"quote_id": await quote(world)}
    answers = [await shop.post("/northstar/checkout", json=asked) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert all("#ho_" in one.json()["url"] for one in answers)
    async with world.server() as server:
        listed = (await server.get("/v1/checkouts")).json()["items"]
    assert len(listed) == 1


async def test_what_cannot_be_bought_is_told_as_the_api_tells_it(shop: httpx.AsyncClient) -> None:
    """The page shows the sentence of the problem."""
    answer = await shop.post("/northstar/checkout", json={"quote_id": "quo_none"})
    assert answer.status_code >= 400
    assert answer.json()["type"].startswith("/problems/")
    mistaken = await shop.post("/northstar/checkout", json=[])
    assert (mistaken.status_code, mistaken.json()) == (400, {"status": "unknown"})


async def test_the_secret_key_is_told_to_nobody(shop: httpx.AsyncClient, world: ApiHarness) -> None:
    """A page gets the publishable key alone; there are no shops but those with keys."""
    told = await shop.get("/northstar/settings")
    assert told.json()["key"] == world.keys["northstar/publishable"]
    assert world.keys["northstar/secret"] not in told.text
    assert (await shop.get("/orbit/settings")).status_code == 404
    assert (await shop.get("/orbit/")).status_code == 404


async def test_a_result_is_believed_for_its_signature(
    world: ApiHarness, shop: httpx.AsyncClient
) -> None:
    """Not one that was changed, is old, or is none at all."""
    customer: Customer = await world.customer(return_url=f"{SHOP}/northstar/done")
    await customer.cancel()
    url = (await customer.read())["result"]["url"]
    assert url.startswith(f"{SHOP}/northstar/done?")
    (result,) = parse_qs(urlsplit(url).query)["result"]
    believed = await shop.post("/northstar/result", json={"result": result})
    assert believed.json() == {"status": "canceled", "order": None}
    for wrong in (result[:-6] + "AAAAAA", "", "a.b.c"):
        refused = await shop.post("/northstar/result", json={"result": wrong})
        assert (refused.status_code, refused.json()) == (400, {"status": "unknown"})
    await world.clock.advance(timedelta(minutes=11))
    late = await shop.post("/northstar/result", json={"result": result})
    assert late.status_code == 400
