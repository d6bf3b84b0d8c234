"""Documents as they were at first: lines of a label and a text, by the codes of their words.

They are never changed: what was shown and agreed to as such lines still has its digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

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


def credit_information(terms: CreditTerms, quote: Quote) -> Sequence[DocumentLine]:
    """Pre-contract credit information, version 1."""
    currency = quote.currency

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


def contract_summary(tariff: TariffLine, quote: Quote) -> Sequence[DocumentLine]:
    """Contract summary, version 1."""
    currency = quote.currency

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
