"""Flows are edited and the service starts anew: nobody's checkout is lost, open or ended."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.test_app import FLOWS, begin, client, overrides, running, settings
from unshackled.app import Service, build
from unshackled.demo_mode import demo_key
from unshackled.domain.records import replace
from unshackled.http.auth.credentials import hashed
from unshackled.sdk.signature import HEADER, sign
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import StoredFlow
from unshackled.testing.customer import Customer

SIM = {"tariff": "sim-20gb"}
OPERATOR = {"Authorization": "Bearer op_alice_wonder"}
SECRET = {"Authorization": f"Bearer {demo_key('pocket')}"}
Edit = Callable[[str], str]


@dataclass
class Shop:
    """The demo's flows in a folder that can be edited, and a store that outlives its services."""

    flows: Path
    store: MemoryStore

    def build(self) -> Service:
        """A service that starts now."""
        given = settings(flows=self.flows, operators={"alice": hashed("wonder")})
        return build(given, overrides(self.store))

    def edit(self, change: Edit, name: str = "pocket.yaml") -> None:
        """Change a retailer's file."""
        path = self.flows / name
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before

    async def buy(self, *, whole: bool = True) -> Customer:
        """A customer of the SIM-only flow, done or just begun."""
        service = self.build()
        async with running(service), client(service) as api:
            customer = await begin(api, "pocket", "sim-only", SIM)
            if whole:
                await customer.buy()
                assert customer.checkout["status"] == "completed"
        return customer


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(Path(shutil.copytree(FLOWS, tmp_path / "flows")), MemoryStore())


def without_summary(text: str) -> str:
    """The flow without a step."""
    return "\n".join(line for line in text.splitlines() if "summary: " not in line)


async def read_everywhere(api: httpx.AsyncClient, customer: Customer) -> dict[str, Any]:
    """What the customer, the shop and operations read of it."""
    customer.api = api
    seen = await customer.read()
    href = f"/v1/checkouts/{customer.id}"
    for path, who in (
        (href, SECRET),
        (f"{href}/events", SECRET),
        ("/v1/checkouts", SECRET),
        (f"/ops/checkouts/{customer.id}", OPERATOR),
    ):
        answer = await api.get(path, headers=who)
        assert answer.status_code == 200, (path, answer.text)
    async with api.stream("GET", f"{href}/stream", headers=SECRET) as stream:
        assert stream.status_code == 200
        assert customer.id in "".join([text async for text in stream.aiter_text()])
    found: dict[str, Any] = seen
    return found


async def test_a_completed_checkout_is_read_after_its_flow_was_edited(shop: Shop) -> None:
    """By its customer, the shop's server, operations and a stream, after a restart."""
    customer = await shop.buy()
    before = customer.checkout
    shop.edit(without_summary)
    service = shop.build()
    async with running(service), client(service) as api:
        seen = await read_everywhere(api, customer)
    assert seen["status"] == "completed"
    assert [step["name"] for step in seen["steps"]] == [step["name"] for step in before["steps"]]
    assert seen["flow"] == before["flow"]


async def test_a_callback_about_a_completed_checkout_is_taken_after_an_edit(shop: Shop) -> None:
    """The provider's message finds the step of the flow that it was begun with."""
    customer = await shop.buy()
    shop.edit(without_summary)
    service = shop.build()
    async with running(service), client(service) as api:
        found = await shop.store.load(customer.id)
        assert found is not None
        reference = found.steps["identity"].reference
        assert reference is not None
        settings_: Any = service.components.providers.get("pocket", "kyc").settings
        body = json.dumps(
            {
                "external_reference": reference,
                "check": "CHK-000001",
                "level": "standard",
                "reason": None,
                "result": "clear",
            }
        ).encode()
        at = service.components.clock.now()
        told = await api.post(
            "/v1/callbacks/pocket/kyc",
            content=body,
            headers={HEADER: sign(settings_.callback_secret, body, at)},
        )
        assert told.status_code == 200, told.text
        assert told.json() == {"received": 1}


async def test_an_open_checkout_goes_on_after_an_edit(shop: Shop) -> None:
    """It is completed by the steps that it was begun with."""
    customer = await shop.buy(whole=False)
    shop.edit(without_summary)
    service = shop.build()
    async with running(service), client(service) as api:
        customer.api = api
        await customer.buy()
        assert customer.checkout["status"] == "completed"
        assert "summary" in {step["name"] for step in customer.checkout["steps"]}


