"""The stand-in of Dropbox Sign refuses what the vendor refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.testing.bench import BASE_URL, RETURN_URL

ROOT = "/v3/signature_request"
REQUEST: dict[str, Any] = {
    "template_ids": ["agreement"],
    "signers": [{"role": "Customer", "name": "Ada", "email_address": "ada@mail.example"}],
    "signing_redirect_url": RETURN_URL,
}


@pytest.fixture
async def vendor() -> AsyncIterator[httpx.AsyncClient]:
    """The vendor's API, with a key."""
    app = find().stand_in("dropbox_sign").app()
    wire = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=wire, base_url=BASE_URL, auth=("key", "")) as client:
        yield client


async def made(vendor: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A new request."""
    answer = await vendor.post(f"{ROOT}/send_with_template", json=REQUEST | changes)
    found: dict[str, Any] = answer.json()["signature_request"]
    return found


def name_of(answer: httpx.Response) -> str:
    """The vendor's name of an error."""
    return str(answer.json()["error"]["error_name"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("send_with_template", REQUEST | {"template_ids": []}),
        ("send_with_template", REQUEST | {"signers": []}),
        ("send_with_template", {}),
        ("create_embedded_with_template", REQUEST),
    ],
)
async def test_nonsense_is_a_bad_request(
    vendor: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    """A request needs a template, a signer and, to be embedded, an app."""
    answer = await vendor.post(f"{ROOT}/{path}", json=body)
    assert (answer.status_code, name_of(answer)) == (400, "bad_request")


@pytest.mark.parametrize("header", ["", "Basic ***", "Bearer key", "Basic Og=="])
async def test_every_call_needs_a_key(vendor: httpx.AsyncClient, header: str) -> None:
    """The key is the user's name of HTTP Basic."""
    answer = await vendor.get(f"{ROOT}/list", headers={"Authorization": header}, auth=_Bare())
    assert (answer.status_code, name_of(answer)) == (401, "unauthorized")


class _Bare(httpx.Auth):
    """Leaves the header as the test wrote it."""


async def test_only_an_ended_request_is_removed(vendor: httpx.AsyncClient) -> None:
    """A request that waits is cancelled instead; then it is deleted for everybody."""
    found = (await made(vendor))["signature_request_id"]
    refused = await vendor.post(f"{ROOT}/remove/{found}")
    assert (refused.status_code, name_of(refused)) == (400, "signature_request_remove_failed")
    cancelled = await vendor.post(f"{ROOT}/cancel/{found}")
    assert (cancelled.status_code, cancelled.content) == (200, b"")
    gone = await vendor.get(f"{ROOT}/{found}")
    assert (gone.status_code, name_of(gone)) == (410, "deleted")
    page = await vendor.get(f"/sign/{found}")
    assert page.status_code == 410


async def test_a_signed_request_is_not_cancelled(vendor: httpx.AsyncClient) -> None:
    """What all have signed can be removed only; a second choice changes nothing."""
    found = (await made(vendor))["signature_request_id"]
    for choice in ("sign", "decline"):
        back = await vendor.post(f"/sign/{found}", json={"choice": choice})
        assert back.headers["location"] == RETURN_URL
    answer = await vendor.post(f"{ROOT}/cancel/{found}")
    assert (answer.status_code, name_of(answer)) == (400, "signature_request_cancel_failed")
    assert (await vendor.post(f"{ROOT}/remove/{found}")).status_code == 200


async def test_only_an_embedded_request_has_an_address(vendor: httpx.AsyncClient) -> None:
    """An e-mailed request has no `sign_url`, an unknown one neither."""
    (signature,) = (await made(vendor))["signatures"]
    mailed = await vendor.get(f"/v3/embedded/sign_url/{signature['signature_id']}")
    assert (mailed.status_code, name_of(mailed)) == (400, "bad_request")
    unknown = await vendor.get("/v3/embedded/sign_url/nobody")
    assert (unknown.status_code, name_of(unknown)) == (404, "not_found")


async def test_the_page_takes_two_choices(vendor: httpx.AsyncClient) -> None:
    """Nothing but `sign` and `decline` is a choice, and no page is behind a made-up link."""
    found = (await made(vendor))["signature_request_id"]
    assert (await vendor.post(f"/sign/{found}", json={"choice": "burn"})).status_code == 400
    assert (await vendor.get("/sign/nobody")).status_code == 404
    assert (await vendor.get(f"{ROOT}/nobody")).status_code == 404


async def test_the_list_has_pages(vendor: httpx.AsyncClient) -> None:
    """The newest come first, so many a page; a search goes by the words of the metadata."""
    names = [(await made(vendor, metadata={"n": f"N{n}"}))["signature_request_id"] for n in "123"]
    page = (await vendor.get(f"{ROOT}/list", params={"page_size": 2, "page": 2})).json()
    assert [one["signature_request_id"] for one in page["signature_requests"]] == names[:1]
    assert page["list_info"] == {"page": 2, "num_pages": 2, "num_results": 3, "page_size": 2}
    found = (await vendor.get(f"{ROOT}/list", params={"query": "metadata:N2"})).json()
    assert [one["signature_request_id"] for one in found["signature_requests"]] == names[1:2]


async def test_the_account_has_an_address_for_events(vendor: httpx.AsyncClient) -> None:
    """`PUT /v3/account` says where events go."""
    url = "https://checkout.example/events"
    answer = await vendor.put("/v3/account", json={"callback_url": url})
    assert answer.json()["account"]["callback_url"] == url
