"""After the sale the old device is looked at: a case that the sale opens, over its stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.app.test_upgrade_bought import _ledger, settled_sums
from tests.app.test_ways_on import Shop, live, shop
from tests.upgrades.test_eligibility import ask
from unshackled.flow.engine.commands import Resolve, RetryNow
from unshackled.testing.customer import Customer

IMEI = "490154203237518"


@pytest.fixture
async def opened() -> AsyncIterator[Shop]:
    """The demo retailers over their stand-ins."""
    async with shop() as one:
        yield one


async def sold(
    opened: Shop, flow: str | None = None, *, on_card: bool = True, **inspection: Any
) -> Customer:
    """An upgrade that is bought; what the buyer will say of the device was arranged before.

    `on_card` is the customer's word on a later charge to their card.
    """
    path = f"/recycler/_inspections/{IMEI}"
    assert (await opened.vendors.post(path, json=inspection)).status_code == 200
    customer = await opened.customer("orbit", flow=flow)
    customer.forms = {**customer.forms, "card_charge_consent": {"given": on_card}}
    assert await live(customer) == []
    return customer


async def case_of(opened: Shop, customer: Customer, until: str) -> dict[str, Any]:
    """The case as the customer reads it, once a step of it is in a state: `answer passed`."""
    name, state = until.split()
    headers = {"Authorization": f"Bearer {customer.token}"}
    href = f"/v1/checkouts/{customer.id}/cases/trade_in-1"
    states: dict[str, str] = {}
    for _ in range(100):
        answer = await opened.api.get(href, headers=headers)
        if answer.status_code == 200:
            case: dict[str, Any] = answer.json()
            states = {step["name"]: step["state"] for step in case["steps"]}
            if states[name] == state:
                return case
        await asyncio.sleep(0.05)
    raise AssertionError(f"{until}: {states}")


async def answered(opened: Shop, customer: Customer, *, accept: bool) -> None:
    """The customer's word on a lower value."""
    headers = {"Authorization": f"Bearer {customer.token}"}
    href = f"/v1/checkouts/{customer.id}/cases/trade_in-1/steps/answer"
    sent = await opened.api.put(href, json={"accept": accept}, headers=headers)
    assert sent.status_code == 200, sent.text


async def test_a_device_as_it_was_described_asks_nothing_of_the_customer(opened: Shop) -> None:
    """It is worth the 12,000 that pay for the old agreement: the customer is told, that is all."""
    customer = await sold(opened)
    case = await case_of(opened, customer, "told passed")
    assert (case["status"], case["opened_by"]) == ("completed", "flow")
    assert case["next_actions"] == []
    shown = case["trade_in"]
    assert (shown["promised"], shown["worth"], shown["ending"]) == (12_000, 12_000, "accepted")
    assert (shown["pay_out"], shown["charge"]) == (0, 0)


async def test_a_better_device_is_paid_without_a_question(opened: Shop) -> None:
    """16,000 and not 12,000: 4,000 are the customer's, and reach their payment."""
    customer = await sold(opened, condition="A")
    case = await case_of(opened, customer, "payout passed")
    assert (case["trade_in"]["worth"], case["trade_in"]["pay_out"]) == (16_000, 4_000)
    assert case["money"]["trade_in"] == 4_000
    assert "£40.00 is paid to you" in case["trade_in"]["content"]


async def regraded(opened: Shop, customer: Customer, *, accept: bool = True) -> None:
    """The device is worth 6,000 and not 12,000, and the customer answers that."""
    await case_of(opened, customer, "answer waiting_customer")
    await answered(opened, customer, accept=accept)


