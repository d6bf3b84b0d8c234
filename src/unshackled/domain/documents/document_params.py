"""What fills the words of documents: JSON data in no language, made of facts alone.

Later versions of the words may need more: parameters are added, and never change their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from unshackled.domain.documents.document_facts import (
    AgreementFacts,
    CreditFacts,
    DirectDebitFacts,
    TariffFacts,
)
from unshackled.domain.documents.document_parties import Circumstances, Party
from unshackled.domain.package import CreditTerms, HandsetLine, Instalments
from unshackled.domain.payment_rules import NOTICE_DAYS
from unshackled.domain.records import replace
from unshackled.domain.representative_example import borrowing_rate
from unshackled.domain.schedule import PaymentSchedule

Json = Any
Params = Mapping[str, Json]
# Consumer Credit Act 1974 section 95A(2)(a), SI 2010/1010: what is repaid early within 12 months.
COMPENSATED_ABOVE: Final = 8_000_00


def credit_params(facts: CreditFacts | AgreementFacts, by: Circumstances) -> Params:
    """Of pre-contract credit information, of its explanation, and of the agreement."""
    lender = _lender(facts, by)
    return {
        **common_params(by, facts.quote.currency),
        **_party("lender", lender),
        **_terms(facts.terms),
        "rate": str(_rate(facts)),
        **_dates(facts.schedule),
        **_goods(facts.handset),
        "withdrawal_days": by.withdrawal_days,
        "early_compensation": facts.terms.amount > COMPENSATED_ABOVE,
    }


def agreement_params(facts: AgreementFacts, by: Circumstances) -> Params:
    """Of a credit agreement: those of the information, and who signs it."""
    where = facts.address
    parts = (where.line1, where.line2, where.town, where.region, where.postcode) if where else ()
    names = (facts.contact.given_name, facts.contact.family_name)
    known = {
        "customer": one_line(" ".join(names)),
        "customer_address": one_line(", ".join(part for part in parts if part)),
    }
    return {**credit_params(facts, by), **known}


def summary_params(facts: TariffFacts, by: Circumstances) -> Params:
    """Of the summary of an airtime contract."""
    tariff = facts.tariff
    rises = [
        {
            "starts": rise.starts.isoformat(),
            "monthly": rise.monthly,
            "rise": rise.monthly - before,
            "from_month": rise.from_month,
        }
        for before, rise in zip(
            (tariff.monthly, *(one.monthly for one in tariff.rises)), tariff.rises, strict=False
        )
    ]
    operator = by.operator if by.operator is not None and by.operator.name else by.retailer
    return {
        **common_params(by, facts.quote.currency),
        **_party("operator", operator),
        "seller": by.retailer.name if operator is not by.retailer else None,
        "service": one_line(tariff.title),
        "data_gb": tariff.data_gb,
        "unlimited_data": tariff.data_gb is None,
        "monthly": tariff.monthly,
        "rises": rises,
        "no_rises": not rises,
        "months": tariff.term_months,
        "total": tariff.total,
        "notice_days": by.notice_days or None,
        "notice_months": by.notice_months or None,
        "withdrawal_days": by.cancellation_days,
    }


def guarantee_params(facts: DirectDebitFacts, by: Circumstances) -> Params:
    """Of the guarantee of a Direct Debit: who collects what, when, and after which notice."""
    schedule = facts.schedule
    common = {**common_params(by, facts.quote.currency), "notice_days": NOTICE_DAYS}
    if schedule is None or not schedule.payments:
        return common
    return {
        **common,
        **_dates(schedule),
        "notice_days": schedule.notice_working_days,
        "first_amount": schedule.payments[0].amount,
        "count": len(schedule.payments),
    }


def one_line(text: str) -> str:
    """A text of somebody else in one line: no line break, no control character."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def common_params(by: Circumstances, currency: str) -> Params:
    """What every document has: the market, the currency, the retailer, and its own texts."""
    return {
        "market": by.market,
        by.market.lower(): True,
        "currency": currency,
        **_party("retailer", by.retailer),
        **{name: one_line(said) for name, said in by.statements},
        "texts": [{"own_heading": one.heading, "own_text": one.text} for one in by.texts],
    }


def _party(who: str, party: Party) -> Params:
    """A business by the names of its parameters, what is not known left out."""
    parts = ("name", "address", "phone", "email", "web", "register_number", "supervisor")
    found = {f"{who}_{part}": one_line(getattr(party, part)) for part in parts}
    return {name: text for name, text in found.items() if text}


def _lender(facts: CreditFacts | AgreementFacts, by: Circumstances) -> Party:
    """Who lends: as the file has it, else by the name that the lender gave."""
    given = facts.lender.lender if facts.lender is not None else ""
    if by.lender is None:
        return Party(name=given)
    return by.lender if by.lender.name else replace(by.lender, name=given)


def _terms(terms: CreditTerms) -> Params:
    groups = list(_groups(terms.instalments))
    return {
        "product": terms.product,
        terms.product: True,
        "amount": terms.amount,
        "deposit": terms.deposit or None,
        "months": terms.months,
        "count": terms.instalments.count,
        "total": terms.total_payable,
        "charges": terms.total_payable - terms.deposit - terms.amount,
        "apr": str(terms.apr_percent),
        "interest": terms.apr_percent > 0,
        "interest_free": terms.apr_percent == 0,
        "repayments": groups,
        "level": groups[0]["each"] if len(groups) == 1 else None,
        **(_uneven(terms.instalments) if len(groups) > 1 else {}),
    }


def _uneven(payments: Instalments) -> Params:
    """Of repayments that are not all the same: the regular ones and the last.

    Where the first ones are higher, how many those are, and how many are lower after them.
    """
    left = payments.count - 1
    if payments.first == payments.regular:
        return {"regular": payments.regular, "regular_count": left, "last": payments.last}
    return {
        "higher": payments.first,
        "higher_count": payments.first_count,
        "lower": payments.regular,
        "lower_count": left - payments.first_count,
        "last": payments.last,
    }


def _rate(facts: CreditFacts | AgreementFacts) -> Decimal:
    """The borrowing rate that the quote says beside its APR; of a quote of before, by its APR."""
    yearly = facts.quote.rate_percent
    return borrowing_rate(facts.terms.apr_percent if yearly is None else yearly)


def _dates(schedule: PaymentSchedule | None) -> Params:
    """When each repayment is collected, and the APR that these days come to."""
    if schedule is None:
        return {}
    payments = [
        {"number": one.number, "due": one.due.isoformat(), "each": one.amount}
        for one in schedule.payments
    ]
    known = {"dated": payments, "first_due": payments[0]["due"] if payments else None}
    return known if schedule.apr_percent is None else {**known, "apr": str(schedule.apr_percent)}


def _groups(payments: Instalments) -> Iterator[dict[str, Json]]:
    """Repayments of one amount that follow each other, by their numbers."""
    number = 0
    for amount, run in groupby(payments.amounts):
        count = len(list(run))
        span = f"{number + 1}\N{EN DASH}{number + count}" if count > 1 else str(number + 1)
        yield {"span": span, "payments": count, "each": amount, "sum": count * amount}
        number += count


def _goods(handset: HandsetLine | None) -> Params:
    if handset is None:
        return {}
    return {"goods": one_line(handset.title), "cash_price": handset.price}
