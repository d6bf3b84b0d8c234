"""How a customer's browser comes to a checkout, and what does not bring one there."""

import asyncio
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.http.world import PUBLIC_URL, ApiHarness
from unshackled.domain.records import replace
from unshackled.http.auth.cookies import COOKIE

WHERE = "/v1/handoffs/redeem"
SHOP = "https://shop.northstar.example"
OURS = {"Origin": PUBLIC_URL}


async def made(world: ApiHarness, **body: Any) -> dict[str, Any]:
    """A link to a new checkout: `url`, `secret`, `expires_at`."""
    answer = await world.create(**body)
    found: dict[str, Any] = answer.json()["handoff"]
    return found


async def redeem(client: httpx.AsyncClient, secret: str, **more: Any) -> httpx.Response:
    """What a page does with a secret."""
    return await client.post(WHERE, json={"secret": secret, **more})


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """Each Set-Cookie by the name of its cookie."""
    return {text.partition("=")[0]: text for text in answer.headers.get_list("Set-Cookie")}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and type of a problem."""
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_link_leads_to_the_page_with_its_secret_in_the_fragment(world: ApiHarness) -> None:
    """No server on the way sees a fragment; it counts for 15 minutes."""
    link = await made(world)
    page, _, fragment = link["url"].partition("#")
    assert (page, fragment) == (f"{PUBLIC_URL}/checkout", link["secret"])
    ends = world.clock.now() + timedelta(minutes=15)
    assert link["expires_at"] == ends.isoformat().replace("+00:00", "Z")


def with_settings(world: ApiHarness, retailer: str, **changes: Any) -> None:
    """The same world, in which a retailer's file says something else."""
    retailers = dict(world.book.retailers)
    retailers[retailer] = replace(retailers[retailer], **changes)
    world.rebuild(book=replace(world.book, retailers=retailers))


async def test_a_page_of_the_settings_comes_before_ours(world: ApiHarness) -> None:
    """And a retailer's own page before both."""
    world.rebuild(checkout_page="https://pay.example/c")
    with_settings(world, "orbit", checkout_page="https://orbit.example/pay")
    assert (await made(world))["url"].startswith("https://pay.example/c#ho_")
    orbit = await made(world, retailer="orbit", key="2")
    assert orbit["url"].startswith("https://orbit.example/pay#ho_")


async def test_a_browser_gets_a_cookie_and_no_token(world: ApiHarness) -> None:
    """The cookie is HttpOnly, Secure, Lax, only for this checkout; the body has no secret."""
    link = await made(world)
    async with world.client(**OURS) as browser:
        redeemed = await redeem(browser, link["secret"])
        assert redeemed.status_code == 200, redeemed.text
        assert "ct_" not in redeemed.text
        assert "customer_token" not in redeemed.json()
        href = redeemed.json()["href"]
        cookie = cookies_of(redeemed)[COOKIE]
        assert set(cookie.split("; ")[2:]) == {f"Path={href}", "HttpOnly", "Secure", "SameSite=Lax"}
        assert (await browser.get(href)).status_code == 200
        assert (await browser.get("/v1/checkouts/chk_other")).status_code == 401


async def test_an_app_gets_a_token_and_no_cookie_of_it(world: ApiHarness) -> None:
    """Without an Origin, or from a page of the retailer; the token is then sent as Bearer."""
    for number, headers in enumerate(({}, {"Origin": SHOP})):
        link = await made(world, key=str(number))
        async with world.client(**headers) as app:
            redeemed = await redeem(app, link["secret"], credential="bearer")
        assert redeemed.status_code == 200, redeemed.text
        assert COOKIE not in cookies_of(redeemed)
        async with world.client(redeemed.json()["customer_token"]) as other:
            assert (await other.get(redeemed.json()["href"])).status_code == 200


async def test_an_embedded_page_gets_a_cookie_of_its_frame_alone(world: ApiHarness) -> None:
    """`SameSite=None; Secure; Partitioned`, for whoever's shop registered its origins."""
    link = await made(world)
    async with world.client(**OURS) as browser:
        redeemed = await redeem(browser, link["secret"], embedded=True)
        assert redeemed.status_code == 200, redeemed.text
        for cookie in cookies_of(redeemed).values():
            assert cookie.endswith("; HttpOnly; SameSite=None; Secure; Partitioned")
        changed = await browser.post(f"{redeemed.json()['href']}/cancel", json={})
        assert changed.status_code == 200


