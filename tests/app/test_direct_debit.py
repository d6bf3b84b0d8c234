"""Credit and a SIM by Direct Debit at the demo retailers: dates, guarantee, notice, order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.app.test_ways_on import Shop, live, shop
from unshackled.domain.working_days import is_working_day
from unshackled.testing.customer import Customer, describe


async def ledger(opened: Shop) -> list[str]:
    """What was really done at the stand-ins."""
    answer = await opened.vendors.get("/_ledger")
    return [row["effect"] for row in answer.json()["ledger"]]


async def passed(customer: Customer) -> list[str]:
    """The steps in the order in which they passed."""
    answer = await customer.api.request(
        "GET",
        f"{customer.href}/events?limit=200",
        headers={"Authorization": f"Bearer {customer.shop_key}"},
    )
    events = answer.json()["items"]
    return [one["data"]["step"] for one in events if one["type"] == "step.passed.v1"]


async def letters(opened: Shop) -> list[str]:
    """The templates of the letters that were sent."""
    answer = await opened.vendors.get("/notifier/outbox")
    return [one["template"] for one in answer.json()["messages"]]


async def shown(customer: Customer, document: str) -> dict[str, Any]:
    """Go on until a document is due to be shown."""
    for _ in range(60):
        action = customer.next_action()
        assert action is not None, describe(customer.checkout)
        about = action.get("document") or {}
        if about.get("name") == document:
            found: dict[str, Any] = about
            return found
        answer = await customer.act(action)
        assert answer is None or answer.is_success, answer.text
    raise AssertionError(f"{document} was never shown")


@pytest.mark.parametrize(
    ("retailer", "part"), [("northstar", "credit"), ("orbit", "credit"), ("pocket", "tariff")]
)
async def test_what_is_collected_is_known_before_it_is(retailer: str, part: str) -> None:
    """A schedule of working days, the instruction after the yes and before money, the notice."""
    async with shop() as opened:
        customer = await opened.customer(retailer)
        document = await shown(customer, "direct_debit_guarantee")
        (schedule,) = customer.checkout["payment_schedules"]
        first = schedule["payments"][0]
        day = date.fromisoformat(first["due"])
        assert f"{day.day} {day:%B} {day.year}" in str(document)
        await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        (schedule,) = customer.checkout["payment_schedules"]
        assert schedule["part"] == part
        monthly = [one for one in customer.checkout["quote"]["per_month"] if one["part"] == part]
        assert len(schedule["payments"]) == sum(one["months"] for one in monthly)
        assert all(
            is_working_day(date.fromisoformat(one["due"]), "GB-ENG") for one in schedule["payments"]
        )
        assert (await ledger(opened)).count("mandate.set_up") == 1
        wanted = ("schedule", "guarantee", "confirm", "mandate", "deposit", "order")
        order = [name for name in await passed(customer) if name in wanted]
        assert order == [name for name in wanted if name != "deposit" or part == "credit"]
        # What comes after the sale, as an old device that is looked at, writes letters of its own.
        sent = await letters(opened)
        assert sent.count("direct_debit_advance_notice") == 1
        assert sent.count("order_confirmation") == 1
        assert len(customer.checkout["fulfilment"]["mandates"]) == 1


async def test_a_day_that_the_customer_chose_is_the_one_that_is_signed() -> None:
    """The last one on offer goes to the lender, into the schedule and into what is shown."""
    async with shop() as opened:
        customer = await opened.customer("northstar")
        chosen = ""
        while not customer.checkout["payment_schedules"]:
            action = customer.next_action()
            assert action is not None
            if action["step"] == "first_payment":
                chosen = action["schema"]["properties"]["first_payment_date"]["enum"][-1]
                body = {"first_payment_date": chosen}
                assert (await customer.ask("PUT", "/steps/first_payment", body)).is_success
            else:
                await customer.act(action)
        (schedule,) = customer.checkout["payment_schedules"]
        assert schedule["first_payment"] == chosen
        information = await shown(customer, "pre_contract_credit_information")
        due = date.fromisoformat(schedule["payments"][0]["due"])
        assert f"{due.day} {due:%B} {due.year}" in str(information)


async def test_who_pays_at_once_is_asked_for_no_account() -> None:
    """Without credit there is no instruction, no guarantee and no notice."""
    async with shop() as opened:
        customer = await opened.customer("northstar")
        await customer.patch({"credit": None, "tariff": None})
        await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        assert customer.checkout["payment_schedules"] == []
        assert "mandate.set_up" not in await ledger(opened)
        assert await letters(opened) == ["order_confirmation"]
