"""Payment: money taken from a card today."""

from __future__ import annotations

from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseMoney
from unshackled.domain.customer import BankAccount, CardChargeConsent, PaymentMethod
from unshackled.domain.facts import CheckoutRef, added
from unshackled.domain.ledger import Transfer
from unshackled.domain.quote import Quote
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone
from unshackled.ports.trade_in_rules import TradeInOutcome

# What is due today goes to the provider, which pays it out to the retailer.
TAKEN: Final = Transfer(sender="customer", receiver="payment", what="due_today")
REFUNDED: Final = Transfer(sender="payment", receiver="customer", what="refund")
PAID_OUT: Final = Transfer(sender="payment", receiver="customer", what="trade_in")
DIFFERENCE: Final = Transfer(sender="customer", receiver="payment", what="trade_in_difference")


class ChargePayment(Record, forbid_unknown_fields=False):
    """Take what the quote says is due today.

    With a `consent` that is given the card is kept for a later charge that we begin (a stored
    credential): without the customer, but by this payment, which they authenticated.
    """

    checkout: CheckoutRef
    quote: Quote
    method: PaymentMethod
    consent: CardChargeConsent | None = added(None)

    @property
    def keeps_card(self) -> bool:
        """Whether the customer agreed to a later charge."""
        return self.consent is not None and self.consent.given


class PaymentCharged(AbstractRecord, ReportsAmount):
    """The provider's payment, and the amount taken in minor units."""

    payment: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than is due today, or another currency."""
        return _from_quote(self, request)


class AuthorisePayment(Record, forbid_unknown_fields=False):
    """Hold what the quote says is due today; `consent` is that of `ChargePayment`."""

    checkout: CheckoutRef
    quote: Quote
    method: PaymentMethod
    consent: CardChargeConsent | None = added(None)

    @property
    def keeps_card(self) -> bool:
        """Whether the customer agreed to a later charge."""
        return self.consent is not None and self.consent.given


class PaymentAuthorised(AbstractRecord, ReportsAmount):
    """The provider's payment, and the amount held on the card in minor units."""

    payment: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than is due today, or another currency."""
        return _from_quote(self, request)


class CapturePayment(Record, forbid_unknown_fields=False):
    """Take the whole amount that is held."""

    authorised: PaymentAuthorised


class PaymentCaptured(AbstractRecord, ReportsAmount):
    """The provider's payment, and the amount taken in minor units."""

    payment: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum or currency than is held."""
        if not isinstance(request, CapturePayment):
            return None
        held = request.authorised
        return apart(
            {"amount": held.amount, "currency": held.currency},
            {"amount": self.amount, "currency": self.currency},
        )


def _from_quote(charged: PaymentCharged | PaymentAuthorised, request: object) -> str | None:
    if not isinstance(request, ChargePayment | AuthorisePayment):
        return None
    quote = request.quote
    return apart(
        {"amount": quote.due_today, "currency": quote.currency},
        {"amount": charged.amount, "currency": charged.currency},
    )


class RefundAmount(Record, forbid_unknown_fields=False):
    """Give so much of a payment back: what of the case goes back to it."""

    case: CaseRequest
    money: CaseMoney | None = None
    charged: PaymentCharged | None = None
    captured: PaymentCaptured | None = None

    @property
    def amount(self) -> int:
        """The sum in minor units of the case's currency."""
        return self.case.amount if self.money is None else self.money.payment

    @property
    def currency(self) -> str:
        """The currency of the case."""
        return self.case.currency

    @property
    def paid_by(self) -> str | None:
        """The provider's number of the payment, where it is still known."""
        return _number_of(self.charged, self.captured)


