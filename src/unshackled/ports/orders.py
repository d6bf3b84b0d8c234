"""Orders: the retailer's order management."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import Address, Contact
from unshackled.domain.facts import CheckoutRef, Fact, added
from unshackled.domain.package import Package
from unshackled.domain.quote import Quote, QuoteLine
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.credit import CreditDecision
from unshackled.ports.delivery import DeliverySlot
from unshackled.ports.operation import Delivery, effect, query, undoes
from unshackled.ports.outcome import Found, Outcome, Undone
from unshackled.ports.payment import PaymentAuthorised, PaymentCharged
from unshackled.ports.stock import StockReserved
from unshackled.ports.trade_in import TradeInAccepted


class PlaceOrder(Record, forbid_unknown_fields=False):
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

    @property
    def charges(self) -> tuple[QuoteLine, ...]:
        """What the order costs beside its goods at their prices, each with its sum.

        Paid delivery and settlement, the interest of the credit, and what a trade-in takes off
        (below zero). The goods and these add up to the quote's `total_payable`.
        """
        return (*self.quote.step_lines, *_of_credit(self.package))


def _of_credit(package: Package) -> list[QuoteLine]:
    """The interest, what it pays off, and what it is lower by because of the trade-in."""
    credit, handset = package.credit, package.handset
    if credit is None or handset is None:
        return []
    interest = sum(credit.instalments.amounts) - credit.amount
    taken_off = credit.for_goods + credit.deposit - handset.price
    old = credit.pays_off.amount if credit.pays_off else 0
    title = "Settlement of the old agreement"
    lines = [
        QuoteLine(part="credit", title="Interest", due_today=0, total=interest),
        QuoteLine(part="settlement", title=title, due_today=0, total=old),
        QuoteLine(part="trade_in", title="Trade-in", due_today=0, total=taken_off),
    ]
    return [line for line in lines if line.total]


class OrderPlaced(AbstractRecord, ReportsAmount):
    """The order number the customer sees, and what the order says that it costs, where told.

    `total` is the sum of all its lines over their whole terms, `due_today` what was paid with it;
    both in minor units.
    """

    order: str
    total: int | None = added(None)
    due_today: int | None = added(None)
    currency: str | None = added(None)

    def differs(self, request: object) -> str | None:
        """Another sum than the customer agreed to."""
        if not isinstance(request, PlaceOrder):
            return None
        quote = request.quote
        return apart(
            {
                "total": quote.total_payable,
                "due_today": quote.due_today,
                "currency": quote.currency,
            },
            {"total": self.total, "due_today": self.due_today, "currency": self.currency},
        )


class AskDispatch(Record, forbid_unknown_fields=False):
    """Which order is waited for."""

    order: OrderPlaced


class OrderDispatched(Record, Fact):
    """The goods are on their way; `tracking` is the carrier's number, where it is told."""

    order: str
    dispatched_at: datetime
    tracking: str | None = None


class AcceptReturn(Record, forbid_unknown_fields=False):
    """What of an order comes back: the lines of the case, with what goes back for each."""

    case: CaseRequest
    order: OrderPlaced | None = None


class ReturnAccepted(AbstractRecord, ReportsAmount):
    """The return's number, and what the order is lower by, in minor units where that is told."""

    number: str
    amount: int | None = None
    currency: str | None = None

    def differs(self, request: object) -> str | None:
        """Another sum than the case has, or another currency."""
        if not isinstance(request, AcceptReturn):
            return None
        case = request.case
        return apart(
            {"amount": case.amount, "currency": case.currency},
            {"amount": self.amount, "currency": self.currency},
        )


class Orders(Protocol):
    """Order management."""

    @effect(
        undo="cancel",
        carries=("handset", "accessories"),
        delivers=Delivery(what="the goods", address="address"),
    )
    async def place(self, request: PlaceOrder, call: Call) -> Outcome[OrderPlaced]:
        """Place the order; stock held for it is consumed."""
        ...

    @undoes()
    async def cancel(self, request: Undo[OrderPlaced], call: Call) -> Undone:
        """Cancel the order."""
        ...

    @query(follows="place", waits=True)
    async def dispatch(self, request: AskDispatch, call: Call) -> Outcome[OrderDispatched]:
        """Did the goods leave? Pending until then, with the day that is promised for it."""
        ...

    @effect(declinable=True, of_sale=("place",))
    async def accept_return(self, request: AcceptReturn, call: Call) -> Outcome[ReturnAccepted]:
        """Take goods back; Pending until they are here, `not_returned` if they never come."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Orders
