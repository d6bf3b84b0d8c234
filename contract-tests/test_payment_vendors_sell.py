"""Cards of real vendors in a flow: held before the order, captured after it, or given back."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from unshackled.app import Overrides, build
from unshackled.clock import SystemClock
from unshackled.demo import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.shelf import find
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.invariants import Observed, violations
from unshackled.testing.sandbox import Sandbox
from unshackled_adapters.adyen.books import HMAC_KEY

FLOWS = Path(__file__).parents[1] / "flows"
PACKAGE = {"handset": "handset-mid"}
ENVIRON = {
    "CARDS_HMAC_KEY": HMAC_KEY,
    "CARDS_PASSWORD": "demo-only-adyen-webhook-password",
    "CARDS_WEBHOOK_SECRET": "demo-only-stripe-webhook-secret",
}
PROVIDERS = {
    "adyen": """
  cards:
    adapter: adyen
    settings:
      base_url: env:CARDS_URL
      api_key: env:CARDS_KEY
      merchant_account: NorthstarECOM
      hmac_key: env:CARDS_HMAC_KEY
      webhook_user: demo-webhook
      webhook_password: env:CARDS_PASSWORD
""",
    "paypal": """
  cards:
    adapter: paypal
    settings:
      base_url: env:CARDS_URL
      client_id: northstar
      client_secret: env:CARDS_KEY
      webhook_id: STANDINWEBHOOK
""",
    "stripe": """
  cards:
    adapter: stripe
    settings:
      base_url: env:CARDS_URL
      api_key: env:CARDS_KEY
      webhook_secret: env:CARDS_WEBHOOK_SECRET
""",
    "worldpay_wpg": """
  cards:
    adapter: worldpay_wpg
    settings:
      base_url: env:CARDS_URL
      merchant_code: NORTHSTAR
      username: NORTHSTARXML
      password: env:CARDS_PASSWORD
      installation_id: "1234567"
      shopper_tokens: false
""",
}
SETTLES_WITHIN_SECONDS = 60
# That there is nothing to take back counts once every vendor would know of it.
KNOWN_AFTER = timedelta(minutes=6)
HELD = """
      deposit:
        call: payment.authorise
        needs: [confirm, payment_method]
        when: quote.due_today > 0
      take: {call: payment.capture, needs: [order], when: quote.due_today > 0}
"""
# What sends the customer to a page of the vendor's.
AWAY = {
    "adyen": "stored_3ds",
    "paypal": "paypal",
    "stripe": "pm_card_authenticationRequired",
    "worldpay_wpg": "hosted",
}
# What pays at once, and what is refused.
GOOD = {"stripe": "pm_card_visa"}
BAD = {
    "adyen": "stored_insufficient",
    "stripe": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "worldpay_wpg": "insufficient",
}
# Whose payments nobody takes once they were undone while the customer was away.
CLOSES = frozenset({"adyen", "paypal", "stripe"})
VENDORS = pytest.mark.parametrize("vendor", sorted(PROVIDERS))
CARDS = pytest.mark.parametrize("vendor", sorted(BAD))


class Ahead(SystemClock):
    """The time of day, as far ahead as a test says."""

    by = timedelta(0)

    def now(self) -> datetime:
        """In UTC."""
        return super().now() + self.by


@dataclass(kw_only=True)
class Shop:
    """A service whose cards are one vendor's, in this process."""

    api: httpx.AsyncClient
    backends: httpx.AsyncClient
    cards: StandIn
    stand_ins: Mapping[str, StandIn]
    clock: Ahead

    async def begin(self, token: str) -> Customer:
        """A customer who wants a handset, with this token."""
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": "handset-on-credit", "package": PACKAGE},
            headers={
                "Authorization": f"Bearer {demo_key('northstar')}",
                "Idempotency-Key": token,
            },
        )
        assert made.status_code == 201, made.text
        return Customer(
            api=self.api,
            seen=made.json(),
            token=made.json()["customer_token"],
            forms={**FORMS, "payment_method": {"token": token}},
            pages=self.visit,
        )

    async def visit(self, page: str) -> None:
        """Approve on a provider's page, and come back."""
        gone = await self.backends.post(page, data={"choice": "approve"})
        back = urlsplit(gone.headers["location"])
        await self.cards.settle()
        await self.api.get(f"{back.path}?{back.query}")

    async def buy(self, customer: Customer) -> None:
        """Buy, and go to the vendor's page where the card asks for it after the yes."""
        await customer.buy()
        action = customer.next_action()
        if action is not None and action["type"] == "redirect":
            await customer.act(action)

    async def settled(self, customer: Customer) -> Any:
        """The checkout when nothing is under way any more."""
        seen: Any = {}
        until = time.monotonic() + SETTLES_WITHIN_SECONDS
        while time.monotonic() < until:
            await self.cards.settle()
            seen = await customer.read()
            if seen["settled"] and seen["status"] in ("completed", "canceled"):
                return seen
            await asyncio.sleep(0.05)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        headers = {"Authorization": f"Bearer {demo_key('northstar')}"}
        path = f"{customer.href}/events?limit=200"
        events = (await self.api.request("GET", path, headers=headers)).json()["items"]
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([Observed(checkout=customer.seen, events=events)], ledger)

    def effects(self) -> list[str]:
        """What the vendor really did, in order."""
        return [entry["effect"] for entry in self.cards.ledger]


def deposit(customer: Customer) -> Any:
    """The step that holds the money."""
    return next(one for one in customer.seen["steps"] if one["name"] == "deposit")


