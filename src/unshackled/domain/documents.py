"""Documents a customer must be shown, made of what was agreed.

A document is a pure function of facts: codes and parameters here, words in the locale of the
checkout where it is shown (`unshackled.messages.written`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record

WITHDRAWAL_DAYS: Final = 14  # Consumer Credit Act 1974 section 66A
NOTICE_DAYS: Final = 30


class DocumentLine(Record):
    """One line of a document: the codes of its label and its text, and what fills them.

    Amounts are in minor units of the parameter `currency`.
    """

    label: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


class DocumentShown(Record, Fact):
    """Evidence that a page showed a document; never an acknowledgement (CONC 4.2.13R)."""

    document: str
    digest: str


class CreditFacts(Record, forbid_unknown_fields=False):
    """What pre-contract credit information is written from."""

    terms: CreditTerms
    quote: Quote


class TariffFacts(Record, forbid_unknown_fields=False):
    """What a contract summary is written from."""

    tariff: TariffLine
    quote: Quote


class Template(Record):
    """A kind of document: the facts it needs and the lines it is made of; its name is its title's.

    `unshackled.messages.written` puts it into words.
    """

    name: str
    request: type
    lines: Callable[[Any], Sequence[DocumentLine]]


def agreement(terms: CreditTerms, currency: str) -> Sequence[DocumentLine]:
    """The terms of a credit agreement, as it is signed: amount, deposit, months, APR, total."""

    def money(label: str, amount: int) -> DocumentLine:
        return DocumentLine(
            label=label, text="money", params={"amount": amount, "currency": currency}
        )

    return (
        money("agreement_amount", terms.amount),
        money("advance_payment", terms.deposit),
        _duration(terms.months),
        DocumentLine(label="apr_short", text="percent", params={"percent": terms.apr_percent}),
        money("total_payable", terms.total_payable),
    )


def _duration(months: int) -> DocumentLine:
    text = "one_month" if months == 1 else "months"
    return DocumentLine(label="duration", text=text, params={"months": months})


def _credit_information(facts: CreditFacts) -> Sequence[DocumentLine]:
    terms, currency = facts.terms, facts.quote.currency

    def money(label: str, amount: int) -> DocumentLine:
        return DocumentLine(
            label=label, text="money", params={"amount": amount, "currency": currency}
        )

    return (
        DocumentLine(label="credit_type", text="fixed_sum_loan"),
        money("credit_amount", terms.amount),
        money("advance_payment", terms.deposit),
        _duration(terms.months),
        money("monthly_repayment", terms.instalments.regular),
        money("last_repayment", terms.instalments.last),
        money("total_payable", terms.total_payable),
        DocumentLine(label="apr", text="percent", params={"percent": terms.apr_percent}),
        DocumentLine(label="withdrawal", text="withdrawal_right", params={"days": WITHDRAWAL_DAYS}),
        DocumentLine(label="early_repayment", text="early_repayment_right"),
    )


def _contract_summary(facts: TariffFacts) -> Sequence[DocumentLine]:
    tariff, currency = facts.tariff, facts.quote.currency

    def monthly(label: str, amount: int, **params: Any) -> DocumentLine:
        known = {"amount": amount, "currency": currency, **params}
        return DocumentLine(label=label, text="money_a_month", params=known)

    return (
        DocumentLine(label="service", text="as_named", params={"name": tariff.title}),
        monthly("price", tariff.monthly),
        *(monthly("price_from", rise.monthly, starts=rise.starts) for rise in tariff.rises),
        _duration(tariff.term_months),
        DocumentLine(label="termination", text="notice_after_term", params={"days": NOTICE_DAYS}),
    )


TEMPLATES: Mapping[str, Template] = {
    template.name: template
    for template in (
        Template(
            name="pre_contract_credit_information",
            request=CreditFacts,
            lines=_credit_information,
        ),
        Template(
            name="contract_summary",
            request=TariffFacts,
            lines=_contract_summary,
        ),
    )
}
