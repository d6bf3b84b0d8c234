"""An upgrade from the first form to the order, over HTTP and over its stand-ins."""

from __future__ import annotations

from typing import Any

from tests.app.test_ways_on import Shop, live, shop
from unshackled.demo_mode import demo_key


async def _ledger(opened: Shop, operation: str) -> list[dict[str, Any]]:
    """What stand-ins wrote down of an operation."""
    found = (await opened.vendors.get("/_ledger")).json()["ledger"]
    return [row for row in found if row["effect"] == operation]


async def settled_sums(opened: Shop, checkout: str) -> tuple[list[int], list[int]]:
    """What was owed, and what moved, for the old agreement; nothing due is open with the lender."""
    headers = {"Authorization": f"Bearer {demo_key('orbit')}"}
    answer = await opened.api.get(f"/v1/checkouts/{checkout}/ledger", headers=headers)
    ledger = answer.json()
    for pair in ledger["pairs"]:
        if {pair["first"], pair["second"]} == {"retailer", "lender"}:
            assert pair["open"] == 0, pair
    sums = [
        [
            one["amount"]
            for one in ledger["entries"]
            if (one["kind"], one["what"]) == (kind, "settlement")
        ]
        for kind in ("owed", "moved")
    ]
    return sums[0], sums[1]


async def test_an_upgrade_is_bought_and_the_old_agreement_settled() -> None:
    """What the customer pays of the settlement is a line of the quote; the lender gets all of it.

    Nothing that is asked for is left over: one order, one agreement, one device that comes back.
    """
    async with shop() as opened:
        customer = await opened.customer("orbit")
        assert await live(customer) == []
        seen = customer.checkout
        assert seen["status"] == "completed"
        lines = {line["part"]: line for line in seen["quote"]["lines"]}
        assert lines["settlement"]["step"] == "eligibility"
        today = sum(line["due_today"] for line in seen["quote"]["lines"])
        assert today == seen["quote"]["due_today"] == 4_900 + lines["settlement"]["due_today"]
        (charge,) = await _ledger(opened, "payment.charge")
        assert charge["amount"] == today
        (settled,) = await _ledger(opened, "credit.settle")
        # The lender's figure whole: what the device is worth goes with what the customer paid.
        assert settled["amount"] == 25_000 == lines["settlement"]["due_today"] + 12_000
        assert await settled_sums(opened, customer.id) == ([25_000], [25_000])
        for operation in ("orders.place", "credit.activate", "trade_in.accept", "sim.activate"):
            assert len(await _ledger(opened, operation)) == 1, operation


async def test_a_german_upgrade_is_told_in_german_throughout() -> None:
    """The settlement's line too: it was named by a step, not by the catalogue."""
    async with shop() as opened:
        customer = await opened.customer("orbit", "de-DE")
        await live(customer)
        titles = {line["part"]: line["title"] for line in customer.checkout["quote"]["lines"]}
        assert titles["settlement"] == "Ablösung des alten Vertrags"
        told = {one["type"]: one.get("title") for one in customer.checkout["totals"]}
        assert told["settlement"] == titles["settlement"]
