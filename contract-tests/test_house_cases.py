"""Cases of the house's own shop by the engine: its ledger against the backends' books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from selling import PAUSE_SECONDS, WITHIN_SECONDS, SellingHarness, selling, settled
from unshackled.demo_mode import demo_key
from unshackled.testing.customer import Customer

FLOWS: Final = {
    "return": {"extends": "base/return"},
    "stop": {"extends": "base/stop"},
}
WHOLE: Final = (
    "handset-on-credit",
    {
        "handset": "handset-mid",
        "tariff": "sim-50gb",
        "accessories": ["case-clear"],
        "credit": {"plan": "credit-24-0", "deposit": 4_900},
    },
)
LENT, DEPOSIT, CASE_PRICE = 66_900, 4_900, 1_900
# Whose book has what went between which two.
BOOKS: Final = {
    ("customer", "payment"): "psp",
    ("retailer", "lender"): "lender",
    ("customer", "lender"): "lender",
}


class CaseHarness(SellingHarness):
    """Northstar, and what happens to its sales."""

    async def sold(self) -> Customer:
        """A customer whose checkout is completed and at rest."""
        customer = await self.begin(WHOLE)
        await customer.buy()
        await self.until(customer, settled("completed"), acts=False)
        return customer

    async def opened(self, customer: Customer, kind: str, **body: Any) -> Any:
        """Open a case by the retailer's server; the answer."""
        headers = {**self._headers, "Idempotency-Key": f"{kind}-{next(self._keys)}"}
        return await self.api.post(f"{customer.href}/{kind}", json=body, headers=headers)

    async def case(self, customer: Customer, kind: str, **body: Any) -> Any:
        """A case once it is at rest."""
        answer = await self.opened(customer, kind, **body)
        assert answer.status_code == 201, answer.text
        return await self.followed(customer, answer.json())

    async def followed(self, customer: Customer, case: Mapping[str, Any], *states: str) -> Any:
        """The case once it is settled, or its last step is in such a state."""
        end, seen = time.monotonic() + WITHIN_SECONDS, dict(case)
        while time.monotonic() < end:
            await self.at_rest()
            path = f"{customer.href}/cases/{case['case']}"
            seen = (await self.api.get(path, headers=self._headers)).json()
            if seen["settled"] or seen["steps"][-1]["state"] in states:
                return seen
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError(seen)

    async def pairs(self, customer: Customer) -> dict[tuple[str, str], Any]:
        """The ledger's balance of each two parties."""
        answer = await self.api.get(f"{customer.href}/ledger", headers=self._headers)
        assert answer.status_code == 200, answer.text
        return {(one["first"], one["second"]): one for one in answer.json()["pairs"]}

    async def even(self, customer: Customer, *, instalments: int = 0) -> None:
        """Nothing is open between any two, and each backend's own book says so too.

        Instalments are collected by the lender: they are in its book alone.
        """
        pairs = await self.pairs(customer)
        assert {pair: one["open"] for pair, one in pairs.items() if one["open"]} == {}
        for (first, second), name in BOOKS.items():
            moved = pairs[first, second]["moved"] if (first, second) in pairs else 0
            beside = instalments if (first, second) == ("customer", "lender") else 0
            assert moved + beside == self.stand_ins[name].moved(first, second), (first, second)

    async def pays(self, instalments: int) -> int:
        """The customer pays so many instalments to the lender; their sum."""
        (made,) = self.stand_ins["lender"].done("credit.activate")
        path = f"http://backends.example/lender/_payments/{made['agreement']}"
        assert (await self.backends.post(path, json={"made": instalments})).status_code == 200
        return self.stand_ins["lender"].moved("customer", "lender")

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {demo_key(self.retailer)}"}


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[CaseHarness]:
    """Northstar with every case of the house."""
    signs = {"": "sign"}
    async with selling(CaseHarness, folder, changes={"flows": FLOWS}, choices=signs) as sells:
        yield sells


def lines(*parts: str) -> list[dict[str, str]]:
    """Lines of a case by their parts."""
    return [{"part": part} for part in parts]