async def test_nobody_embeds_the_page_of_a_retailer_without_origins(world: ApiHarness) -> None:
    """The link stays good for a page at the top."""
    with_settings(world, "orbit", origins=())
    link = await made(world, retailer="orbit")
    async with world.client(**OURS) as browser:
        refused = await redeem(browser, link["secret"], embedded=True)
        assert (*refusal(refused), refused.json()["reason"]) == (
            403,
            "origin-not-allowed",
            "embedding_not_registered",
        )
        assert (await redeem(browser, link["secret"])).status_code == 200


async def test_a_link_opens_one_browser(world: ApiHarness) -> None:
    """The same browser may come again within a minute; later it is told what it has opened."""
    link = await made(world)
    async with world.client(**OURS) as browser, world.client(**OURS) as another:
        first = await redeem(browser, link["secret"])
        assert first.status_code == 200
        stolen = await redeem(another, link["secret"])
        assert refusal(stolen) == (410, "handoff-used-elsewhere")
        assert "checkout" not in stolen.json()
        assert stolen.json()["shop"] == {
            "name": "Northstar",
            "url": f"{SHOP}/done?checkout={first.json()['checkout']}",
        }
        assert "another device" in stolen.json()["message"]
        assert "ho_" not in stolen.text
        assert "Set-Cookie" not in stolen.headers
        assert (await redeem(browser, link["secret"])).status_code == 200
        await world.clock.advance(timedelta(seconds=61))
        late = await redeem(browser, link["secret"])
        assert refusal(late) == (410, "handoff-used")
        assert late.json()["checkout"] == first.json()["checkout"]
        assert (await browser.get(first.json()["href"])).status_code == 200


async def test_two_links_in_one_browser_leave_each_other_alone(world: ApiHarness) -> None:
    """Each can be reloaded, though the other one was opened meanwhile."""
    links = [await made(world, key=key) for key in ("1", "2")]
    async with world.client(**OURS) as browser:
        for link in (*links, *links):
            assert (await redeem(browser, link["secret"])).status_code == 200


async def test_two_browsers_at_once_get_one_credential(world: ApiHarness) -> None:
    """Of two concurrent redemptions one wins."""
    link = await made(world)
    async with world.client(**OURS) as one, world.client(**OURS) as two:
        answers = await asyncio.gather(redeem(one, link["secret"]), redeem(two, link["secret"]))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_a_link_expires(world: ApiHarness) -> None:
    """After 15 minutes it opens nothing; the shop it names is without the customer's own query."""
    link = await made(world, return_url=f"{SHOP}/done?basket=77", locale="de-DE")
    await world.clock.advance(timedelta(minutes=15))
    async with world.client(**OURS) as browser:
        refused = await redeem(browser, link["secret"])
    assert refusal(refused) == (410, "handoff-expired")
    assert "abgelaufen" in refused.json()["message"]
    assert refused.json()["shop"]["url"].startswith(f"{SHOP}/done?checkout=chk_")
    assert "77" not in refused.text


@pytest.mark.parametrize("how", ["made_up", "changed", "cut", "longer", "token", "empty"])
async def test_a_secret_that_nobody_made_opens_nothing(world: ApiHarness, how: str) -> None:
    """A customer's token is no handoff either; the secret stands in no answer."""
    customer = await world.customer()
    secret = customer.made["handoff"]["secret"]
    other = "0" if secret[-1] != "0" else "1"
    text = {
        "made_up": "ho_0",
        "changed": secret[:-1] + other,
        "cut": secret[:-1],
        "longer": secret + "0",
        "token": customer.made["customer_token"],
        "empty": "",
    }[how]
    async with world.client(**OURS) as browser:
        refused = await redeem(browser, text)
        expected = (422, "invalid-input") if how == "empty" else (404, "handoff-unknown")
        assert refusal(refused) == expected
        assert not text or text not in refused.text
        assert (await redeem(browser, secret)).status_code == 200


