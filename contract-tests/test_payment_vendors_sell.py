"""Cards of real vendors in a flow: held before the order, captured after it, or given back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from selling import HANDSET, SellingHarness, selling, settled, step
from unshackled.sdk.standin import StandIn
from unshackled.testing.customer import Customer
from unshackled_adapters.adyen.books import HMAC_KEY

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


class CardHarness(SellingHarness):
    """Northstar, whose cards are one vendor's."""

    @property
    def cards(self) -> StandIn:
        """The vendor."""
        return self.stand_ins[self.vendors[0]]

    async def pays(self, token: str) -> Customer:
        """A customer who wants a handset, with this token."""
        customer = await self.begin(HANDSET)
        customer.forms = {**customer.forms, "payment_method": {"token": token}}
        return customer

    async def buy(self, customer: Customer) -> None:
        """Buy, and go to the vendor's page where the card asks for it after the yes."""
        await customer.buy()
        action = customer.next_action()
        if action is not None and action["type"] == "redirect":
            await customer.act(action)

    async def settled(self, customer: Customer) -> Any:
        """The checkout when nothing is under way any more."""
        return await self.until(customer, settled(), acts=False)


@asynccontextmanager
async def shop(vendor: str, folder: Path, pays: str = HELD) -> AsyncIterator[CardHarness]:
    """The northstar flow, its cards held by this vendor before the order and taken after it.

    Without `pays` they are charged before the order.
    """
    async with selling(
        CardHarness,
        folder,
        providers=PROVIDERS[vendor],
        changes={"defaults": {"payment": "cards"}},
        steps=pays,
        environ=ENVIRON,
        listens={vendor: "cards"},
    ) as sells:
        yield sells


@VENDORS
async def test_a_card_is_held_before_the_order_and_captured_after_it(
    vendor: str, tmp_path: Path
) -> None:
    """The money is taken once, after the order, and the checkout is at rest."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.pays(GOOD.get(vendor, "tok_visa"))
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
        customer = await sells.pays(GOOD.get(vendor, "tok_visa"))
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
        customer = await sells.pays(AWAY[vendor])
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert seen["status"] == "completed"
        assert sells.effects() == ["payment.authorise", "payment.capture"]
        assert await sells.broken(customer) == []


@VENDORS
async def test_a_hold_approved_after_the_cancel_is_let_go(vendor: str, tmp_path: Path) -> None:
    """Who cancels on the page and then still approves there keeps the money."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.pays(AWAY[vendor])
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
        await sells.until(customer, lambda _: len(sells.effects()) == len(ends), acts=False)
        assert sells.effects() == ends
        assert await sells.broken(customer) == []


@CARDS
async def test_a_refused_card_is_asked_for_again(vendor: str, tmp_path: Path) -> None:
    """A decline takes nothing, and the customer pays with another card."""
    async with shop(vendor, tmp_path) as sells:
        customer = await sells.pays(BAD[vendor])
        while (code := step(customer.checkout, "deposit")["code"]) is None:
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
        customer = await sells.pays(GOOD.get(vendor, "tok_visa"))
        await sells.buy(customer)
        seen = await sells.settled(customer)
        assert seen["status"] == "completed"
        assert sells.effects() == ["payment.authorise", "payment.capture"]
        assert await sells.broken(customer) == []


async def test_a_refund_that_comes_back_is_somebody_s_work(tmp_path: Path) -> None:
    """Given back after a cancel, sent back by the bank: the checkout is not settled any more."""
    async with shop("stripe", tmp_path, pays="\n") as sells:
        sells.stand_ins["legacy_shop"].play("unavailable", "orders.place")
        customer = await sells.pays(GOOD["stripe"])
        await sells.buy(customer)
        assert step(customer.checkout, "deposit")["state"] == "passed"
        await customer.cancel()
        await sells.settled(customer)
        assert sells.effects() == ["payment.charge", "payment.refund"]

        books = sells.cards.state["books"]
        books.break_refund(*books.refunds)
        await sells.cards.settle()
        seen = await customer.read()
        assert (seen["status"], seen["settled"]) == ("canceled", False)
        events = await sells.events(customer)
        assert events[-1]["type"] == "undo.failed.v1"
