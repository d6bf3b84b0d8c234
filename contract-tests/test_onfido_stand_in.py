"""The stand-in of Onfido refuses what the vendor refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.sdk import SecretStr
from unshackled.testing.bench import BASE_URL, CALLBACK_URL
from unshackled_adapters.onfido.callback import HEADER, signature

WORKFLOW = "00000000-0000-4000-8000-00000000abcd"
AUTH = {"Authorization": "Token token=made_up"}
PERSON = {"first_name": "Ada", "last_name": "Lovelace"}


@pytest.fixture
async def vendor() -> AsyncIterator[httpx.AsyncClient]:
    """The vendor's API, with a token."""
    wire = httpx.ASGITransport(app=find().stand_in("onfido").app())
    url = f"{BASE_URL}/v3.6"
    async with httpx.AsyncClient(transport=wire, base_url=url, headers=AUTH) as client:
        yield client


def kind(answer: httpx.Response) -> tuple[int, str]:
    """The status and the type of an error."""
    return answer.status_code, str(answer.json()["error"]["type"])


async def test_every_call_needs_a_token(vendor: httpx.AsyncClient) -> None:
    """Bearer is not their scheme."""
    answer = await vendor.get("/workflow_runs", headers={"Authorization": "Bearer made_up"})
    assert kind(answer) == (401, "authorization_error")


async def test_nonsense_is_a_validation_error(vendor: httpx.AsyncClient) -> None:
    """No name, an address without a country, too many tags, a workflow that is no UUID."""
    assert kind(await vendor.post("/applicants", json={})) == (422, "validation_error")
    homeless = PERSON | {"address": {"line1": "1 Longacre Mews"}}
    assert kind(await vendor.post("/applicants", json=homeless)) == (422, "validation_error")
    person = (await vendor.post("/applicants", json=PERSON)).json()["id"]
    run = {"applicant_id": person, "workflow_id": WORKFLOW}
    for wrong in ({"tags": ["x"] * 31}, {"tags": [""]}, {"workflow_id": "mine"}):
        answer = await vendor.post("/workflow_runs", json=run | wrong)
        assert kind(answer) == (422, "validation_error")


async def test_what_is_not_there_is_not_found(vendor: httpx.AsyncClient) -> None:
    """A person who is gone has no run, and no page."""
    person = (await vendor.post("/applicants", json=PERSON)).json()["id"]
    assert (await vendor.delete(f"/applicants/{person}")).status_code == 204
    missing = await vendor.delete(f"/applicants/{person}")
    run = {"applicant_id": person, "workflow_id": WORKFLOW}
    unstarted = await vendor.post("/workflow_runs", json=run)
    for answer in (missing, unstarted, await vendor.get(f"/workflow_runs/{person}")):
        assert kind(answer) == (404, "resource_not_found")
    assert (await vendor.get(f"{BASE_URL}/l/{person}")).status_code == 404


async def test_a_page_ends(vendor: httpx.AsyncClient) -> None:
    """After its end a link opens nothing; before it takes two choices only."""
    person = (await vendor.post("/applicants", json=PERSON)).json()["id"]
    run = {"applicant_id": person, "workflow_id": WORKFLOW}
    url = (await vendor.post("/workflow_runs", json=run)).json()["link"]["url"]
    assert (await vendor.post(url, json={"choice": "burn"})).status_code == 422
    assert (await vendor.post(url, json={"choice": "leave"})).status_code == 303
    late = run | {"link": {"expires_at": "2026-01-01T00:00:00Z"}}
    url = (await vendor.post("/workflow_runs", json=late)).json()["link"]["url"]
    assert (await vendor.get(url)).status_code == 410
    assert len((await vendor.get("/workflow_runs")).json()) == 2


async def test_the_account_has_an_address_for_events() -> None:
    """Whoever registers one is told the token that signs, and events go there from then on."""
    stand_in, sent = find().stand_in("onfido"), []

    async def keep(url: str, body: bytes, headers: Mapping[str, str]) -> None:
        sent.append((url, headers[HEADER] == signature(SecretStr(token), body).decode()))

    stand_in.deliver = keep
    wire = httpx.ASGITransport(app=stand_in.app())
    url = f"{BASE_URL}/v3.6"
    async with httpx.AsyncClient(transport=wire, base_url=url, headers=AUTH) as vendor:
        made = await vendor.post("/webhooks", json={"url": CALLBACK_URL})
        token = made.json()["token"]
        person = (await vendor.post("/applicants", json=PERSON)).json()["id"]
        run = {"applicant_id": person, "workflow_id": WORKFLOW}
        page = (await vendor.post("/workflow_runs", json=run)).json()["link"]["url"]
        await vendor.post(page, json={"choice": "finish"})
    await stand_in.settle()
    assert made.status_code == 201
    assert sent == [(CALLBACK_URL, True)]