@pytest.mark.parametrize("bought", [True, False])
async def test_a_link_of_before_the_end_opens_nothing_after_it(
    world: ApiHarness, *, bought: bool
) -> None:
    """The answer says how it ended; of an order the shop can make a link that shows it."""
    customer = await world.customer()
    async with world.server() as server:
        if bought:
            await customer.fill()
            await world.clock.advance(timedelta(seconds=1))
            assert (await customer.complete()).json()["status"] == "completed"
        else:
            await customer.cancel()
        again = await server.post(f"{customer.href}/handoffs")
    async with world.client(**OURS) as browser:
        refused = await redeem(browser, customer.made["handoff"]["secret"])
        assert refusal(refused) == (410, "checkout-finished")
        assert refused.json()["outcome"] == ("completed" if bought else "canceled")
        assert refused.json()["shop"]["name"] == "Northstar"
        if bought:
            opened = await redeem(browser, again.json()["handoff"]["secret"])
            assert opened.json()["checkout"] == customer.id
        else:
            assert refusal(again) == (409, "checkout-canceled")


async def test_only_our_own_page_gets_a_cookie(world: ApiHarness) -> None:
    """A strange page, a retailer's and one that hides its origin are refused; the link stays."""
    link = await made(world)
    cross = {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "cross-site"}
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "origin_missing"),
        ({"Origin": "null"}, "origin_not_registered"),
        ({"Origin": "https://evil.example"}, "origin_not_registered"),
        ({"Origin": f"{PUBLIC_URL}.evil.example"}, "origin_not_registered"),
        ({"Origin": f"{PUBLIC_URL}:8443"}, "origin_not_registered"),
        ({"Origin": PUBLIC_URL.replace("https", "http")}, "origin_not_registered"),
        ({"Origin": SHOP}, "cookie_from_another_page"),
        (cross, "cookie_from_another_page"),
        ({**cross, "Sec-Fetch-Site": "same-site"}, "cookie_from_another_page"),
        ({**cross, "Sec-Fetch-Site": "none"}, "cookie_from_another_page"),
    ]
    for headers, reason in cases:
        async with world.client(**headers) as page:
            refused = await redeem(page, link["secret"])
        assert (*refusal(refused), refused.json()["reason"]) == (403, "origin-not-allowed", reason)
        assert refused.json()["allowed"] == [PUBLIC_URL]
        assert "Set-Cookie" not in refused.headers
    async with world.client(**OURS, **{"Sec-Fetch-Site": "same-origin"}) as ours:
        assert (await redeem(ours, link["secret"])).status_code == 200


async def test_a_strange_page_gets_no_token_and_uses_no_link_up(world: ApiHarness) -> None:
    """Another retailer's page is as strange as any."""
    link = await made(world)
    for origin in ("https://evil.example", "https://orbit.example", "null"):
        async with world.client(Origin=origin) as page:
            refused = await redeem(page, link["secret"], credential="bearer")
        assert refused.json()["reason"] == "origin_not_registered"
    async with world.client() as app:
        assert (await redeem(app, link["secret"], credential="bearer")).status_code == 200


async def test_a_form_cannot_redeem(world: ApiHarness) -> None:
    """What a page may send anywhere without asking is no JSON; a path with a secret is no more."""
    link = await made(world)
    async with world.client(**OURS) as browser:
        for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            body = f'{{"secret": "{link["secret"]}"}}'
            refused = await browser.post(WHERE, content=body, headers={"Content-Type": media})
            assert refusal(refused) == (415, "unsupported-media-type")
        old = await browser.post(f"/v1/handoffs/{link['secret']}/redeem", json={})
        assert refusal(old) == (404, "not-found")
        query = await browser.post(WHERE, params={"secret": link["secret"]}, json={})
        assert refusal(query) == (422, "invalid-input")
        assert link["secret"] not in query.text


async def test_another_device_needs_a_new_link(world: ApiHarness) -> None:
    """The retailer's server makes one at any time, each opens one browser."""
    customer = await world.customer()
    async with world.server() as server:
        answer = await server.post(f"{customer.href}/handoffs")
    assert answer.status_code == 201
    async with world.client(**OURS) as browser:
        redeemed = await redeem(browser, answer.json()["handoff"]["secret"])
    assert redeemed.json()["checkout"] == customer.id


