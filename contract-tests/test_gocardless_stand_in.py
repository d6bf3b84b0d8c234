"""The stand-in of GoCardless refuses what the vendor refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.testing.bench import BASE_URL, CALLBACK_URL

HEADERS = {"Authorization": "Bearer token", "GoCardless-Version": "2015-07-06"}
WANTED: dict[str, Any] = {"mandate_request": {"scheme": "bacs", "currency": "GBP"}}


@pytest.fixture
async def vendor() -> AsyncIterator[httpx.AsyncClient]:
    """The vendor's API, with a token."""
    wire = httpx.ASGITransport(app=find().stand_in("gocardless").app())
    async with httpx.AsyncClient(
        transport=wire, base_url=BASE_URL, headers=HEADERS, follow_redirects=False
    ) as client:
        yield client


async def made(vendor: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    """A new billing request."""
    return await vendor.post("/billing_requests", json={"billing_requests": WANTED | changes})


def reason(answer: httpx.Response) -> tuple[int, str, str]:
    """The status, the type and the reason of an error."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error["code"], error["type"], error["errors"][0].get("reason", "")


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"Authorization": ""}, (401, "invalid_api_usage", "unauthorized")),
        ({"GoCardless-Version": ""}, (400, "invalid_api_usage", "missing_version_header")),
        ({"GoCardless-Version": "2014-01-01"}, (400, "invalid_api_usage", "version_not_found")),
    ],
)
async def test_every_call_needs_a_token_and_a_version(
    vendor: httpx.AsyncClient, changed: dict[str, str], wanted: tuple[int, str, str]
) -> None:
    """Without them nothing is answered."""
    answer = await vendor.get("/billing_requests", headers=changed)
    assert reason(answer) == wanted


async def test_nonsense_is_refused(vendor: httpx.AsyncClient) -> None:
    """A body without its envelope, too much metadata, too large a page, an unknown number."""
    assert (await vendor.post("/billing_requests", json=WANTED)).status_code == 400
    many = await made(vendor, metadata={str(n): "x" for n in range(4)})
    assert reason(many) == (422, "validation_failed", "")
    assert reason(await made(vendor, metadata={"n": "x" * 501}))[0] == 422
    assert (await vendor.get("/billing_requests", params={"limit": 501})).status_code == 422
    for path in ("/billing_requests/BRQ0", "/mandates/MD0"):
        assert reason(await vendor.get(path))[2] == "resource_not_found"


async def test_a_limit_is_told_with_every_answer(vendor: httpx.AsyncClient) -> None:
    """The reset is an HTTP date."""
    headers = (await made(vendor)).headers
    assert headers["RateLimit-Remaining"] == "999"
    assert headers["RateLimit-Reset"].endswith("GMT")


async def test_a_page_is_for_an_open_request(vendor: httpx.AsyncClient) -> None:
    """A cancelled request gets no page, is not cancelled twice, and its page has expired."""
    number = (await made(vendor)).json()["billing_requests"]["id"]
    links = {"links": {"billing_request": number}, "exit_uri": BASE_URL}
    opened = await vendor.post("/billing_request_flows", json={"billing_request_flows": links})
    url = opened.json()["billing_request_flows"]["authorisation_url"]
    assert (await vendor.post(url, json={"choice": "burn"})).status_code == 422
    assert (await vendor.post(url, json={"choice": "exit"})).headers["location"] == BASE_URL
    cancel = f"/billing_requests/{number}/actions/cancel"
    assert (await vendor.post(cancel)).json()["billing_requests"]["status"] == "cancelled"
    assert reason(await vendor.post(cancel)) == (422, "invalid_state", "cancellation_failed")
    again = await vendor.post("/billing_request_flows", json={"billing_request_flows": links})
    assert again.status_code == 422
    assert (await vendor.get(url)).status_code == 410
    assert (await vendor.get("/billing/static/flow", params={"id": "BRF0"})).status_code == 404


async def test_the_dashboard_has_an_address_for_webhooks() -> None:
    """The vendor has no call for it; the stand-in has one for trying by hand."""
    stand_in, sent = find().stand_in("gocardless"), []

    async def keep(url: str, body: bytes, headers: Mapping[str, str]) -> None:
        sent.append(url)

    stand_in.deliver = keep
    wire = httpx.ASGITransport(app=stand_in.app())
    async with httpx.AsyncClient(transport=wire, base_url=BASE_URL, headers=HEADERS) as vendor:
        await vendor.put("/_webhook_endpoint", json={"url": CALLBACK_URL})
        number = (await made(vendor)).json()["billing_requests"]["id"]
        await vendor.post(f"/billing_requests/{number}/actions/cancel")
    await stand_in.settle()
    assert sent == [CALLBACK_URL]
