"""A fixed-sum loan: its instalments, and the terms that follow from plan, amount and deposit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from unshackled.domain.annuity import Annuity, annuity, tolerance
from unshackled.domain.apr import monthly_apr_percent, published
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.package import CreditTerms, Instalments


def instalments(amount: int, months: int, rate_percent: Decimal) -> Instalments:
    """Level monthly payments in arrears at a yearly rate, in minor units.

    Each is the level payment rounded half up, and the last is what the rounding of the others
    leaves. Where that is more than 1 % away from the others, each is rounded down instead, and as
    many of the first as it takes are one minor unit higher. From `least_amount` on the last is then
    within 1 % of each other one, or within one minor unit.
    """
    paid = annuity(months, rate_percent)
    level = amount / paid.total
    regular = _nearest(level)
    last = _nearest((amount - regular * paid.before_last) / paid.worths[-1])
    if months == 1 or (last >= 1 and abs(last - regular) <= tolerance(regular)):
        first = regular if months > 1 else last
        return Instalments(count=months, first=first, regular=regular, last=last)
    return _stepped(amount, int(level), paid)


def _stepped(amount: int, lower: int, paid: Annuity) -> Instalments:
    """Payments of `lower`, the first of them a minor unit higher until the rest is all but gone."""
    count, worth_of_last = len(paid.worths), paid.worths[-1]
    left, higher = (amount - lower * paid.total) / worth_of_last, 0
    for worth in paid.worths[:-1]:
        growth = worth / worth_of_last
        if left < growth and _nearest(left) <= tolerance(lower):
            break
        left, higher = left - growth, higher + 1
        if left < 0:
            break
    regular = lower + 1 if higher == count - 1 else lower
    return Instalments(
        count=count,
        first=lower + 1 if higher else lower,
        regular=regular,
        last=lower + _nearest(left),
        first_count=max(1, higher) if regular == lower else 1,
    )


def _nearest(exact: Decimal) -> int:
    return int(exact.to_integral_value(ROUND_HALF_UP))


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
        min_age=plan.min_age,
    )


@lru_cache(maxsize=4096)
def apr_of(amount: int, payments: Instalments) -> Decimal:
    """The published APR of a loan repaid by these monthly payments."""
    return published(monthly_apr_percent(amount, payments.amounts))
