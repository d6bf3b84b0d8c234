"""Payment: money taken from a card today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from unshackled.domain.customer import PaymentMethod
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.quote import Quote
from unshackled.ports.call import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePayment:
    """Take what the quote says is due today."""

    checkout: CheckoutRef
    quote: Quote
    method: PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCharged(Fact):
    """The provider's payment, and the amount taken in minor units."""

    payment: str
    amount: int
    currency: str


class Payment(Protocol):
    """Card payments."""

    @effect(undo="refund", declinable=True)
    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        """Take the amount due today; may send the customer to authenticate (Redirect)."""
        ...

    @undoes()
    async def refund(self, request: Undo[PaymentCharged], call: Call) -> None:
        """Give the whole charge back, or void it while it is open."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...