async def test_a_customer_goes_on_at_another_device(world: ApiHarness) -> None:
    """By a link of five minutes that opens once, and a picture of it; the first device goes on."""
    link = await made(world)
    async with world.client(**OURS) as phone, world.client(**OURS) as desk:
        href = (await redeem(phone, link["secret"])).json()["href"]
        answer = await phone.post(f"{href}/device-links", json={})
        assert answer.status_code == 201, answer.text
        more = answer.json()
        assert more["qr_svg"].startswith("<?xml")
        assert "<title>QR code to go on at another device</title>" in more["qr_svg"]
        page, _, secret = more["url"].partition("#")
        assert page == f"{PUBLIC_URL}/checkout"
        assert (await redeem(desk, secret)).json()["href"] == href
        assert [(await one.get(href)).status_code for one in (phone, desk)] == [200, 200]
        late = (await phone.post(f"{href}/device-links", json={})).json()
        await world.clock.advance(timedelta(minutes=5))
        refused = await redeem(desk, late["url"].partition("#")[2])
        assert refusal(refused) == (410, "handoff-expired")


async def test_a_device_link_is_the_customers_alone(world: ApiHarness) -> None:
    """Not a server's, not for another checkout, not from a strange page, not once canceled."""
    customer, other = await world.customer(), await world.customer(key="2")
    path = f"{customer.href}/device-links"
    async with world.server() as server:
        assert refusal(await server.post(path, json={})) == (403, "credentials-of-wrong-kind")
    assert (await other.client.post(path, json={})).status_code == 404
    async with world.client(customer.made["customer_token"], Origin="https://evil.example") as page:
        assert refusal(await page.post(path, json={})) == (403, "origin-not-allowed")
    await customer.cancel()
    assert refusal(await customer.client.post(path, json={})) == (409, "checkout-canceled")


async def test_a_strange_page_cannot_use_the_cookie(world: ApiHarness) -> None:
    """A change by cookie counts only from our own pages, as JSON; the answer says what is wrong."""
    link = await made(world)
    async with world.client() as browser:
        redeemed = await browser.post(WHERE, json={"secret": link["secret"]}, headers=OURS)
        href = redeemed.json()["href"]
        reasons: list[tuple[dict[str, str], str]] = [
            ({}, "origin_missing"),
            ({"Origin": "null"}, "origin_not_registered"),
            ({"Origin": "https://evil.example"}, "origin_not_registered"),
            ({"Origin": SHOP}, "cookie_from_another_page"),
            ({**OURS, "Sec-Fetch-Site": "cross-site"}, "cookie_from_another_page"),
        ]
        for headers, reason in reasons:
            for send, path in ((browser.post, f"{href}/cancel"), (browser.patch, href)):
                refused = await send(path, json={}, headers=headers)
                assert (refused.status_code, refused.json()["reason"]) == (403, reason)
                assert refused.json()["allowed"] == [PUBLIC_URL]
        for media in ({}, {"Content-Type": "text/plain"}):
            refused = await browser.post(f"{href}/cancel", headers={**OURS, **media})
            assert refusal(refused) == (415, "unsupported-media-type")
        assert (await browser.get(href, headers={"Origin": SHOP})).status_code == 200
        strange = await browser.get(href, headers={"Origin": "https://evil.example"})
        assert strange.json()["allowed"] == [SHOP, PUBLIC_URL]
        assert (await browser.post(f"{href}/cancel", json={}, headers=OURS)).status_code == 200


async def test_a_cookie_carries_a_customers_token_only(world: ApiHarness) -> None:
    """A key or an operator's in a cookie is refused: a browser would send it for anybody."""
    for text in (world.keys["northstar/secret"], "op_alice_wonder"):
        async with world.client() as browser:
            headers = {"Cookie": f"{COOKIE}={text}"}
            refused = await browser.get("/v1/checkouts", headers=headers)
        assert refused.status_code == 401
        assert "customer" in refused.json()["detail"]


async def test_cookies_are_for_the_address_that_browsers_see(world: ApiHarness) -> None:
    """Behind a path of a balancer it is in theirs; over http, on one machine, they are sent too."""
    world.rebuild(public_url="http://localhost:8080/api")
    link = await made(world)
    async with world.client(Origin="http://localhost:8080") as browser:
        cookies = SimpleCookie()
        for text in (await redeem(browser, link["secret"])).headers.get_list("Set-Cookie"):
            cookies.load(text)
    paths = sorted(cookie["path"] for cookie in cookies.values())
    assert [path.partition("chk_")[0] for path in paths] == [
        "/api/v1/checkouts/",
        "/api/v1/handoffs",
    ]
    assert not any(cookie["secure"] for cookie in cookies.values())
