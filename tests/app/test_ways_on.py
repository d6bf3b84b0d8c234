"""Every decline of every demo flow, provoked at its stand-in and lived through to an order.

The customer knows only types of actions, JSON Schemas and their own data by the names of fields:
no flow, no step, no vendor.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.app.test_app import URL, client, running, settings
from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.app import Overrides, Service, build
from unshackled.cli.demo import CARD, PACKAGES
from unshackled.demo_mode import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.testing.customer import FORMS, Customer, describe, silence
from unshackled.testing.sandbox import sandbox
from unshackled.testing.visit import CHOICES

SHELF = find()
# What the customer knows of themself, whatever form asks for it.
MYSELF: dict[str, Any] = {
    name: value for one in FORMS.values() for name, value in one.items() if value is not None
} | {"token": CARD}
# What they give otherwise when something was declined.
OTHER = {"token": "pm_card_mastercard", "line2": "Flat 2"}
# Who is asked about: only a customer with an old number has anything to be declined.
KEEPS = {"keep_number": True, "pac": "ABC123456", "current_number": "07700900456"}
ABOUT: dict[str, dict[str, Any]] = {"porting.check": KEEPS}
# A way out shows nothing twice, so a life is short.
TURNS = 60


def _declines() -> Iterator[tuple[str, str, str]]:
    """Every step of every demo flow that can be declined by a provider."""
    for plan in shipped().plans.values():
        for step in plan.steps.values():
            operation = step.definition.operation
            if operation is not None and operation.declinable:
                yield plan.retailer, step.name, operation.key


CASES = sorted(set(_declines()))


@dataclass
class Shop:
    """The service and its stand-ins in one process."""

    service: Service
    api: httpx.AsyncClient
    vendors: httpx.AsyncClient
    visited: list[str] = field(default_factory=list)

    async def decline(self, operation: str, times: int = 1) -> None:
        """The next calls of an operation are declined by whichever stand-in serves it."""
        scenario = {"mode": "decline", "operation": operation, "times": times}
        answer = await self.vendors.post("/_scenario", json=scenario)
        assert answer.status_code == 200, answer.text

    async def visit(self, page: str) -> None:
        """Say yes on a stand-in's page, and come back to us."""
        self.visited.append(page)
        path = urlsplit(page).path
        choice = CHOICES.get(path.split("/")[1], "approve")
        answer = await self.vendors.post(path, data={"choice": choice})
        back = answer.headers.get("location", "")
        if back.startswith(URL):
            await self.api.get(back)

    async def customer(
        self,
        retailer: str,
        locale: str = "en-GB",
        package: dict[str, Any] | None = None,
        flow: str | None = None,
        **data: Any,
    ) -> Customer:
        """Somebody who wants what the demo's customer of this retailer wants."""
        usual_flow, _, usual = PACKAGES[retailer]
        key = demo_key(retailer)
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": flow or usual_flow, "package": package or usual, "locale": locale},
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "one"},
        )
        assert made.status_code == 201, made.text
        return Customer(
            api=self.api,
            checkout=made.json(),
            token=made.json()["customer_token"],
            pages=self.visit,
            forms={"myself": {**MYSELF, **data}},
            other=OTHER,
            shop_key=key,
        )


@asynccontextmanager
async def shop(**changes: Any) -> AsyncIterator[Shop]:
    """Open for one customer, with other settings where they are given."""
    vendors = sandbox(SHELF)
    overrides = Overrides(adapters=SHELF, transport=in_process(vendors), store=None)
    service = build(settings(**changes), overrides)
    transport = httpx.ASGITransport(app=vendors)
    async with (
        running(service),
        client(service) as api,
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as desk,
    ):
        yield Shop(service, api, desk)


async def live(customer: Customer) -> list[str]:
    """Follow the next actions to the end; every code that was told on the way."""
    told: list[str] = []
    for _ in range(TURNS):
        assert silence(customer.checkout) is None, silence(customer.checkout)
        told += [said["code"] for said in customer.checkout["messages"] if said["type"] == "error"]
        if customer.checkout["status"] in ("completed", "canceled"):
            return told
        action = customer.next_action()
        if action is None:
            await asyncio.sleep(0.1)
            await customer.read()
            continue
        answer = await customer.act(action)
        assert answer is None or answer.is_success, answer.text
    raise AssertionError(
        f"never done: {describe(customer.checkout)} {customer.checkout['messages']}"
    )


