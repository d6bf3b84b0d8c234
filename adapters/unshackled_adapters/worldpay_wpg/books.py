"""What the stand-in of WPG keeps: orders, what was done with them, and its notifications."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.xml import Element, Markup, find, render
from unshackled_adapters.worldpay_wpg import documents

NOTIFY_URL: Final = "http://127.0.0.1:8080/v1/callbacks/northstar/worldpay_wpg"
# What a token ending with this is answered with (ISO 8583); any other one is authorised.
RESPONSES: Final = {"declined": "5", "insufficient": "51", "expired": "33", "stolen": "43"}
NOT_AUTHENTICATED: Final = "38"
# Money of which some may have gone back already.
CAPTURED: Final = ("CAPTURED", "SENT_FOR_REFUND", "REFUND_FAILED")
NO_PAYMENT: Final = "Could not find payment for order"

STATUS: Final = '<orderStatus orderCode="{order}">{inside}</orderStatus>'
PAYMENT: Final = (
    "<payment><paymentMethod>VISA-SSL</paymentMethod>{amount}"
    "<lastEvent>{event}</lastEvent>{reference}{response}</payment>"
)
CHALLENGE: Final = (
    "<challengeRequired><threeDSChallengeDetails><threeDSVersion>2.1.0</threeDSVersion>"
    "<transactionId3DS>standin</transactionId3DS><acsURL>https://issuer.example/challenge</acsURL>"
    "<payload>standin</payload></threeDSChallengeDetails></challengeRequired>"
)
EVENT: Final = (
    '<notify><orderStatusEvent orderCode="{order}">{payment}<journal journalType="{event}">'
    '<bookingDate><date dayOfMonth="{day}" month="{month}" year="{year}"/></bookingDate>'
    "</journal></orderStatusEvent></notify>"
)


class Fault(Exception):
    """An `<error>` of a reply."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code = code
        self.says = says


@dataclass(kw_only=True)
class Order:
    """One order; `event` is its payment's last event, empty before there is a payment."""

    code: str
    merchant: str
    value: int
    currency: str
    known_at: datetime
    event: str = ""
    response: str = ""
    reference: str = ""
    back: str = ""
    refunded: int = 0

    @property
    def hold(self) -> bool:
        """Whether it waits for the merchant's capture."""
        return self.code.endswith(documents.HOLD)

    @property
    def taken(self) -> bool:
        """Whether its money is with the merchant: Worldpay captures what is no hold by itself."""
        return self.event in CAPTURED or (self.event == "AUTHORISED" and not self.hold)

    @property
    def left(self) -> int:
        """What of it was not given back."""
        return self.value - self.refunded

    @property
    def ours(self) -> str:
        """The merchant's reference without what tells a hold."""
        return self.code.removesuffix(documents.HOLD)

    @property
    def effect(self) -> str:
        """Our operation."""
        return "payment.authorise" if self.hold else "payment.charge"

    @property
    def undo(self) -> str:
        """Our undo of it."""
        return "payment.void" if self.hold else "payment.refund"

    def document(self) -> Markup:
        """What is told of the payment."""
        code = '<ISO8583ReturnCode code="{code}"/>'
        mark = "<reference>{reference}</reference>"
        return render(
            PAYMENT,
            amount=documents.amount(self.value, self.currency),
            event=self.event,
            reference=render(mark, reference=self.reference) if self.reference else "",
            response=render(code, code=self.response) if self.response else "",
        )


