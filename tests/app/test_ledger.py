"""The ledger of what the demo retailers sell, against the books of the backends themselves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.app.test_ways_on import OTHER, Shop, live, shop
from unshackled.testing.customer import Customer

DEPOSIT = 4_900
# Which row of a backend's book a movement of ours is, and the one that takes it back.
ROWS = {
    "due_today": ("payment.charge", "payment.refund"),
    "credit": ("credit.activate", None),
    "settlement": ("credit.settle", None),
}


def _package(plan: str, deposit: int = DEPOSIT, **more: Any) -> dict[str, Any]:
    credit = {"plan": plan, "deposit": deposit}
    return {"handset": "handset-mid", "tariff": "sim-50gb", "credit": credit, **more}


async def _ledger(customer: Customer) -> dict[str, Any]:
    answer = await customer.api.request(
        "GET",
        f"{customer.href}/ledger",
        headers={"Authorization": f"Bearer {customer.shop_key}"},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _books(opened: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await opened.vendors.get("/_ledger")).json()["ledger"]
    return found


async def _agree(opened: Shop, customer: Customer) -> dict[str, Any]:
    """The ledger, once every movement of it is a row of a backend's book, and each row is in it."""
    ledger, books = await _ledger(customer), await _books(opened)
    told: Counter[tuple[str, str, int]] = Counter()
    for one in ledger["entries"]:
        if one["kind"] == "moved" and one["what"] in ROWS:
            told[ROWS[one["what"]][0], one["reference"], one["amount"]] += 1
        elif one["kind"] == "moved":
            told["payment.refund", one["reference"], one["amount"]] += 1
    wanted = {row for rows in ROWS.values() for row in rows if row}
    done = Counter(
        (row["effect"], row["reference"], row["amount"]) for row in books if row["effect"] in wanted
    )
    assert told == done
    assert ledger["even"] is True, ledger["pairs"]
    return ledger


def _owed(ledger: dict[str, Any], what: str) -> list[int]:
    return [
        one["amount"] for one in ledger["entries"] if one["kind"] == "owed" and one["what"] == what
    ]


@pytest.mark.parametrize(
    ("plan", "deposit"),
    [("credit-24-0", DEPOSIT), ("credit-24-9.9", DEPOSIT), ("credit-36-14.9", 0)],
)
async def test_a_purchase_on_credit_is_what_its_backends_wrote_down(
    plan: str, deposit: int
) -> None:
    """0 %, with interest, and without a deposit: charged, lent, and owed month by month."""
    async with shop() as opened:
        customer = await opened.customer("northstar", package=_package(plan, deposit))
        await live(customer)
        ledger = await _agree(opened, customer)
        quote = customer.checkout["quote"]
        lines = {line["part"]: line for line in quote["lines"]}
        assert _owed(ledger, "due_today") == ([quote["due_today"]] if quote["due_today"] else [])
        assert _owed(ledger, "instalments") == [lines["credit"]["total"]]
        assert _owed(ledger, "airtime") == [lines["tariff"]["total"]]
        assert sum(_owed(ledger, "credit")) + deposit == 71_800


async def test_a_sim_only_purchase_moves_nothing_today() -> None:
    """Its months are collected by Direct Debit: owed to the telco, and never open here."""
    async with shop() as opened:
        customer = await opened.customer("pocket")
        await live(customer)
        ledger = await _agree(opened, customer)
        assert [one["what"] for one in ledger["entries"]] == ["airtime"]
        (airtime,) = ledger["entries"]
        assert (airtime["from"], airtime["to"], airtime["elsewhere"]) == ("customer", "telco", True)
        assert airtime["terms"]["first"] < airtime["terms"]["last"]


async def test_an_upgrade_settles_the_old_agreement_to_the_penny() -> None:
    """The lender has its whole figure; the buyer of the old device owes what it was accepted at."""
    async with shop() as opened:
        customer = await opened.customer("orbit")
        await live(customer)
        ledger = await _agree(opened, customer)
        (settled,) = [row for row in await _books(opened) if row["effect"] == "credit.settle"]
        (taken,) = [row for row in await _books(opened) if row["effect"] == "trade_in.accept"]
        assert _owed(ledger, "settlement") == [settled["amount"]]
        bought = [one for one in ledger["entries"] if one["from"] == "recycler"]
        assert [one["amount"] for one in bought] == [taken["amount"]]


async def test_a_decline_after_the_charge_shows_the_refund_and_the_second_charge() -> None:
    """The buyer of the old device says no: what was charged goes back, and is charged again."""
    async with shop() as opened:
        await opened.decline("trade_in.accept")
        customer = await opened.customer("orbit")
        customer.other = OTHER
        await live(customer)
        ledger = await _agree(opened, customer)
        card = [
            (one["from"], one["what"], one["amount"])
            for one in ledger["entries"]
            if one["kind"] == "moved" and "payment" in (one["from"], one["to"])
        ]
        due = customer.checkout["quote"]["due_today"]
        assert card[-1] == ("customer", "due_today", due)
        assert len(card) in (1, 3), "charged once, or charged, given back and charged again"
        if len(card) == 3:
            assert card[1][:2] == ("payment", "taken_back")


async def test_a_canceled_checkout_ends_with_empty_books_on_both_sides() -> None:
    """Nothing is owed, and what the backends took they have given back."""
    async with shop() as opened:
        customer = await opened.customer("northstar")
        for _ in range(12):
            action = customer.next_action()
            if action is None or action["type"] == "confirm":
                break
            await customer.act(action)
        answer = await customer.ask("POST", "/cancel", {"reason": "changed_mind"})
        assert answer.is_success, answer.text
        ledger = await _agree(opened, customer)
        assert [one for one in ledger["entries"] if one["kind"] == "owed"] == []
