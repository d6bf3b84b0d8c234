"""Cases at real vendors: sums of a completed sale go back as the engine runs each case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from selling import PAUSE_SECONDS, WITHIN_SECONDS, selling
from test_payment_vendors_sell import ENVIRON, GOOD, HELD, PROVIDERS, CardHarness
from unshackled.demo_mode import demo_key
from unshackled.testing.customer import Customer

REFUND: Final = "payment.refund_amount"
# Adyen captures a charge an hour after it was made: only then some of it can go back.
CAPTURED_AFTER: Final = {"adyen": timedelta(hours=2)}
VENDORS = pytest.mark.parametrize("vendor", sorted(PROVIDERS))


class CaseHarness(CardHarness):
    """Northstar, which gives money back."""

    async def sold(self, vendor: str) -> Customer:
        """A customer whose checkout is completed, and paid."""
        customer = await self.pays(GOOD.get(vendor, "tok_visa"))
        await self.buy(customer)
        seen = await self.settled(customer)
        assert seen["status"] == "completed"
        self.clock.by += CAPTURED_AFTER.get(vendor, timedelta())
        for one in self.stand_ins.values():
            one.now = self.clock.now
        return customer

    async def give_back(self, customer: Customer, amount: int, key: str) -> Any:
        """A refund of so much, opened by the retailer's server; the case as it is then."""
        answer = await self.api.post(
            f"{customer.href}/refunds",
            json={"amount": amount, "reason": "goodwill"},
            headers={"Authorization": f"Bearer {demo_key(self.retailer)}", "Idempotency-Key": key},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def ended(self, case: Mapping[str, Any], *states: str) -> Any:
        """The case once its refund is in such a state."""
        end, seen = time.monotonic() + WITHIN_SECONDS, dict(case)
        headers = {"Authorization": f"Bearer {demo_key(self.retailer)}"}
        path = f"/v1/checkouts/{case['checkout']}/cases/{case['case']}"
        while time.monotonic() < end:
            await self.at_rest()
            seen = (await self.api.get(path, headers=headers)).json()
            if state(seen) in states:
                return seen
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(seen)

    async def moved(self, customer: Customer) -> tuple[int, int]:
        """What the checkout's ledger says that went to the card, and what is open between them."""
        headers = {"Authorization": f"Bearer {demo_key(self.retailer)}"}
        ledger = (await self.api.get(f"{customer.href}/ledger", headers=headers)).json()
        between = {"customer", "payment"}
        pair = [one for one in ledger["pairs"] if {one["first"], one["second"]} == between]
        back = (
            one["amount"]
            for one in ledger["entries"]
            if one["kind"] == "moved" and (one["from"], one["to"]) == ("payment", "customer")
        )
        return sum(back), sum(one["open"] for one in pair)

    @property
    def given(self) -> list[int]:
        """The sums that the vendor gave back, by its own book."""
        return [one["amount"] for one in self.cards.done(REFUND)]


def state(case: Mapping[str, Any]) -> str:
    """Where the refund of a case is."""
    return str(next(one["state"] for one in case["steps"] if one["name"] == "refund"))


@asynccontextmanager
async def shop(vendor: str, folder: Path, pays: str) -> AsyncIterator[CaseHarness]:
    """The northstar flow with this vendor's cards, and the refund of the house."""
    async with selling(
        CaseHarness,
        folder,
        providers=PROVIDERS[vendor],
        changes={
            "defaults": {"payment": "cards"},
            "flows": {"refund": {"extends": "base/refund"}},
        },
        steps=pays,
        environ=ENVIRON,
        listens={vendor: "cards"},
    ) as sells:
        yield sells


@VENDORS
async def test_sums_of_a_sale_go_back_by_cases(vendor: str, tmp_path: Path) -> None:
    """One after the other, of what was held and captured, each once."""
    async with shop(vendor, tmp_path, HELD) as sells:
        customer = await sells.sold(vendor)
        for amount, key in ((1_900, "first"), (900, "second"), (1_900, "first")):
            case = await sells.give_back(customer, amount, key)
            seen = await sells.ended(case, "passed")
            assert (seen["status"], seen["money"]["payment"]) == ("completed", amount)
        assert sells.given == [1_900, 900]
        assert await sells.moved(customer) == (2_800, 0)


@VENDORS
async def test_a_lost_answer_gives_nothing_back_twice(vendor: str, tmp_path: Path) -> None:
    """Of a charge: sent again under its key; a person's where the vendor has no keys."""
    async with shop(vendor, tmp_path, "\n") as sells:
        customer = await sells.sold(vendor)
        sells.cards.play("lost_answer", REFUND, times=1)
        case = await sells.give_back(customer, 1_900, "first")
        seen = await sells.ended(case, "passed", "in_review")
        wanted = "in_review" if vendor == "worldpay_wpg" else "passed"
        assert state(seen) == wanted
        assert sells.given == [1_900]


async def test_a_refund_that_a_bank_sends_back_is_somebodys_work(tmp_path: Path) -> None:
    """The case was completed; then the webhook says otherwise, and a person looks."""
    async with shop("stripe", tmp_path, "\n") as sells:
        customer = await sells.sold("stripe")
        case = await sells.give_back(customer, 1_900, "first")
        await sells.ended(case, "passed")
        books = sells.cards.state["books"]
        books.break_refund(*books.refunds)
        seen = await sells.ended(case, "in_review")
        assert seen["settled"] is False


async def test_a_refund_of_another_sum_is_somebodys_work(tmp_path: Path) -> None:
    """A vendor that gave back a minor unit more than the case has is never taken for done."""
    async with shop("stripe", tmp_path, "\n") as sells:
        customer = await sells.sold("stripe")
        sells.cards.play("wrong", REFUND, times=1, field="amount")
        case = await sells.give_back(customer, 1_900, "first")
        seen = await sells.ended(case, "in_review", "passed")
        assert state(seen) == "in_review"