@dataclass(kw_only=True)
class Books:
    """The orders by code. Inquiries lag by `lag` behind."""

    stand_in: StandIn
    orders: dict[str, Order] = field(default_factory=dict)
    lag: timedelta = timedelta(0)

    def submit(self, merchant: str, element: Element, mode: Mode | None, base: str) -> Markup:
        """Take an order: on the page, by a token, or not at all."""
        code = str(element.attrib["orderCode"])
        if code in self.orders:
            raise Fault("5", "Duplicate order code")
        money = find(element, "amount")
        if money is None:
            raise Fault("2", "Invalid XML")
        value, currency = documents.minor(money)
        now = self.stand_in.now()
        made = Order(
            code=code, merchant=merchant, value=value, currency=currency, known_at=now + self.lag
        )
        if find(element, "paymentMethodMask") is not None:
            self.orders[code] = made
            return _page(made, f"{base}/app/hpp?OrderKey={merchant}^{code}")
        token = find(element, "paymentDetails/TOKEN-SSL/paymentTokenID")
        ending = ((token.text if token is not None else "") or "").rpartition("_")[2]
        if ending == "unreadable":
            raise Fault("7", "Invalid payment details")
        self.orders[code] = made
        if mode == "refer" or ending == "3ds":
            return render(STATUS, order=code, inside=Markup(CHALLENGE))
        self.decide(made, "5" if mode == "decline" else RESPONSES.get(ending, ""))
        return render(STATUS, order=code, inside=made.document())

    def decide(self, order: Order, response: str) -> None:
        """The issuer's word; the merchant is notified whatever it is."""
        order.event, order.response = ("REFUSED" if response else "AUTHORISED"), response
        if not response:
            self.record(order.effect, order, order.ours)
        self.notify(order)

    def capture(self, element: Element, mode: Mode | None) -> Markup:
        """Take what is held; taken in at once, done later."""
        made, money, taken = self.paid(element), find(element, "amount"), find(element, "capture")
        if money is None or taken is None:
            raise Fault("2", "Invalid XML")
        value, currency = documents.minor(money)
        if made.event != "AUTHORISED" or (value, currency) != (made.value, made.currency):
            raise Fault("5", "Requested capture amount exceeds balance")
        if mode != "decline":
            made.event, made.reference = "CAPTURED", str(taken.attrib.get("reference", ""))
            self.record("payment.capture", made, made.reference)
            self.notify(made)
        told = '<ok><captureReceived orderCode="{order}">{amount}</captureReceived></ok>'
        return render(told, order=made.code, amount=documents.amount(value, currency))

    def give_back(self, element: Element, mode: Mode | None = None) -> Markup:
        """Cancel what is held, give back what was taken.

        `decline` refuses it at once; `refer` takes it in, and it fails.
        """
        made = self.paid(element)
        if mode == "decline" or made.event not in ("AUTHORISED", "CAPTURED", "REFUND_FAILED"):
            raise Fault("5", "Requested operation not allowed in this state")
        if mode == "refer":
            made.event = "REFUND_FAILED"
        else:
            made.event = "CANCELLED" if made.event == "AUTHORISED" else "SENT_FOR_REFUND"
            self.record(made.undo, made, made.ours)
            made.refunded = made.value
        self.notify(made)
        return render('<ok><voidReceived orderCode="{order}"/></ok>', order=made.code)

    def refund(self, element: Element, mode: Mode | None = None) -> Markup:
        """Give so much back of what was taken; taken in at once, sent to the bank later.

        `decline` is no money in the merchant's account; `refer` takes it in, and it fails.
        """
        made, money, wanted = self.paid(element), find(element, "amount"), find(element, "refund")
        if money is None or wanted is None:
            raise Fault("2", "Invalid XML")
        value, currency = documents.minor(money)
        if not made.taken or currency != made.currency:
            raise Fault("5", "Requested operation not allowed in this state")
        if not 0 < value <= made.left or mode == "decline":
            raise Fault("5", "Refund amount too high")
        reference = str(wanted.attrib.get("reference", ""))
        made.refunded += value
        made.event, made.reference = "SENT_FOR_REFUND", reference
        self._part("payment.refund_amount", made, value)
        if mode == "refer":
            self.break_refund(made, value)
        else:
            self.notify(made)
        told = '<ok><refundReceived orderCode="{order}">{amount}</refundReceived></ok>'
        return render(told, order=made.code, amount=documents.amount(value, currency))

    def break_refund(self, order: Order, value: int) -> None:
        """The customer's bank sends the last refund back: it is with the merchant again."""
        order.refunded -= value
        order.event = "REFUND_FAILED"
        self._part("payment.refund_failed", order, value)
        self.notify(order)

    def _part(self, effect: str, order: Order, value: int) -> None:
        facts = {"payment": order.code, "amount": value, "currency": order.currency}
        self.stand_in.record(effect, order.reference.removesuffix(documents.REFUND), **facts)

    def inquire(self, element: Element) -> Markup:
        """How an order stands, as far as inquiries know."""
        made = self.paid(element)
        if self.stand_in.now() < made.known_at:
            raise Fault("5", NO_PAYMENT)
        return render(STATUS, order=made.code, inside=made.document())

    def paid(self, element: Element) -> Order:
        """The order that is meant, if there is a payment."""
        made = self.orders.get(str(element.attrib["orderCode"]))
        if made is None or not made.event:
            raise Fault("5", NO_PAYMENT)
        return made

    def record(self, effect: str, order: Order, reference: str) -> None:
        """The ledger's entry, in our minor units: what of the order was not given back before."""
        facts = {"payment": order.code, "amount": order.left, "currency": order.currency}
        self.stand_in.record(effect, reference, **facts)

    def notify(self, order: Order) -> None:
        """Send a notification, as the merchant set it up once for its code; nothing signs it."""
        now = self.stand_in.now()
        told = render(
            EVENT,
            order=order.code,
            payment=order.document(),
            event=order.event,
            day=now.day,
            month=now.month,
            year=now.year,
        )
        url = os.environ.get("WORLDPAY_NOTIFY_URL") or NOTIFY_URL
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        self.stand_in.later(self.stand_in.deliver(url, document(order.merchant, told), headers))


def _page(order: Order, url: str) -> Markup:
    inside = render('<reference id="{id}">{url}</reference>', id=order.code, url=url)
    return render(STATUS, order=order.code, inside=inside)


def document(merchant: str, body: Markup) -> bytes:
    """A whole document of Worldpay's."""
    return (
        documents.DECLARATION + render(documents.SERVICE, merchant=merchant, body=body)
    ).encode()
