"""Credit of real vendors in a flow: applied for and signed on their pages, live after the order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from selling import CREDIT, SellingHarness, selling, settled, step

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
# Neither says when a customer who withdrew has repaid: that is between the two of them.
CASES: Final = {"withdrawal": {"steps": {"repaid": None}}}
AGREES: Final = {"divido": "complete", "klarna_payments": "approve"}
VENDORS = pytest.mark.parametrize("vendor", sorted(PROVIDERS))
LENT: Final = ["credit.apply", "credit.activate"]


@asynccontextmanager
async def shop(vendor: str, folder: Path) -> AsyncIterator[SellingHarness]:
    """The northstar flow, its credit this vendor's."""
    async with selling(
        SellingHarness,
        folder,
        providers=PROVIDERS[vendor],
        changes={"flows": CASES},
        steps=STEPS,
        environ=ENVIRON,
        listens={vendor: "finance"},
        choices={"": AGREES[vendor]},
    ) as sells:
        yield sells


@VENDORS
async def test_who_signs_at_the_vendors_buys_without_signing_again(
    vendor: str, tmp_path: Path
) -> None:
    """The credit is live once, after the order, and the checkout is at rest."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(CREDIT)
        await customer.buy()
        await sells.until(customer, settled("completed"), acts=False)
        assert sells.effects() == LENT
        assert await sells.broken(customer) == []


@VENDORS
async def test_credit_is_given_back_where_the_checkout_is_canceled(
    vendor: str, tmp_path: Path
) -> None:
    """Who has the credit and changes their mind before the order has it no more."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(CREDIT)
        while step(customer.checkout, "credit")["state"] != "passed":
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
        await customer.cancel()
        await sells.until(customer, settled("canceled"), acts=False)
        assert sells.effects() == ["credit.apply", "credit.withdraw"]
        assert await sells.broken(customer) == []


@VENDORS
async def test_nobody_agrees_on_a_page_that_was_taken_back(vendor: str, tmp_path: Path) -> None:
    """Who cancels while at the vendor's page, and then still agrees there, owes nothing."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(CREDIT)
        pages: list[str] = []

        async def leave(page: str) -> None:
            pages.append(page)
            await customer.cancel()

        customer.pages = leave
        await customer.buy()
        await sells.until(customer, settled("canceled"), acts=False)
        await sells.backends.post(pages[0], data={"choice": AGREES[vendor]})
        await sells.until(customer, settled("canceled"), acts=False)
        assert sells.effects() == []
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_refusal_is_a_decline_of_credit(vendor: str, tmp_path: Path) -> None:
    """The customer is told, and nothing was lent."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(CREDIT, contact={"family_name": "Decline"})
        while (code := step(customer.checkout, "credit")["code"]) is None:
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
        assert code == "credit_declined"
        await customer.cancel()
        await sells.until(customer, settled("canceled"), acts=False)
        assert sells.effects() == []
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_lost_application_is_made_up_for_without_a_second_one(
    vendor: str, tmp_path: Path
) -> None:
    """The answer with the page's address is lost; in the end there is one credit."""
    async with shop(vendor, tmp_path) as sells:
        sells.stand_ins[vendor].play("lost_answer", "credit.apply", times=1)
        customer = await sells.begin(CREDIT)
        await sells.until(customer, settled("completed"))
        assert sells.effects() == LENT
        assert await sells.broken(customer) == []