async def server(customer: Customer, path: str) -> dict[str, Any]:
    """What the retailer's server reads of the checkout."""
    headers = {"Authorization": f"Bearer {customer.shop_key}"}
    answer = await customer.api.request("GET", f"{customer.href}/{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def differences(customer: Customer) -> list[tuple[str, str, str, int]]:
    """What the ledger has of what the device is worth less: kind, from, to, amount."""
    return [
        (one["kind"], one["from"], one["to"], one["amount"])
        for one in (await server(customer, "ledger"))["entries"]
        if one["what"] == "trade_in_difference"
    ]


async def sent(opened: Shop, template: str) -> bool:
    """Whether the customer gets a message of this template of the case."""
    for _ in range(100):
        letters = (await opened.vendors.get("/notifier/outbox")).json()["messages"]
        if (template, "trade_in-1") in [(one["template"], one["case"]) for one in letters]:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_lower_value_is_accepted_and_the_card_is_charged(opened: Shop) -> None:
    """6,000 and not 12,000: the customer is asked, told, and pays by the card of the order."""
    customer = await sold(opened, condition="C")
    asked = await case_of(opened, customer, "answer waiting_customer")
    assert "£60.00 and not £120.00" in asked["trade_in"]["content"]
    assert "within 7 days. Without an answer by then the lower" in asked["trade_in"]["content"]
    assert asked["trade_in"]["ending"] is None
    (action,) = [one for one in asked["next_actions"] if one["step"] == "answer"]
    assert action["schema"]["properties"]["accept"]["type"] == "boolean"
    await answered(opened, customer, accept=True)
    case = await case_of(opened, customer, "charge passed")
    shown = case["trade_in"]
    assert (shown["ending"], shown["charge"], shown["on_card"]) == ("accepted", 6_000, 6_000)
    assert "We charge it to the card of your order." in shown["content"]
    states = {step["name"]: step["state"] for step in case["steps"]}
    assert (states["difference"], states["told"], case["settled"]) == ("skipped", "passed", True)
    assert await differences(customer) == [
        ("owed", "customer", "payment", 6_000),
        ("moved", "customer", "payment", 6_000),
    ]
    assert (await server(customer, "ledger"))["even"] is True
    papers = (await server(customer, "documents"))["items"]
    (consent,) = [one for one in papers if one["name"] == "card_charge_consent"]
    assert consent["standing"] == "agreed"


async def test_a_card_that_gives_nothing_leaves_it_owed(opened: Shop) -> None:
    """The customer is told, a person sees it, the ledger is open; the next try closes all of it."""
    customer = await sold(opened, condition="C")
    await opened.decline("payment.charge_amount")
    await regraded(opened, customer)
    case = await case_of(opened, customer, "charge in_review")
    assert (case["status"], case["settled"]) == ("completed", False)
    assert "could not be taken from the card" in case["trade_in"]["content"]
    assert "person" in [one["params"].get("who") for one in case["messages"]]
    ledger = await server(customer, "ledger")
    (pair,) = [one for one in ledger["pairs"] if one["second"] == "payment"]
    assert (pair["first"], pair["open"], ledger["even"]) == ("customer", 6_000, False)
    assert await differences(customer) == [("owed", "customer", "payment", 6_000)]
    assert await sent(opened, "trade_in_not_charged")
    again = RetryNow(run="trade_in-1", step="charge", reason="the customer asked for it")
    await opened.service.components.engine.command(customer.id, again)
    await case_of(opened, customer, "charge passed")
    assert (await server(customer, "ledger"))["even"] is True


async def test_what_the_card_does_not_give_stays_owed_where_it_is_collected_otherwise(
    opened: Shop,
) -> None:
    """A person who agrees with the issuer's no ends the try: from then on the retailer is owed."""
    customer = await sold(opened, condition="C")
    await opened.decline("payment.charge_amount")
    await regraded(opened, customer)
    await case_of(opened, customer, "charge in_review")
    no = Resolve(run="trade_in-1", step="charge", verdict="declined", reason="paid by instalments")
    await opened.service.components.engine.command(customer.id, no)
    case = await case_of(opened, customer, "charge declined")
    assert case["settled"] is True
    assert "You still owe them" in case["trade_in"]["content"]
    assert await differences(customer) == [("owed", "customer", "retailer", 6_000)]
    ledger = await server(customer, "ledger")
    (pair,) = [
        one for one in ledger["pairs"] if (one["first"], one["second"]) == ("customer", "retailer")
    ]
    assert (pair["open"], pair["later"], ledger["even"]) == (0, 6_000, True)


async def test_without_the_customers_yes_a_person_collects(opened: Shop) -> None:
    """Nothing is charged: it waits for a person before the customer is told."""
    customer = await sold(opened, on_card=False, condition="C")
    papers = (await server(customer, "documents"))["items"]
    (consent,) = [one for one in papers if one["name"] == "card_charge_consent"]
    assert consent["standing"] == "shown"
    await regraded(opened, customer)
    case = await case_of(opened, customer, "difference in_review")
    assert (case["trade_in"]["charge"], case["trade_in"]["on_card"]) == (6_000, 0)
    assert "card" not in case["trade_in"]["content"]
    states = {step["name"]: step["state"] for step in case["steps"]}
    assert (states["told"], states["charge"]) == ("pending", "pending")


async def test_what_the_sale_opened_is_ended_by_an_operator_alone(opened: Shop) -> None:
    """It settles what is owed: neither shop nor customer may make that go away."""
    customer = await sold(opened, condition="C")
    case = await case_of(opened, customer, "answer waiting_customer")
    assert "cancel" not in [one["type"] for one in case["next_actions"]]
    href = f"{customer.href}/cases/trade_in-1/cancel"
    for key in (customer.shop_key, customer.token):
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "end"}
        refused = await opened.api.post(href, json={}, headers=headers)
        assert (refused.status_code, refused.json()["openers"]) == (409, ["operator"])


async def test_a_lower_value_that_is_not_taken_sends_the_device_back(opened: Shop) -> None:
    """What it was to be worth, 12,000, is then the customer's to pay: by card, once it is sent."""
    customer = await sold(opened, condition="C")
    await regraded(opened, customer, accept=False)
    case = await case_of(opened, customer, "send_back in_review")
    shown = case["trade_in"]
    assert (shown["ending"], shown["charge"], shown["on_card"]) == ("sent_back", 12_000, 12_000)
    assert "back to you" in shown["content"]
    states = {step["name"]: step["state"] for step in case["steps"]}
    assert states["charge"] == "pending"


async def test_the_old_agreement_is_settled_once_the_device_is_accepted(opened: Shop) -> None:
    """Not with the order: by the lender's own book after the customer took the lower value."""
    customer = await sold(opened, "upgrade-on-inspection", condition="C")
    await case_of(opened, customer, "answer waiting_customer")
    assert await _ledger(opened, "credit.settle") == []
    await answered(opened, customer, accept=True)
    case = await case_of(opened, customer, "charge passed")
    assert (case["trade_in"]["charge"], case["trade_in"]["settle"]) == (6_000, 25_000)
    assert "pay off your old agreement with the £250.00" in case["trade_in"]["content"]
    await case_of(opened, customer, "settle passed")
    assert [row["amount"] for row in await _ledger(opened, "credit.settle")] == [25_000]


async def test_an_old_agreement_is_settled_by_the_case_and_never_again(opened: Shop) -> None:
    """With its figure whole in the lender's book; a second upgrade from it is not open."""
    customer = await sold(opened, "upgrade-on-inspection")
    await case_of(opened, customer, "settle passed")
    (row,) = await _ledger(opened, "credit.settle")
    assert (row["amount"], row["agreement"]) == (25_000, "AGR-100001")
    assert await settled_sums(opened, customer.id) == ([25_000], [25_000])
    (no,) = (await ask(opened)).json()["reasons"]
    assert no["code"] == "agreement_settled"
