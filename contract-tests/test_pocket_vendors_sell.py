"""Onfido and GoCardless in a flow: a SIM is sold to who was verified, and debited by mandate."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from unshackled.app import Overrides, build
from unshackled.demo import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.shelf import find
from unshackled.testing.customer import Customer
from unshackled.testing.invariants import Observed, violations
from unshackled.testing.sandbox import Sandbox

FLOWS = Path(__file__).parents[1] / "flows"
ENVIRON = {
    "DEBITS_SECRET": "demo-only-gocardless-webhook-secret",
    "PEOPLE_TOKEN": "demo-only-onfido-webhook-token",
}
PROVIDERS = """
  debits:
    adapter: gocardless
    settings:
      base_url: env:DEBITS_URL
      access_token: env:DEBITS_KEY
      webhook_secret: env:DEBITS_SECRET
  people:
    adapter: onfido
    settings:
      base_url: env:PEOPLE_URL
      api_token: env:PEOPLE_KEY
      webhook_token: env:PEOPLE_TOKEN
      workflow_id: 00000000-0000-4000-8000-00000000abcd
"""
VENDORS = {"gocardless": "debits", "onfido": "people"}


@dataclass(kw_only=True)
class Shop:
    """Pocket, whose mandates are GoCardless's and whose identity checks are Onfido's."""

    api: httpx.AsyncClient
    backends: httpx.AsyncClient
    stand_ins: Mapping[str, StandIn]

    async def begin(self) -> Customer:
        """A customer who wants a SIM."""
        key = f"Bearer {demo_key('pocket')}"
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": "sim-only", "package": {"tariff": "sim-50gb"}},
            headers={"Authorization": key, "Idempotency-Key": "pocket-vendors"},
        )
        assert made.status_code == 201, made.text
        seen = made.json()
        return Customer(api=self.api, seen=seen, token=seen["customer_token"], pages=self.visit)

    async def visit(self, page: str) -> None:
        """Do what a provider's page asks, and come back."""
        choice = "confirm" if "/billing/" in page else "finish"
        gone = await self.backends.post(page, data={"choice": choice})
        await self.at_rest()
        await self.api.get(urlsplit(gone.headers["location"]).path)

    async def at_rest(self) -> None:
        """Every webhook has been delivered."""
        for name in VENDORS:
            await self.stand_ins[name].settle()

    async def buy(self, customer: Customer) -> Any:
        """Do what there is to do until the checkout is settled."""
        seen: Any = {}
        for _ in range(200):
            await self.at_rest()
            seen = await customer.read()
            if seen["settled"] and seen["status"] in ("completed", "canceled"):
                return seen
            action = customer.next_action()
            if action is None:
                await asyncio.sleep(0.05)
            else:
                await customer.act(action)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        headers = {"Authorization": f"Bearer {demo_key('pocket')}"}
        path = f"{customer.href}/events?limit=200"
        events = (await self.api.request("GET", path, headers=headers)).json()["items"]
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([Observed(checkout=customer.seen, events=events)], ledger)

    def effects(self) -> list[str]:
        """What the two vendors really did, in order."""
        ledgers = [self.stand_ins[name].ledger for name in ("onfido", "gocardless")]
        return [entry["effect"] for ledger in ledgers for entry in ledger]


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[Shop]:
    """The pocket flow with its two vendors, in this process."""
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    text = (flows / "pocket.yaml").read_text()
    text = text.replace("providers:\n", f"providers:{PROVIDERS}", 1)
    text = text.replace("mandate: direct-debit", "mandate: debits")
    (flows / "pocket.yaml").write_text(text.replace("identity: kyc", "identity: people"))
    shelf = find()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends = Sandbox(stand_ins=stand_ins).app()
    service = build(
        load_settings(demo=True, store="memory:", flows=flows),
        Overrides(adapters=shelf, transport=in_process(backends), environ=ENVIRON),
    )
    async with (
        service.life.span(service.api),
        httpx.AsyncClient(transport=in_process(service.api), base_url="http://shop.example") as api,
        httpx.AsyncClient(transport=in_process(backends)) as browser,
    ):

        async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            for _ in range(50):
                taken = await api.post(urlsplit(url).path, content=body, headers=dict(headers))
                if taken.status_code != 503:
                    assert taken.status_code == 200, taken.text
                    return
                await asyncio.sleep(0.05)

        for name, provider in VENDORS.items():
            stand_ins[name].deliver = deliver
            url = f"http://shop.example/v1/callbacks/pocket/{provider}"
            stand_ins[name].state["webhook_url"] = url
        yield Shop(api=api, backends=browser, stand_ins=stand_ins)


async def test_a_verified_customer_sets_a_mandate_up_and_buys(tmp_path: Path) -> None:
    """Both pages are visited, and each vendor did its work once."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.effects() == ["identity.verify", "mandate.set_up"]
        assert await sells.broken(customer) == []


async def test_lost_answers_are_resolved_without_a_second_effect(tmp_path: Path) -> None:
    """A lost run is found by its tag, a lost billing request by its key."""
    async with shop(tmp_path) as sells:
        sells.stand_ins["onfido"].play("lost_answer", "identity.verify", times=1)
        sells.stand_ins["gocardless"].play("lost_answer", "mandate.set_up", times=1)
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.effects() == ["identity.verify", "mandate.set_up"]
        assert len(sells.stand_ins["gocardless"].state["books"].requests) == 1
        assert await sells.broken(customer) == []


async def test_a_cancel_on_the_page_leaves_no_mandate(tmp_path: Path) -> None:
    """Who cancels while GoCardless's page is open cannot set the mandate up any more."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin()
        pages: list[str] = []

        async def leave(page: str) -> None:
            if "/billing/" not in page:
                await sells.visit(page)
                return
            pages.append(page)
            await customer.cancel()

        customer.pages = leave
        assert (await sells.buy(customer))["status"] == "canceled"
        late = await sells.backends.post(pages[0], data={"choice": "confirm"})
        assert late.status_code == 410
        assert sells.effects() == ["identity.verify", "billing_request.cancel"]
        assert await sells.broken(customer) == []
