"""What happens after the sale, from the request to the money in the stand-ins' own books."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.test_ways_on import Shop, live, shop
from tests.shipped import FLOWS
from unshackled.testing.customer import Customer

# Case flows that every demo retailer has here, whatever its own file says.
CASES = ("refund", "return", "withdrawal", "stop")
ON_CREDIT: dict[str, Any] = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-0", "deposit": 4_900},
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's flows, with every kind of case for Northstar and for Pocket."""
    folder = tmp_path_factory.mktemp("after") / "flows"
    shutil.copytree(FLOWS, folder)
    for name in ("northstar", "pocket"):
        path = folder / f"{name}.yaml"
        text = path.read_text("utf-8").rstrip("\n")
        for case in CASES:
            if f"  {case}: " not in text:
                text += f"\n  {case}: {{extends: base/{case}}}"
        path.write_text(text + "\n", "utf-8")
    return folder


@asynccontextmanager
async def sold(
    flows: Path, retailer: str = "northstar", **wanted: Any
) -> AsyncIterator[tuple[Shop, Customer]]:
    """A shop with one customer who has bought."""
    async with shop(flows=flows) as opened:
        customer = await opened.customer(retailer, **wanted)
        await live(customer)
        yield opened, customer


async def server(customer: Customer, method: str, path: str, body: Any = None) -> httpx.Response:
    """A request of the retailer's server."""
    headers = {"Authorization": f"Bearer {customer.shop_key}", "Idempotency-Key": path}
    return await customer.api.request(
        method, f"{customer.href}/{path}", json=body if body is not None else {}, headers=headers
    )


async def case(customer: Customer, path: str, body: Any = None) -> dict[str, Any]:
    """A case that the retailer's server opens, as it stands when nothing moves any more."""
    answer = await server(customer, "POST", path, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def book(opened: Shop, effect: str) -> list[dict[str, Any]]:
    """What the stand-ins wrote down of an effect."""
    rows: list[dict[str, Any]] = (await opened.vendors.get("/_ledger")).json()["ledger"]
    return [row for row in rows if row["effect"] == effect]


async def even(customer: Customer) -> dict[str, Any]:
    """The ledger, with nothing due left open between any two parties."""
    found: dict[str, Any] = (await server(customer, "GET", "ledger")).json()
    assert found["even"] is True, found
    return found


async def test_a_refund_of_goodwill_moves_at_the_payment_provider(flows: Path) -> None:
    """From POST to the provider's own book, to the penny; the same key moves nothing again."""
    async with sold(flows, package=ON_CREDIT) as (opened, customer):
        done = await case(customer, "refunds", {"amount": 1_234, "reason": "goodwill"})
        assert (done["status"], done["settled"], done["money"]["payment"]) == (
            "completed",
            True,
            1_234,
        )
        again = await case(customer, "refunds", {"amount": 1_234, "reason": "goodwill"})
        assert again["case"] == done["case"] == "refund-1"
        assert [row["amount"] for row in await book(opened, "payment.refund_amount")] == [1_234]
        await even(customer)


async def test_a_return_gives_the_credit_back_to_its_lender(flows: Path) -> None:
    """Goods, credit, line and money: each at its own backend, and nobody is owed anything."""
    async with sold(flows, package=ON_CREDIT) as (opened, customer):
        done = await case(customer, "returns")
        assert done["status"] == "completed", done
        money = done["money"]
        assert money["payment"] + money["lender"] == 71_800
        (refunded,) = await book(opened, "payment.refund_amount")
        assert refunded["amount"] == money["payment"] == 4_900
        (ended,) = await book(opened, "credit.end")
        assert ended["amount"] == money["lender"] == 66_900
        assert len(await book(opened, "sim.stop")) == 1
        await even(customer)
        left = (await server(customer, "GET", "cases")).json()["possible"]
        assert left == [], "nothing is left of the sale"


async def test_what_is_said_to_be_possible_can_be_carried_out(flows: Path) -> None:
    """Each refund that the list offers, in full, is one that the provider carries out."""
    wanted = {**ON_CREDIT, "accessories": ["case-clear", "case-clear"]}
    async with sold(flows, package=wanted) as (opened, customer):
        possible = (await server(customer, "GET", "cases")).json()["possible"]
        (refund,) = [one for one in possible if one["kind"] == "refund"]
        done = await case(customer, "refunds", {"lines": refund["lines"]})
        assert done["status"] == "completed", done
        (row,) = await book(opened, "payment.refund_amount")
        assert row["amount"] == customer.checkout["quote"]["due_today"] == done["amount"]
        await even(customer)
        headers = {"Authorization": f"Bearer {customer.shop_key}", "Idempotency-Key": "more"}
        refused = await customer.api.request(
            "POST", f"{customer.href}/refunds", json={"amount": 1}, headers=headers
        )
        assert refused.json()["type"] == "/problems/case-nothing-left", refused.text


async def test_a_customer_withdraws_from_credit_and_keeps_the_phone(flows: Path) -> None:
    """The lender is told, the customer reads what they owe and until when; no goods move."""
    async with sold(flows, package=ON_CREDIT) as (opened, customer):
        answer = await customer.ask("POST", "/withdrawals")
        assert answer.status_code == 201, answer.text
        found = answer.json()
        assert found["status"] == "completed", found
        assert found["opened_by"] == "customer"
        assert found["money"]["owed"] == 66_900
        assert found["money"]["repay_by"] is not None
        assert len(await book(opened, "credit.end")) == 1
        assert await book(opened, "payment.refund_amount") == []
        assert found["settled"] is False, "the lender waits for its money"
        assert found["messages"][0]["params"]["who"] == "credit"


async def test_a_customer_ends_their_line(flows: Path) -> None:
    """SIM only: the line is closed at the telco, and the mandate that paid for it canceled."""
    async with sold(flows, "pocket") as (opened, customer):
        answer = await customer.ask("POST", "/stops")
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "completed", answer.text
        assert len(await book(opened, "sim.stop")) == 1
        again = await customer.ask("POST", "/stops")
        assert again.json()["type"] == "/problems/case-nothing-left", again.text


async def test_a_customer_is_told_that_it_began_and_is_done(flows: Path) -> None:
    """By the rules of the retailer's file, once each, with the case's name."""
    async with sold(flows, package=ON_CREDIT) as (opened, customer):
        await case(customer, "refunds", {"amount": 500})
        letters: list[dict[str, Any]] = []
        for _ in range(100):
            letters = [one for one in await outbox(opened) if one["case"] == "refund-1"]
            if len(letters) == 2:
                break
            await asyncio.sleep(0.05)
        assert [one["template"] for one in letters] == ["case_opened", "case_completed"]


async def outbox(opened: Shop) -> list[dict[str, Any]]:
    """What the notifier sent, oldest first."""
    answer = await opened.vendors.get("/notifier/outbox")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found