@pytest.mark.parametrize(("retailer", "step", "operation"), CASES)
async def test_a_decline_is_lived_through_by_next_actions_alone(
    retailer: str, step: str, operation: str
) -> None:
    """Declined once, told as a sentence, and ordered all the same."""
    async with shop() as opened:
        await opened.decline(operation, times=2 if operation == "credit.quote" else 1)
        customer = await opened.customer(retailer, **ABOUT.get(operation, {}))
        told = await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        assert told, f"nobody was told that {step} was declined"


@pytest.mark.parametrize(
    ("retailer", "wrong", "right", "code"),
    [
        ("northstar", {"token": "tok_declined"}, {}, "card_declined"),
        ("orbit", {"token": "tok_insufficient"}, {}, "insufficient_funds"),
        ("northstar", {"family_name": "Decline"}, {"family_name": "Reed"}, "credit_declined"),
        ("northstar", {"family_name": "Harddecline"}, {}, "credit_declined"),
        (
            "northstar",
            {"family_name": "Sanction"},
            {"family_name": "Reed"},
            "identity_not_verified",
        ),
        ("orbit", {"postcode": "HS9 9ZZ"}, {"postcode": "SW1A 1AA"}, "address_not_found"),
        ("northstar", {"postcode": "ZE3 9AA"}, {"postcode": "SW1A 1AA"}, "not_deliverable"),
        ("orbit", {"agreement": "AGR-999999"}, {"agreement": "AGR-100001"}, "agreement_not_found"),
        ("orbit", {"grade": "broken"}, {"grade": "good"}, "grade_too_low"),
        ("pocket", {**KEEPS, "pac": "ZZZ123456"}, {"pac": "ABC123456"}, "pac_expired"),
        ("northstar", {**KEEPS, "pac": "QQQ123456"}, {"pac": "ABC123456"}, "pac_invalid"),
        ("orbit", {**KEEPS, "pac": "YYY123456"}, {"pac": "ABC123456"}, "pac_number_mismatch"),
        ("orbit", {"imei": "990000862471853"}, {"imei": "490154203237518"}, "declined"),
    ],
)
async def test_what_was_wrong_can_be_put_right(
    retailer: str, wrong: dict[str, Any], right: dict[str, str], code: str
) -> None:
    """A decline for what the customer gave: told by its code, and another answer is taken."""
    async with shop() as opened:
        customer = await opened.customer(retailer, **wrong)
        customer.other = {**OTHER, **right}
        told = await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        assert code in told


@pytest.mark.parametrize("retailer", ["northstar", "orbit"])
async def test_a_lender_that_wants_to_know_more_is_told_it(retailer: str) -> None:
    """The form comes up among the next actions, is filled in, and the credit is decided on."""
    async with shop() as opened:
        customer = await opened.customer(retailer, family_name="Inquire")
        done: list[str] = []
        customer.listener = lambda action: done.append(action["id"])
        await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        assert "submit:credit" in done


async def test_what_cannot_be_repaid_is_bought_otherwise() -> None:
    """Too little income for the plan: the customer takes what the answer offers, and orders."""
    async with shop() as opened:
        customer = await opened.customer("northstar", monthly_net_income=115_000)
        told = await live(customer)
        assert customer.checkout["status"] == "completed", describe(customer.checkout)
        assert "unaffordable" in told


async def test_what_is_told_is_in_the_customers_language() -> None:
    """A German checkout reads German sentences with the same codes."""
    async with shop() as opened:
        customer = await opened.customer("northstar", locale="de-DE", token="tok_declined")
        said: list[str] = []
        while customer.checkout["status"] != "completed" and not said:
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
            said = [one["content"] for one in customer.checkout["messages"] if one["actions"]]
        assert said == ["Ihre Karte wurde abgelehnt. Bitte nehmen Sie eine andere Karte."]
