"""Notification: a message to the customer."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import Contact
from unshackled.domain.facts import CheckoutRef, Fact, added
from unshackled.domain.records import Record
from unshackled.domain.schedule import PaymentSchedule
from unshackled.ports.call_context import Call
from unshackled.ports.mandate import MandateSetUp
from unshackled.ports.operation import effect
from unshackled.ports.orders import OrderPlaced
from unshackled.ports.outcome import Found, Outcome
from unshackled.ports.sim import SimActivated
from unshackled.ports.stock import StockReserved
from unshackled.ports.trade_in_rules import DeviceRegraded, TradeInOutcome


class SendNotification(Record, forbid_unknown_fields=False):
    """What a template is filled with; there is no order before it is placed.

    With a `schedule` and a `mandate` it can be the advance notice of a Direct Debit, with a `line`
    it can tell how a SIM is put to use. `stock` has the day that was promised for goods that are
    not there yet, `dispatch_on` the day on which the order leaves by the shop's newest word. `case`
    is what happens to the completed checkout, where the message is about that; `case_news` says
    that it was opened, completed or canceled, where it is about just that. `regraded`
    and `outcome` are what an old device turned out to be worth, and what is left to pay for it;
    `not_charged` is that where the card of the sale did not give it.
    """

    checkout: CheckoutRef
    contact: Contact
    order: OrderPlaced | None
    template: str = "order_confirmation"
    schedule: PaymentSchedule | None = added(None)
    mandate: MandateSetUp | None = added(None)
    line: SimActivated | None = added(None)
    stock: StockReserved | None = added(None)
    dispatch_on: date | None = added(None)
    case: CaseRequest | None = added(None)
    case_news: Literal["opened", "completed", "canceled"] | None = added(None)
    regraded: DeviceRegraded | None = added(None)
    outcome: TradeInOutcome | None = added(None)
    not_charged: TradeInOutcome | None = added(None)


class NotificationSent(Record, Fact):
    """The message's number at the sender."""

    message: str


class Notification(Protocol):
    """A sender of e-mail and text messages."""

    @effect(leaves_nothing=True)
    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        """Send the message."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Notification
