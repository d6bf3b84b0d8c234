"""Orders: the retailer's order management."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from unshackled.domain.customer import Address, Contact
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.package import Package
from unshackled.domain.quote import Quote
from unshackled.ports.call import Call, Undo
from unshackled.ports.credit import CreditDecision
from unshackled.ports.delivery import DeliverySlot
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome
from unshackled.ports.payment import PaymentAuthorised, PaymentCharged
from unshackled.ports.stock import StockReserved
from unshackled.ports.trade_in import TradeInAccepted


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """The order with everything that was agreed before it.

    `payment` is what was taken, `authorised` what is held and taken after the order.
    """

    checkout: CheckoutRef
    package: Package
    quote: Quote
    contact: Contact
    address: Address
    stock: StockReserved | None
    payment: PaymentCharged | None
    credit: CreditDecision | None
    delivery: DeliverySlot | None
    trade_in: TradeInAccepted | None
    authorised: PaymentAuthorised | None = None

    @property
    def paid_by(self) -> str | None:
        """The provider's number of the payment, taken or held."""
        paid = self.payment or self.authorised
        return paid.payment if paid is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Fact):
    """The order number the customer sees."""

    order: str


class Orders(Protocol):
    """Order management."""

    @effect(undo="cancel", carries=("handset", "accessories"))
    async def place(self, request: PlaceOrder, call: Call) -> Outcome[OrderPlaced]:
        """Place the order; stock held for it is consumed."""
        ...

    @undoes()
    async def cancel(self, request: Undo[OrderPlaced], call: Call) -> None:
        """Cancel the order."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...
