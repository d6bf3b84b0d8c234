"""Credit: soft quotation, application, activation, and the agreement being upgraded from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from unshackled.domain.customer import Address, Contact, ExistingAgreement, IncomeAndOutgoings
from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms
from unshackled.ports.agreement import AgreementSigned
from unshackled.ports.call import Call, Undo
from unshackled.ports.operation import effect, query, undoes
from unshackled.ports.outcome import Found, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCredit:
    """What a lender needs for a quotation (soft) search."""

    terms: CreditTerms
    contact: Contact
    address: Address
    income: IncomeAndOutgoings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditQuoted(Fact):
    """The lender would lend: its offer; the search is visible to the customer alone."""

    offer: str
    lender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForCredit:
    """The application: at most one hard search in a checkout."""

    terms: CreditTerms
    offer: CreditQuoted
    contact: Contact
    address: Address
    income: IncomeAndOutgoings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDecision(Fact):
    """Accepted: the application and who lends."""

    application: str
    lender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateCredit:
    """The goods are ordered and the agreement signed: the credit starts.

    Without an `agreement` of ours the customer signed where they applied, at the lender's.
    """

    decision: CreditDecision
    agreement: AgreementSigned | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditActivated(Fact):
    """The live credit agreement."""

    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStanding:
    """Which agreement to look at."""

    existing: ExistingAgreement


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementStanding(Fact):
    """How an agreement stands: the credit it began with and its payments, in minor units."""

    agreement: str
    repayments_made: int
    months: int
    amount: int
    regular_payment: int
    arrears: int
    apr_percent: str
    started: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleCredit:
    """Pay off the old agreement with the settlement that was worked out."""

    settlement: SettlementDue


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementDue(Fact):
    """What settles the old agreement: left to pay, rebate and trade-in, in minor units."""

    agreement: str
    outstanding: int
    rebate: int
    trade_in: int
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSettled(Fact):
    """The lender's receipt for the settlement."""

    receipt: str


class Credit(Protocol):
    """A lender."""

    @query(declinable=True)
    async def quote(self, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
        """Would you lend? A soft search."""
        ...

    @effect(undo="withdraw", declinable=True, hard_search=True, follows="quote")
    async def apply(self, request: ApplyForCredit, call: Call) -> Outcome[CreditDecision]:
        """Apply: accepted, declined, or referred to a person (Pending). A hard search."""
        ...

    @undoes()
    async def withdraw(self, request: Undo[CreditDecision], call: Call) -> None:
        """Withdraw the application."""
        ...

    @effect(follows="apply", carries=("credit",), collects=("instalments",))
    async def activate(self, request: ActivateCredit, call: Call) -> Outcome[CreditActivated]:
        """Start the agreement; only after the pivot."""
        ...

    @query(declinable=True)
    async def standing(self, request: AskStanding, call: Call) -> Outcome[AgreementStanding]:
        """How an existing agreement stands; `agreement_not_found`, `agreement_settled`."""
        ...

    @effect(follows="standing")
    async def settle(self, request: SettleCredit, call: Call) -> Outcome[CreditSettled]:
        """Settle an existing agreement; only after the pivot."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...
