"""Level monthly payments in arrears: what each is worth, and the smallest loan they can repay.

A loan is cut into whole minor units, so its payments cannot all be the same. They are fair where
the last is within 1 % of each other one, or within one minor unit of it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from math import ceil

from unshackled.domain.records import Record

_ONE = Decimal(1)


class Annuity(Record):
    """What one minor unit of each month's payment is worth on the day of the loan, and their sum.

    `before_last` is the sum without the last month's.
    """

    worths: tuple[Decimal, ...]
    total: Decimal
    before_last: Decimal


@lru_cache(maxsize=512)
def annuity(months: int, rate_percent: Decimal) -> Annuity:
    """The worths at a yearly rate, by compound interest."""
    growth = (_ONE + rate_percent / 100) ** (_ONE / 12)
    worths = tuple(growth**-month for month in range(1, months + 1))
    before = sum(worths[:-1], start=Decimal(0))
    return Annuity(worths=worths, total=before + worths[-1], before_last=before)


def tolerance(payment: int) -> int:
    """By how much the last payment may differ from this one: 1 %, and at least one minor unit."""
    return max(1, payment // 100)


@lru_cache(maxsize=512)
def least_amount(months: int, rate_percent: Decimal) -> int:
    """The smallest loan, in minor units, from which on every one has fair payments.

    One minor unit more in the first month is worth `growth` at the last: the rounding can be
    brought within half of that, and no nearer. Where that is more than a minor unit, 1 % of a
    payment has to be as much.
    """
    level = annuity(months, rate_percent)
    growth = level.worths[0] / level.worths[-1]
    payment = 1 if growth <= 2 else 100 * ceil(growth / 2)
    return max(months, ceil(payment * level.total))
