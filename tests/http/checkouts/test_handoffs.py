"""How a customer's browser comes to a checkout."""

import asyncio
from datetime import timedelta

from tests.http.world import ApiHarness
from unshackled.http.auth.authenticator import COOKIE


async def link(world: ApiHarness) -> str:
    made = await world.create()
    return str(made.json()["handoff"])


async def test_a_handoff_gives_a_token_and_a_cookie(world: ApiHarness) -> None:
    """The cookie is HttpOnly, only for this checkout, and does as the token does."""
    handoff = await link(world)
    async with world.client() as browser:
        redeemed = await browser.post(f"/v1/handoffs/{handoff}/redeem")
        body = redeemed.json()
        cookie = redeemed.headers["Set-Cookie"]
        assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.replace(",", ";").split("; "))
        assert f"Path={body['href']}" in cookie
        assert (await browser.get(body["href"])).status_code == 200
        assert (await browser.get("/v1/checkouts/chk_other")).status_code == 401
    async with world.client(body["customer_token"]) as other:
        assert (await other.get(body["href"])).status_code == 200


async def test_a_handoff_opens_one_browser(world: ApiHarness) -> None:
    """The same browser may come again within a minute, another one or a later one may not."""
    handoff = await link(world)
    async with world.client() as browser, world.client() as another:
        where = f"/v1/handoffs/{handoff}/redeem"
        assert (await browser.post(where)).status_code == 200
        refused = await another.post(where)
        assert (refused.status_code, refused.json()["type"]) == (410, "/problems/handoff-ended")
        assert "ho_" not in refused.text
        assert (await browser.post(where)).status_code == 200
        await world.clock.advance(timedelta(seconds=61))
        assert (await browser.post(where)).status_code == 410


async def test_two_browsers_at_once_get_one_token(world: ApiHarness) -> None:
    """Of two concurrent redemptions one wins."""
    handoff = await link(world)
    async with world.client() as one, world.client() as two:
        where = f"/v1/handoffs/{handoff}/redeem"
        answers = await asyncio.gather(one.post(where), two.post(where))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_handoff_ends_after_a_day(world: ApiHarness) -> None:
    """An old link opens nothing."""
    handoff = await link(world)
    await world.clock.advance(timedelta(hours=25))
    async with world.client() as browser:
        assert (await browser.post(f"/v1/handoffs/{handoff}/redeem")).status_code == 410


async def test_made_up_handoffs_and_tokens_are_not_found(world: ApiHarness) -> None:
    """A customer's token is no handoff."""
    customer = await world.customer()
    async with world.client() as browser:
        for text in ("ho_0", customer.made["customer_token"]):
            assert (await browser.post(f"/v1/handoffs/{text}/redeem")).status_code == 404


async def test_another_device_needs_a_new_handoff(world: ApiHarness) -> None:
    """The retailer's server makes one at any time."""
    customer = await world.customer()
    async with world.server() as server:
        made = await server.post(f"{customer.href}/handoffs")
    assert made.status_code == 201
    handoff = made.json()["handoff"]
    async with world.client() as browser:
        redeemed = await browser.post(f"/v1/handoffs/{handoff}/redeem")
    assert redeemed.json()["checkout"] == customer.id


async def test_a_strange_page_cannot_use_the_cookie(world: ApiHarness) -> None:
    """A change by cookie counts only from our own pages; the answer says what is missing."""
    handoff = await link(world)
    ours, shop = "https://checkout.example", "https://shop.northstar.example"
    async with world.client() as browser:
        href = (await browser.post(f"/v1/handoffs/{handoff}/redeem")).json()["href"]
        reasons = {
            None: "origin_missing",
            "https://evil.example": "origin_not_registered",
            shop: "cookie_from_another_page",
        }
        for origin, reason in reasons.items():
            headers = {} if origin is None else {"Origin": origin}
            refused = await browser.post(f"{href}/cancel", headers=headers)
            assert (refused.status_code, refused.json()["reason"]) == (403, reason)
            assert refused.json()["allowed"] == [ours]
        assert (await browser.get(href, headers={"Origin": shop})).status_code == 200
        strange = await browser.get(href, headers={"Origin": "https://evil.example"})
        assert strange.json()["allowed"] == [shop, ours]
        assert (await browser.post(f"{href}/cancel", headers={"Origin": ours})).status_code == 200


async def test_a_cookie_carries_a_customers_token_only(world: ApiHarness) -> None:
    """A key or an operator's in a cookie is refused: a browser would send it for anybody."""
    for text in (world.keys["northstar/secret"], "op_alice_wonder"):
        async with world.client() as browser:
            headers = {"Cookie": f"{COOKIE}={text}"}
            refused = await browser.get("/v1/checkouts", headers=headers)
        assert refused.status_code == 401
        assert "customer" in refused.json()["detail"]
