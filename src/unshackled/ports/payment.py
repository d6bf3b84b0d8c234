"""Payment: money taken from a card today."""

from __future__ import annotations

from typing import Final, Protocol

from unshackled.domain.customer import PaymentMethod
from unshackled.domain.facts import CheckoutRef
from unshackled.domain.quote import Quote
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class ChargePayment(Record, forbid_unknown_fields=False):
    """Take what the quote says is due today."""

    checkout: CheckoutRef
    quote: Quote
    method: PaymentMethod


class PaymentCharged(AbstractRecord, ReportsAmount):
    """The provider's payment, and the amount taken in minor units."""

    payment: str
    amount: int
    currency: str

    def differs(self, request: object) -> str | None:
        """Another sum than is due today, or another currency."""
        return _from_quote(self, request)


class AuthorisePayment(Record, forbid_unknown_fields=False):
    """Hold what the quote says is due today."""

    checkout: CheckoutRef
    quote: Quote
    method: PaymentMethod


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


class Payment(Protocol):
    """Card payments: taken at once, or held before the order and taken after it."""

    @effect(undo="refund", declinable=True, collects=("due_today",), moves="due_today")
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

    @effect(follows="authorise")
    async def capture(self, request: CapturePayment, call: Call) -> Outcome[PaymentCaptured]:
        """Take what is held; only after the pivot."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Payment
