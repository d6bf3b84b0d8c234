"""A link's secret, the customer's token and the signed result are nowhere but where they belong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.http.world import PUBLIC_URL, ApiHarness
from tests.telemetry.conftest import Seen

WHERE = "/v1/handoffs/redeem"


@pytest.fixture
async def world(seen: Seen) -> AsyncIterator[ApiHarness]:
    """The application, and every line and span of it."""
    found = ApiHarness(layers=[lambda app: seen.telemetry.middleware(app, seen.logger)])
    await found.open()
    yield found
    await found.engine.close()


async def careless(page: httpx.AsyncClient, secret: str) -> list[httpx.Response]:
    """What a page does that is written badly: the secret goes wherever it should not."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return [
        await page.post(f"/v1/handoffs/{secret}/redeem", json={}),
        await page.get(f"/v1/handoffs/{secret}"),
        await page.post(WHERE, params={"secret": secret}, json={}),
        await page.post(WHERE, json={"handoff": secret}),
        await page.post(WHERE, json={"secret": [secret]}),
        await page.post(WHERE, json={"secret": secret * 9}),
        await page.post(WHERE, content=f"secret={secret}", headers=form),
        await page.post(WHERE, content=f'{{"secret": "{secret}', headers={"Content-Type": JSON}),
        await page.post(WHERE, json={"secret": f"{secret}0"}, headers={"Referer": f"x#{secret}"}),
        await page.get(f"/v1/checkouts/{secret}"),
        await page.get("/v1/checkouts/x", headers={"Authorization": f"Bearer {secret}"}),
    ]


JSON = "application/json"


async def test_secrets_are_in_no_line_span_event_or_error(world: ApiHarness, seen: Seen) -> None:
    """Whatever a page does with them; each answer tells browsers to send no referrer."""
    customer = await world.customer()
    secret = customer.made["handoff"]["secret"]
    async with world.client(Origin=PUBLIC_URL) as browser, world.client() as thief:
        answers = await careless(browser, secret)
        opened = await browser.post(WHERE, json={"secret": secret})
        stolen = await thief.post(WHERE, json={"secret": secret}, headers={"Origin": PUBLIC_URL})
        more: dict[str, Any] = (await browser.post(f"{customer.href}/device-links", json={})).json()
        ended = await browser.post(f"{customer.href}/cancel", json={})
    other = more["url"].partition("#")[2]
    result = ended.json()["result"]["url"].partition("result=")[2]
    mark = opened.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    token = opened.headers.get_list("Set-Cookie")[1].partition("=")[2].partition(";")[0]
    answers += [opened, stolen]
    assert [answer.status_code for answer in answers[-2:]] == [200, 410]
    told = [answer.text for answer in answers]
    told += [str(row) for row in (await world.store.feed(after=None, limit=1_000)).rows]
    told.append(seen.everything())
    secrets = [secret, other, result, mark, token, customer.made["customer_token"]]
    assert all(len(one) > 32 for one in secrets)
    assert [text for text in told if any(one[:40] in text for one in secrets)] == []
    assert {answer.headers["Referrer-Policy"] for answer in answers} == {"no-referrer"}
