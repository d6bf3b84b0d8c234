"""Cases at real lenders: what a sale financed goes back to who lent it, as the engine runs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from selling import CREDIT, PAUSE_SECONDS, WITHIN_SECONDS, SellingHarness, selling, settled
from test_credit_vendors_sell import AGREES, CASES, ENVIRON, PROVIDERS, STEPS
from unshackled.demo_mode import demo_key

END: Final = "credit.end"
# The phone is back already: what was lent for it goes back to the lender, the deposit to the card.
RETURNED: Final = {
    "title": "Returned",
    "case": "return",
    "opens": {"by": ["retailer"], "when": "has(sale.credit) && has(sale.credit.agreement)"},
    "steps": {
        "money": {"rule": "case_money", "with": {"first": "lines"}, "on_decline": "end"},
        "credit": {"call": END, "needs": ["money"], "pivot": True, "on_decline": "end"},
        "refund": {
            "call": "payment.refund_amount",
            "needs": ["credit"],
            "when": "has(sale.payment) && steps.money.payment > 0",
        },
    },
}
VENDORS = pytest.mark.parametrize("vendor", sorted(PROVIDERS))


@asynccontextmanager
async def shop(vendor: str, folder: Path) -> AsyncIterator[SellingHarness]:
    """The northstar flow with this vendor's credit, and a case for what came back."""
    async with selling(
        SellingHarness,
        folder,
        providers=PROVIDERS[vendor],
        changes={"flows": {**CASES, "returned": RETURNED}},
        steps=STEPS,
        environ=ENVIRON,
        listens={vendor: "finance"},
        choices={"": AGREES[vendor]},
    ) as sells:
        yield sells


async def returned(sells: SellingHarness) -> Any:
    """The case of a customer who bought on credit and brought the phone back, once at rest."""
    customer = await sells.begin(CREDIT)
    await customer.buy()
    await sells.until(customer, settled("completed"), acts=False)
    headers = {"Authorization": f"Bearer {demo_key(sells.retailer)}"}
    opened = await sells.api.post(
        f"{customer.href}/returns",
        json={"flow": "returned", "lines": [{"part": "handset"}]},
        headers={**headers, "Idempotency-Key": "returned"},
    )
    assert opened.status_code == 201, opened.text
    end, seen = time.monotonic() + WITHIN_SECONDS, opened.json()
    path = f"{customer.href}/cases/{seen['case']}"
    while time.monotonic() < end:
        await sells.at_rest()
        seen = (await sells.api.get(path, headers=headers)).json()
        if seen["settled"]:
            return seen
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError(seen)


async def owed_to_the_lender(sells: SellingHarness, checkout: str) -> tuple[int, int]:
    """What the checkout's ledger says that the lender got back, and what is open there."""
    headers = {"Authorization": f"Bearer {demo_key(sells.retailer)}"}
    ledger = (await sells.api.get(f"/v1/checkouts/{checkout}/ledger", headers=headers)).json()
    back = (
        one["amount"]
        for one in ledger["entries"]
        if one["kind"] == "moved" and (one["from"], one["to"]) == ("retailer", "lender")
    )
    between = {"retailer", "lender"}
    pair = [one for one in ledger["pairs"] if {one["first"], one["second"]} == between]
    return sum(back), sum(one["open"] for one in pair)


@VENDORS
async def test_what_was_lent_goes_back_to_who_lent_it(vendor: str, tmp_path: Path) -> None:
    """To the penny by the lender's own book, once, even where its answer was lost."""
    async with shop(vendor, tmp_path) as sells:
        sells.stand_ins[vendor].play("lost_answer", END, times=1)
        seen = await returned(sells)
        assert seen["status"] == "completed"
        money = seen["money"]
        assert money["lender"] + money["payment"] == 71_800
        given = [one["amount"] for one in sells.stand_ins[vendor].done(END)]
        assert given == [money["lender"]] == [66_900]
        assert await owed_to_the_lender(sells, seen["checkout"]) == (66_900, 0)