def without_identity_service(text: str) -> str:
    """The file names another identity service; the one that open checkouts use is gone."""
    return text.replace("identity: kyc", "identity: who").replace("\n  kyc:\n", "\n  who:\n")


async def test_a_flow_whose_provider_is_gone_is_read(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its completed checkouts are read as ever, and operations are told who is missing."""
    customer = await shop.buy()
    shop.edit(without_identity_service)
    service = shop.build()
    async with running(service), client(service) as api:
        assert (await read_everywhere(api, customer))["status"] == "completed"
    told = capsys.readouterr()
    line = next(one for one in (told.out + told.err).splitlines() if "plan.provider_gone" in one)
    digest = customer.checkout["flow"]["digest"]
    for word in ("pocket", "sim-only", digest, "kyc", "identity"):
        assert word in line


async def test_only_what_calls_a_gone_provider_waits(shop: Shop) -> None:
    """The rest of the form is taken; the step itself stands ready for when the provider is back."""
    customer = await shop.buy(whole=False)
    kept = (shop.flows / "pocket.yaml").read_text()
    shop.edit(without_identity_service)
    service = shop.build()
    async with running(service), client(service) as api:
        customer.api = api
        for _ in range(9):
            action = customer.next_action()
            if action is None or action["type"] == "confirm":
                break
            answer = await customer.act(action)
            assert answer is not None
            assert answer.status_code == 200, answer.text
        steps = {step["name"]: step for step in customer.checkout["steps"]}
        assert steps["identity"]["state"] == "ready"
        assert steps["identity"]["code"] == "provider_unavailable"
        assert steps["number"]["state"] == "passed"
    (shop.flows / "pocket.yaml").write_text(kept)
    service = shop.build()
    async with running(service), client(service) as api:
        customer.api = api
        for _ in range(200):
            if all(one["state"] != "ready" for one in (await customer.read())["steps"]):
                break
            await asyncio.sleep(0.05)
        await customer.buy()
        assert customer.checkout["status"] == "completed"


async def test_a_retailer_without_a_file_is_still_read_by_operations(shop: Shop) -> None:
    """Their checkouts did not go away with the file."""
    customer = await shop.buy()
    (shop.flows / "pocket.yaml").unlink()
    service = shop.build()
    async with running(service), client(service) as api:
        answer = await api.get(f"/ops/checkouts/{customer.id}", headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "completed"


class Broken(MemoryStore):
    """A store whose flows of one retailer say what this version does not know."""

    async def flow(self, digest: str) -> StoredFlow | None:
        """The flow with a step of a kind that nobody knows."""
        found = await super().flow(digest)
        if found is None:
            return None
        steps = {**found.resolved["steps"], "summary": {"sing": "a song"}}
        return replace(found, resolved={**found.resolved, "steps": steps})


async def test_a_flow_that_cannot_be_compiled_stops_nobody_else(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """The start goes on with an error that names it; its checkouts answer 503 and are not lost."""
    shop.store = Broken()
    customer = await shop.buy(whole=False)
    shop.edit(without_summary)
    service = shop.build()
    async with running(service), client(service) as api:
        before = await shop.store.load(customer.id)
        customer.api = api
        for answer in (
            await customer.ask("GET"),
            await customer.ask("PUT", "/steps/number", {"keep": False}),
            await customer.cancel(),
            await api.get(f"/ops/checkouts/{customer.id}", headers=OPERATOR),
        ):
            assert answer.status_code == 503, answer.text
            assert answer.json()["type"].endswith("store-unavailable")
            assert answer.headers["Retry-After"]
        other = await api.post(
            "/v1/checkouts",
            json={"flow": "sim-only", "package": SIM},
            headers={**SECRET, "Idempotency-Key": "two"},
        )
        assert other.status_code == 201, other.text
        assert await shop.store.load(customer.id) == before
    told = capsys.readouterr()
    line = next(one for one in (told.out + told.err).splitlines() if "plan.unreadable" in one)
    for word in ("pocket", "sim-only", customer.checkout["flow"]["digest"], "sing"):
        assert word in line