async def test_a_whole_sale_comes_back(tmp_path: Path) -> None:
    """Goods, line, credit, mandate and deposit, each where it came from, and all books are even.

    Two instalments were paid by then: the lender gives them back, and no person has to look.
    """
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        await sells.even(customer)
        paid = await sells.pays(2)
        seen = await sells.case(
            customer, "returns", lines=lines("handset", "accessories", "tariff")
        )
        assert seen["status"] == "completed", seen
        assert (seen["money"]["payment"], seen["money"]["lender"]) == (DEPOSIT + CASE_PRICE, LENT)
        assert seen["money"]["customer"] == paid > 0
        done = {
            "legacy_shop": "orders.accept_return",
            "telco": "sim.stop",
            "lender": "credit.end",
            "direct_debit": "mandate.cancel",
            "psp": "payment.refund_amount",
        }
        for name, effect in done.items():
            assert len(sells.stand_ins[name].done(effect)) == 1, effect
        assert sells.stand_ins["psp"].moved("customer", "payment") == 0
        assert sells.stand_ins["lender"].moved("lender", "retailer") == 0
        assert sells.stand_ins["lender"].moved("customer", "lender") == 0
        await sells.even(customer, instalments=paid)


async def test_refunds_of_a_sale_stop_at_what_was_paid(tmp_path: Path) -> None:
    """In parts, by the provider's own book; more is refused with what is left."""
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        for amount in (1_900, 900):
            seen = await sells.case(customer, "refunds", amount=amount, reason="goodwill")
            assert seen["status"] == "completed", seen
        left = DEPOSIT + CASE_PRICE - 2_800
        answer = await sells.opened(customer, "refunds", amount=left + 1, reason="goodwill")
        assert answer.status_code == 409
        assert sells.stand_ins["psp"].moved("customer", "payment") == left
        await sells.even(customer)


async def test_a_withdrawal_waits_until_the_lender_is_repaid(tmp_path: Path) -> None:
    """The capital is owed to the lender; once it has it, to the penny, all books are even."""
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        answer = await sells.opened(customer, "withdrawals")
        assert answer.status_code == 201, answer.text
        seen = await sells.followed(customer, answer.json(), "waiting_provider")
        assert seen["steps"][-1]["state"] == "waiting_provider", seen
        (ended,) = sells.stand_ins["lender"].done("credit.end")
        path = f"http://backends.example/lender/_repayments/{ended['agreement']}"
        assert (await sells.backends.post(path, json={"amount": LENT - 1})).status_code == 409
        assert (await sells.backends.post(path, json={"amount": LENT})).status_code == 200
        sells.clock.by += timedelta(hours=13)
        seen = await sells.followed(customer, answer.json())
        assert seen["steps"][-1]["state"] == "passed", seen
        await sells.even(customer)


@pytest.mark.parametrize("lost", ["orders.accept_return", "credit.end", "payment.refund_amount"])
async def test_a_lost_answer_moves_nothing_twice(tmp_path: Path, lost: str) -> None:
    """Each effect leaves doubt by its own way, and is done once."""
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        for one in sells.stand_ins.values():
            one.play("lost_answer", lost, times=1)
        seen = await sells.case(
            customer, "returns", lines=lines("handset", "accessories", "tariff")
        )
        assert seen["status"] == "completed", seen
        done = [one for name in sells.stand_ins for one in sells.stand_ins[name].done(lost)]
        assert len(done) == 1
        await sells.even(customer)


async def test_a_line_is_stopped_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The mandate collects the credit still, and nobody owes anybody for the line."""
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        seen = await sells.case(customer, "stops")
        assert seen["status"] == "completed", seen
        assert len(sells.stand_ins["telco"].done("sim.stop")) == 1
        assert sells.stand_ins["direct_debit"].done("mandate.cancel") == []
        await sells.even(customer)


async def test_a_refund_that_the_provider_refuses_is_still_owed(tmp_path: Path) -> None:
    """The goods are here already, so a person finds another way; the ledger shows what is open."""
    async with shop(tmp_path) as sells:
        customer = await sells.sold()
        sells.stand_ins["psp"].play("decline", "payment.refund_amount", times=1)
        answer = await sells.opened(customer, "returns", lines=lines("accessories"))
        assert answer.status_code == 201, answer.text
        seen = await sells.followed(customer, answer.json(), "in_review")
        refund = seen["steps"][-1]
        assert (refund["name"], refund["state"]) == ("refund", "in_review"), seen
        assert not seen["settled"]
        pair = (await sells.pairs(customer))["customer", "payment"]
        assert pair["open"] == -CASE_PRICE
