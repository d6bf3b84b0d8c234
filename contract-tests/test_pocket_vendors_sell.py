"""Onfido and GoCardless in a flow: a SIM is sold to who was verified, and debited by mandate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from selling import SIM, SellingHarness, selling, settled

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
VENDORS = {"onfido": "people", "gocardless": "debits"}


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[SellingHarness]:
    """Pocket, whose mandates are GoCardless's and whose identity checks are Onfido's."""
    async with selling(
        SellingHarness,
        folder,
        retailer="pocket",
        providers=PROVIDERS,
        changes={"defaults": {"mandate": "debits", "identity": "people"}},
        flow="sim-only",
        environ=ENVIRON,
        listens=VENDORS,
        choices={"/billing/": "confirm", "": "finish"},
    ) as sells:
        yield sells


async def test_a_verified_customer_sets_a_mandate_up_and_buys(tmp_path: Path) -> None:
    """Both pages are visited, and each vendor did its work once."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert sells.effects() == ["identity.verify", "mandate.set_up"]
        assert await sells.broken(customer) == []


async def test_lost_answers_are_resolved_without_a_second_effect(tmp_path: Path) -> None:
    """A lost run is found by its tag, a lost billing request by its key."""
    async with shop(tmp_path) as sells:
        sells.stand_ins["onfido"].play("lost_answer", "identity.verify", times=1)
        sells.stand_ins["gocardless"].play("lost_answer", "mandate.set_up", times=1)
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert sells.effects() == ["identity.verify", "mandate.set_up"]
        assert len(sells.stand_ins["gocardless"].state["books"].requests) == 1
        assert await sells.broken(customer) == []


async def test_a_cancel_on_the_page_leaves_no_mandate(tmp_path: Path) -> None:
    """Who cancels while GoCardless's page is open cannot set the mandate up any more."""
    async with shop(tmp_path) as sells:
        customer = await sells.begin(SIM)
        pages: list[str] = []

        async def leave(page: str) -> None:
            if "/billing/" not in page:
                await sells.visit(page)
                return
            pages.append(page)
            await customer.cancel()

        customer.pages = leave
        assert (await sells.until(customer, settled()))["status"] == "canceled"
        late = await sells.backends.post(pages[0], data={"choice": "confirm"})
        assert late.status_code == 410
        assert sells.effects() == [
            "identity.verify",
            "billing_request.cancel",
        ]
        assert await sells.broken(customer) == []