class AmountRefunded(AbstractRecord, ReportsAmount):
    """The provider's refund, and the amount that goes back in minor units."""

    refund: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than was asked for, or another currency."""
        return _from_case(self, request)


class PayOut(Record, forbid_unknown_fields=False):
    """Pay the customer what the retailer owes them otherwise: the value of a device, say.

    It goes to `account`; without one, to the payment of the sale.
    """

    case: CaseRequest
    money: CaseMoney | None = None
    account: BankAccount | None = None
    charged: PaymentCharged | None = None
    captured: PaymentCaptured | None = None

    @property
    def amount(self) -> int:
        """The sum in minor units of the case's currency."""
        return self.case.amount if self.money is None else self.money.trade_in

    @property
    def currency(self) -> str:
        """The currency of the case."""
        return self.case.currency

    @property
    def paid_by(self) -> str | None:
        """The provider's number of the payment, where it is still known."""
        return _number_of(self.charged, self.captured)


class PaidOut(AbstractRecord, ReportsAmount):
    """The provider's payout, and its amount in minor units."""

    payout: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than was asked for, or another currency."""
        return _from_case(self, request)


class ChargeAmount(Record, forbid_unknown_fields=False):
    """Charge the payment of the sale again: what an old device is worth less than was promised.

    The customer agreed to it with the order and is not there: nobody can be sent to authenticate.
    """

    case: CaseRequest
    outcome: TradeInOutcome
    charged: PaymentCharged | None = None
    captured: PaymentCaptured | None = None

    @property
    def amount(self) -> int:
        """What of it the customer agreed to, in minor units of `currency`."""
        return self.outcome.on_card

    @property
    def currency(self) -> str:
        """The currency of what the inspection came to."""
        return self.outcome.currency

    @property
    def paid_by(self) -> str | None:
        """The provider's number of the payment of the sale, where it is still known."""
        return _number_of(self.charged, self.captured)


class AmountCharged(AbstractRecord, ReportsAmount):
    """The provider's new payment, and the amount taken in minor units."""

    payment: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than was asked for, or another currency."""
        return _from_case(self, request)


def _number_of(charged: PaymentCharged | None, captured: PaymentCaptured | None) -> str | None:
    paid = charged or captured
    return paid.payment if paid is not None else None


def _from_case(paid: AmountRefunded | PaidOut | AmountCharged, request: object) -> str | None:
    if not isinstance(request, RefundAmount | PayOut | ChargeAmount):
        return None
    return apart(
        {"amount": request.amount, "currency": request.currency},
        {"amount": paid.amount, "currency": paid.currency},
    )


class Payment(Protocol):
    """Card payments: taken at once, or held before the order and taken after it."""

    @effect(
        undo="refund",
        declinable=True,
        collects=("due_today",),
        moves="due_today",
        transfers=(TAKEN,),
    )
    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Take the amount due today; may send the customer to authenticate (Redirect)."""
        ...

    @undoes()
    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        """Give the whole charge back, or void it while it is open."""
        ...

    @effect(
        undo="void",
        declinable=True,
        collects=("due_today",),
        taken_by="capture",
        moves="due_today",
    )
    async def authorise(self, request: AuthorisePayment, call: Call) -> Outcome[PaymentAuthorised]:
        """Hold the amount due today; may send the customer to authenticate (Redirect)."""
        ...

    @undoes()
    async def void(self, request: Undo[PaymentAuthorised], call: Call) -> Undone:
        """Let the held amount go, or give it back where it was taken."""
        ...

    @effect(follows="authorise", transfers=(TAKEN,))
    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take what is held; only after the pivot."""
        ...

    @effect(declinable=True, of_sale=("charge", "capture"), transfers=(REFUNDED,))
    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        """Give part of it back, or all; `refund_too_late`, and `already_refunded` beyond it."""
        ...

    @effect(declinable=True, of_sale=("charge", "capture"), transfers=(PAID_OUT,))
    async def payout(self, request: PayOut, call: Call) -> Outcome[PaidOut]:
        """Pay the customer what the retailer owes them; `invalid_bank_account`."""
        ...

    @effect(declinable=True, of_sale=("charge", "capture"), transfers=(DIFFERENCE,))
    async def charge_amount(self, request: ChargeAmount, call: Call) -> Outcome[AmountCharged]:
        """Take what the customer owes after an inspection from the sale's card, without them."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Payment
