"""Applying for credit: the soft search, the application, its decision, and how it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from unshackled.domain.customer import Address, Contact, CreditSearchConsent, IncomeAndOutgoings
from unshackled.domain.customer.credit_information import CreditInformation
from unshackled.domain.documents import DocumentLine, NamesLender, Template
from unshackled.domain.facts import Fact, added, without
from unshackled.domain.package import CreditTerms
from unshackled.domain.payment_rules import PaymentRules
from unshackled.domain.records import AbstractRecord, Record
from unshackled.domain.schedule import PaymentSchedule
from unshackled.ports.agreement import AgreementSigned
from unshackled.ports.amount_ranges import ReportsAmount, apart

# The most minor units that two sums of the same settlement may be apart.
ROUNDING: Final = 1


class QuoteCredit(Record, forbid_unknown_fields=False):
    """What a lender needs for a quotation (soft) search.

    Its offer counts `valid_for`, where that is said.
    """

    terms: CreditTerms
    contact: Contact = without("email", "phone")
    address: Address
    income: IncomeAndOutgoings | None
    valid_for: timedelta | None = added(None)


class CreditQuoted(AbstractRecord, ReportsAmount):
    """The lender would lend: its offer; the search is visible to the customer alone.

    `payment_rules` say when the customer may begin to pay; None where the lender takes no wish.
    `amount`, `months` and `apr_percent` are those of the offer, where it tells them: one on other
    terms than were asked for is none.
    """

    offer: str
    lender: str
    payment_rules: PaymentRules | None = added(None)
    amount: int | None = added(None)
    months: int | None = added(None)
    currency: str | None = added(None)
    apr_percent: Decimal | None = added(None)

    def differs(self, request: object) -> str | None:
        """Another amount, term or rate than the customer chose."""
        if not isinstance(request, QuoteCredit):
            return None
        terms = request.terms
        other_rate = self.apr_percent is not None and self.apr_percent != terms.apr_percent
        return apart(
            {"amount": terms.amount, "months": terms.months},
            {"amount": self.amount, "months": self.months},
        ) or (f"apr {self.apr_percent} where {terms.apr_percent} was asked" if other_rate else None)


class ApplyForCredit(Record, forbid_unknown_fields=False):
    """The application: at most one hard search in a checkout.

    E-mail and phone are sent with it and no part of it: a correction goes by `amend`. `schedule`
    has the first payment date that the customer chose, where the flow asks for one.
    """

    terms: CreditTerms
    offer: CreditQuoted
    contact: Contact = without("email", "phone")
    address: Address
    income: IncomeAndOutgoings | None
    consent: CreditSearchConsent | None = added(None)
    schedule: PaymentSchedule | None = added(None)


class SearchFacts(Record, forbid_unknown_fields=False):
    """What the sentence is written from that a customer agrees to before a hard search."""

    offer: CreditQuoted


def _consent_to_search(facts: SearchFacts) -> Sequence[DocumentLine]:
    lender = facts.offer.lender
    return (
        DocumentLine(label="lender", text="as_named", params={"name": lender}),
        DocumentLine(label="consent", text="consent_to_search", params={"lender": lender}),
    )


SEARCH_CONSENT: Final = Template(
    name="credit_search_consent", request=SearchFacts, lines=_consent_to_search
)


class CreditDecision(AbstractRecord, NamesLender, ReportsAmount, forbid_unknown_fields=True):
    """Accepted: the application and who lends, and what, where the lender says it.

    `amount` is the credit in minor units, `months` how long it runs, `first_payment` the date that
    the lender takes.
    """

    application: str
    amount: int | None = added(None)
    months: int | None = added(None)
    currency: str | None = added(None)
    first_payment: date | None = added(None)

    def differs(self, request: object) -> str | None:
        """Another amount, term or first payment than was applied for."""
        if not isinstance(request, ApplyForCredit):
            return None
        wanted = request.schedule.first_payment if request.schedule else None
        return apart(
            {
                "amount": request.terms.amount,
                "months": request.terms.months,
                "first_payment": written(wanted),
            },
            {
                "amount": self.amount,
                "months": self.months,
                "first_payment": written(self.first_payment),
            },
        )


def written(day: date | None) -> str | None:
    """A day as ISO 8601 writes it."""
    return None if day is None else day.isoformat()


class SupplyInformation(Record, forbid_unknown_fields=False):
    """What the lender of the application `reference` wanted to know, by the customer."""

    reference: str
    information: CreditInformation


class AmendApplication(Record, forbid_unknown_fields=False):
    """Where the customer is reached now, for an application that was decided."""

    decision: CreditDecision
    contact: Contact


class ApplicationAmended(Record, Fact):
    """The application that the lender corrected."""

    application: str


class ActivateCredit(Record, forbid_unknown_fields=False):
    """The goods are ordered and the agreement signed: the credit starts.

    Without an `agreement` of ours the customer signed where they applied, at the lender's.
    """

    decision: CreditDecision
    agreement: AgreementSigned | None
    terms: CreditTerms | None = added(None)


class CreditActivated(AbstractRecord, ReportsAmount):
    """The live credit agreement, with its amount in minor units and its term where told.

    `paid_off` is what the lender paid to the older agreement that the credit pays off.
    """

    agreement: str
    amount: int | None = added(None)
    months: int | None = added(None)
    currency: str | None = added(None)
    paid_off: int | None = added(None)

    def differs(self, request: object) -> str | None:
        """Another amount, term or currency than was decided, another figure paid off."""
        if not isinstance(request, ActivateCredit):
            return None
        decided = request.decision
        pays_off = request.terms.pays_off if request.terms is not None else None
        return apart(
            {
                "amount": decided.amount,
                "months": decided.months,
                "currency": decided.currency,
                "paid_off": pays_off.figure if pays_off is not None else None,
            },
            {
                "amount": self.amount,
                "months": self.months,
                "currency": self.currency,
                "paid_off": self.paid_off,
            },
        )
