"""A fixed-sum loan: its instalments, and the terms that follow from plan, amount and deposit."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from unshackled.domain.apr import Flow, apr_percent, published
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.package import CreditTerms, Instalments
from unshackled.domain.periods import Period

_ONE = Decimal(1)


def instalments(amount: int, months: int, rate_percent: Decimal) -> Instalments:
    """Level monthly payments in arrears at a yearly rate, in minor units.

    The last payment is what the rounding of the others leaves, and never below one minor unit.
    """
    growth = (_ONE + rate_percent / 100) ** (_ONE / 12)
    discounts = [growth**-month for month in range(1, months + 1)]
    level = amount / sum(discounts, start=Decimal(0))

    def last_after(regular: int) -> int:
        left = amount - regular * sum(discounts[:-1], start=Decimal(0))
        return int((left / discounts[-1]).to_integral_value(ROUND_HALF_UP))

    regular = int(level.to_integral_value(ROUND_HALF_UP))
    if last_after(regular) < 1:
        regular = int(level.to_integral_value(ROUND_DOWN))
    last = last_after(regular)
    first = regular if months > 1 else last
    return Instalments(count=months, first=first, regular=regular, last=last)


def terms_of(plan: CreditPlan, amount: int, deposit: int) -> CreditTerms:
    """The agreement to ask for; its APR is worked out from the rounded payments."""
    payments = instalments(amount, plan.months, plan.apr_percent)
    return CreditTerms(
        plan=plan.code,
        title=plan.title,
        product=plan.product,
        amount=amount,
        deposit=deposit,
        months=plan.months,
        apr_percent=apr_of(amount, payments),
        instalments=payments,
        total_payable=deposit + sum(payments.amounts),
    )


@lru_cache(maxsize=4096)
def apr_of(amount: int, payments: Instalments) -> Decimal:
    """The published APR of a loan repaid by these monthly payments."""
    repayments = [
        Flow(amount_minor=payment, at=Period(months=month))
        for month, payment in enumerate(payments.amounts, start=1)
    ]
    return published(apr_percent([Flow(amount_minor=amount)], repayments))
