"""Credit of real vendors in a flow: applied for and signed on their pages, live after the order."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from unshackled.app import Overrides, build
from unshackled.demo import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.shelf import find
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.invariants import Observed, violations
from unshackled.testing.sandbox import Sandbox

FLOWS: Final = Path(__file__).parents[1] / "flows"
PACKAGE: Final = {"handset": "handset-mid", "credit": {"plan": "credit-24-0", "deposit": 4_900}}
ENVIRON: Final = {"FINANCE_SECRET": "demo-only-divido-shared-secret"}
PROVIDERS: Final = {
    "divido": """
  finance:
    adapter: divido
    settings:
      base_url: env:FINANCE_URL
      api_key: env:FINANCE_KEY
      shared_secret: env:FINANCE_SECRET
      plans: {credit-24-0: F00000000-24}
""",
    "klarna_payments": """
  finance:
    adapter: klarna_payments
    settings:
      base_url: env:FINANCE_URL
      username: K0000_made_up
      password: env:FINANCE_KEY
      callback_secret: env:FINANCE_SECRET
""",
}
# The customer signs at the vendor's: no step of ours, and no evidence of ours in the activation.
STEPS: Final = """
      prequalify: {provider: finance}
      credit:     {timeout: 2s}
      amendment:  null
      agreement:  null
"""
AGREES: Final = {"divido": "complete", "klarna_payments": "approve"}
VENDORS = pytest.mark.parametrize("vendor", sorted(PROVIDERS))
LENT: Final = ["credit.apply", "credit.activate"]


@dataclass(kw_only=True)
class Shop:
    """A service whose credit is one vendor's, in this process."""

    vendor: str
    api: httpx.AsyncClient
    backends: httpx.AsyncClient
    finance: StandIn
    stand_ins: Mapping[str, StandIn]

    async def begin(self, family_name: str = "Featherstone") -> Customer:
        """A customer of that name who wants a handset on credit."""
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": "handset-on-credit", "package": PACKAGE},
            headers={
                "Authorization": f"Bearer {demo_key('northstar')}",
                "Idempotency-Key": family_name,
            },
        )
        assert made.status_code == 201, made.text
        return Customer(
            api=self.api,
            seen=made.json(),
            token=made.json()["customer_token"],
            forms={**FORMS, "contact": FORMS["contact"] | {"family_name": family_name}},
            pages=self.visit,
        )

    async def visit(self, page: str) -> None:
        """Agree to everything on the vendor's page, and come back."""
        gone = await self.backends.post(page, data={"choice": AGREES[self.vendor]})
        await self.finance.settle()
        await self.api.get(urlsplit(gone.headers["location"]).path)

    async def until(self, customer: Customer, *statuses: str) -> Any:
        """The checkout when it is at rest in one of these statuses."""
        seen: Any = {}
        for _ in range(200):
            await self.finance.settle()
            seen = await customer.read()
            if seen["settled"] and seen["status"] in statuses:
                return seen
            await asyncio.sleep(0.05)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        headers = {"Authorization": f"Bearer {demo_key('northstar')}"}
        path = f"{customer.href}/events?limit=200"
        events = (await self.api.request("GET", path, headers=headers)).json()["items"]
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([Observed(checkout=customer.seen, events=events)], ledger)

    def effects(self) -> list[str]:
        """What the vendor really did, in order."""
        return [entry["effect"] for entry in self.finance.ledger]


@asynccontextmanager
async def shop(vendor: str, folder: Path) -> AsyncIterator[Shop]:
    """The northstar flow, its credit this vendor's."""
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    text = (flows / "northstar.yaml").read_text()
    text = text.replace("providers:\n", f"providers:{PROVIDERS[vendor]}", 1)
    before, _, _ = text.rpartition("      prequalify:")
    (flows / "northstar.yaml").write_text(before.rstrip() + STEPS)
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
            parts = urlsplit(url)
            for _ in range(50):
                path = f"/v1/callbacks/northstar/finance?{parts.query}"
                taken = await api.post(path, content=body, headers=dict(headers))
                if taken.status_code != 503:
                    assert taken.status_code == 200, taken.text
                    return
                await asyncio.sleep(0.05)

        stand_ins[vendor].deliver = deliver
        yield Shop(
            vendor=vendor,
            api=api,
            backends=browser,
            finance=stand_ins[vendor],
            stand_ins=stand_ins,
        )


def credit(customer: Customer) -> Any:
    """The step that applies for credit."""
    return next(one for one in customer.seen["steps"] if one["name"] == "credit")


@VENDORS
async def test_who_signs_at_the_vendors_buys_without_signing_again(
    vendor: str, tmp_path: Path
) -> None:
    """The credit is live once, after the order, and the checkout is at rest."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin()
        await customer.buy()
        await sells.until(customer, "completed")
        assert sells.effects() == LENT
        assert await sells.broken(customer) == []


@VENDORS
async def test_credit_is_given_back_where_the_checkout_is_canceled(
    vendor: str, tmp_path: Path
) -> None:
    """Who has the credit and changes their mind before the order has it no more."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin()
        while credit(customer)["state"] != "passed":
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
        await customer.cancel()
        await sells.until(customer, "canceled")
        assert sells.effects() == ["credit.apply", "credit.withdraw"]
        assert await sells.broken(customer) == []


@VENDORS
async def test_nobody_agrees_on_a_page_that_was_taken_back(vendor: str, tmp_path: Path) -> None:
    """Who cancels while at the vendor's page, and then still agrees there, owes nothing."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin()
        pages: list[str] = []

        async def leave(page: str) -> None:
            pages.append(page)
            await customer.cancel()

        customer.pages = leave
        await customer.buy()
        await sells.until(customer, "canceled")
        await sells.backends.post(pages[0], data={"choice": AGREES[vendor]})
        await sells.until(customer, "canceled")
        assert sells.effects() == []
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_refusal_is_a_decline_of_credit(vendor: str, tmp_path: Path) -> None:
    """The customer is told, and nothing was lent."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin("Decline")
        while (code := credit(customer)["code"]) is None:
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
        assert code == "credit_declined"
        await customer.cancel()
        await sells.until(customer, "canceled")
        assert sells.effects() == []
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_lost_application_is_made_up_for_without_a_second_one(
    vendor: str, tmp_path: Path
) -> None:
    """The answer with the page's address is lost; in the end there is one credit."""
    async with shop(vendor, tmp_path) as sells:
        sells.finance.play("lost_answer", "credit.apply", times=1)
        customer = await sells.begin()
        for _ in range(400):
            if customer.seen["status"] in ("completed", "complete_in_progress"):
                break
            action = customer.next_action()
            if action is None:
                await asyncio.sleep(0.1)
                await customer.read()
            else:
                await customer.act(action)
        await sells.until(customer, "completed")
        assert sells.effects() == LENT
        assert await sells.broken(customer) == []
