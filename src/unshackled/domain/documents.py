"""Documents a customer must be shown, written from what was agreed.

A document is a pure function of facts. Its digest is the evidence: what was shown, to the letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from unshackled.domain.codec import digest
from unshackled.domain.facts import Fact
from unshackled.domain.money import Money, format_money
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.quote import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A titled list of (label, text) lines with the digest of its contents."""

    name: str
    title: str
    lines: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShown(Fact):
    """Evidence that a page showed a document; never an acknowledgement (CONC 4.2.13R)."""

    document: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFacts:
    """What pre-contract credit information is written from."""

    terms: CreditTerms
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffFacts:
    """What a contract summary is written from."""

    tariff: TariffLine
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of document: the facts it needs and the lines it is made of."""

    name: str
    title: str
    request: type
    write: Callable[[Any], tuple[tuple[str, str], ...]]

    def render(self, facts: object) -> Document:
        """The document for these facts."""
        lines = self.write(facts)
        return Document(
            name=self.name, title=self.title, lines=lines, digest=digest(self.name, lines)
        )


def _credit_information(facts: CreditFacts) -> tuple[tuple[str, str], ...]:
    terms, currency = facts.terms, facts.quote.currency

    def money(amount: int) -> str:
        return format_money(Money(amount=amount, currency=currency))

    return (
        ("Type of credit", "Fixed-sum loan"),
        ("Total amount of credit", money(terms.amount)),
        ("Advance payment", money(terms.deposit)),
        ("Duration", f"{terms.months} months"),
        ("Monthly repayment", money(terms.instalments.regular)),
        ("Last repayment", money(terms.instalments.last)),
        ("Total amount payable", money(terms.total_payable)),
        ("Annual percentage rate (APR)", f"{terms.apr_percent} %"),
        ("Right of withdrawal", "14 days, without giving a reason"),
        ("Early repayment", "You may repay early at any time, in whole or in part"),
    )


def _contract_summary(facts: TariffFacts) -> tuple[tuple[str, str], ...]:
    tariff, currency = facts.tariff, facts.quote.currency

    def monthly(amount: int) -> str:
        return f"{format_money(Money(amount=amount, currency=currency))} a month"

    return (
        ("Service", tariff.title),
        ("Price", monthly(tariff.monthly)),
        *((f"Price from {_day(rise.starts)}", monthly(rise.monthly)) for rise in tariff.rises),
        ("Duration", f"{tariff.term_months} months"),
        ("Termination", "30 days' notice after the minimum term"),
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


TEMPLATES: Mapping[str, Template] = {
    template.name: template
    for template in (
        Template(
            name="pre_contract_credit_information",
            title="Pre-contract credit information (SI 2010/1013)",
            request=CreditFacts,
            write=_credit_information,
        ),
        Template(
            name="contract_summary",
            title="Contract summary",
            request=TariffFacts,
            write=_contract_summary,
        ),
    )
}