@asynccontextmanager
async def shop(vendor: str, folder: Path, pays: str = HELD) -> AsyncIterator[Shop]:
    """The northstar flow, its cards held by this vendor before the order and taken after it.

    Without `pays` they are charged before the order.
    """
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    text = (flows / "northstar.yaml").read_text()
    text = text.replace("providers:\n", f"providers:{PROVIDERS[vendor]}", 1)
    text = text.replace("payment: psp", "payment: cards")
    (flows / "northstar.yaml").write_text(text.rstrip() + pays)
    shelf = find()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends, clock = Sandbox(stand_ins=stand_ins).app(), Ahead()
    service = build(
        load_settings(demo=True, store="memory:", flows=flows),
        Overrides(adapters=shelf, transport=in_process(backends), environ=ENVIRON, clock=clock),
    )
    async with (
        service.life.span(service.api),
        httpx.AsyncClient(transport=in_process(service.api), base_url="http://shop.example") as api,
        httpx.AsyncClient(transport=in_process(backends)) as browser,
    ):

        async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            for _ in range(50):
                path = "/v1/callbacks/northstar/cards"
                taken = await api.post(path, content=body, headers=dict(headers))
                if taken.status_code != 503:
                    assert taken.status_code == 200, taken.text
                    return
                await asyncio.sleep(0.05)

        stand_ins[vendor].deliver = deliver
        yield Shop(
            api=api, backends=browser, cards=stand_ins[vendor], stand_ins=stand_ins, clock=clock
        )


@VENDORS
async def test_a_card_is_held_before_the_order_and_captured_after_it(
    vendor: str, tmp_path: Path
) -> None:
    """The money is taken once, after the order, and the checkout is at rest."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(GOOD.get(vendor, "tok_visa"))
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert seen["status"] == "completed"
        assert sells.effects() == ["payment.authorise", "payment.capture"]
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_card_is_charged_before_the_order(vendor: str, tmp_path: Path) -> None:
    """A flow that only charges takes the money once; a lost answer does not take it twice."""
    async with shop(vendor, tmp_path, pays="\n") as sells:
        sells.cards.play("lost_answer", "payment.charge", times=1)
        customer = await sells.begin(GOOD.get(vendor, "tok_visa"))
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert (seen["status"], sells.effects()) == ("completed", ["payment.charge"])
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_customer_who_goes_to_the_page_comes_back_and_buys(
    vendor: str, tmp_path: Path
) -> None:
    """The webhook or the inquiry, not the browser, says that the hold was approved."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(AWAY[vendor])
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert seen["status"] == "completed"
        assert sells.effects() == ["payment.authorise", "payment.capture"]
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_hold_approved_after_the_cancel_is_let_go(vendor: str, tmp_path: Path) -> None:
    """Who cancels on the page and then still approves there keeps the money."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(AWAY[vendor])
        pages: list[str] = []

        async def leave(page: str) -> None:
            pages.append(page)
            await customer.cancel()

        customer.pages = leave
        await sells.buy(customer)
        sells.clock.by += KNOWN_AFTER
        seen = await sells.settled(customer)
        assert (seen["status"], sells.effects()) == ("canceled", [])
        assert await sells.broken(customer) == []
        await sells.visit(pages[0])
        await sells.settled(customer)
        ends = [] if vendor in CLOSES else ["payment.authorise", "payment.void"]
        until = time.monotonic() + SETTLES_WITHIN_SECONDS
        while time.monotonic() < until:
            if len(sells.effects()) == len(ends):
                break
            await asyncio.sleep(0.05)
        assert sells.effects() == ends
        assert await sells.broken(customer) == []


@CARDS
async def test_a_refused_card_is_asked_for_again(vendor: str, tmp_path: Path) -> None:
    """A decline takes nothing, and the customer pays with another card."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.begin(BAD[vendor])
        while (code := deposit(customer)["code"]) is None:
            action = customer.next_action()
            assert action is not None
            await customer.act(action)
        assert code == "insufficient_funds"
        assert sells.effects() == []
        other = {"token": GOOD.get(vendor, "tok_visa")}
        assert (await customer.ask("PUT", "/steps/payment_method", other)).status_code == 200
        await sells.buy(customer)
        assert (await sells.settled(customer))["status"] == "completed"
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_lost_answer_is_resolved_without_a_second_hold(vendor: str, tmp_path: Path) -> None:
    """The answer to the hold is lost: resent or looked up, it is there once."""
    async with shop(vendor, tmp_path) as sells:
        sells.cards.play("lost_answer", "payment.authorise", times=1)
        customer = await sells.begin(GOOD.get(vendor, "tok_visa"))
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert seen["status"] == "completed"
        assert sells.effects() == ["payment.authorise", "payment.capture"]
        assert await sells.broken(customer) == []


async def test_a_refund_that_comes_back_is_somebody_s_work(tmp_path: Path) -> None:
    """Given back after a cancel, sent back by the bank: the checkout is not settled any more."""
    async with shop("stripe", tmp_path, pays="\n") as sells:
        sells.stand_ins["legacy_shop"].play("unavailable", "orders.place")
        customer = await sells.begin(GOOD["stripe"])
        await sells.buy(customer)
        assert deposit(customer)["state"] == "passed"
        await customer.cancel()
        await sells.settled(customer)
        assert sells.effects() == ["payment.charge", "payment.refund"]

        books = sells.cards.state["books"]
        books.break_refund(*books.refunds)
        await sells.cards.settle()
        seen = await customer.read()
        assert (seen["status"], seen["settled"]) == ("canceled", False)
        headers = {"Authorization": f"Bearer {demo_key('northstar')}"}
        events = await sells.api.get(f"{customer.href}/events?limit=200", headers=headers)
        assert events.json()["items"][-1]["type"] == "undo.failed.v1"
