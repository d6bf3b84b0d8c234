"""Early settlement of a loan (CCA 1974 ss.94, 95; SI 2004/1483): when, the rebate, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final, Literal

from unshackled.domain.facts import Fact
from unshackled.domain.periods import add_months
from unshackled.domain.records import Record

NOTICE: Final = timedelta(days=28)  # regulation 5
Deferral = Literal["none", "month", "30_days"]

_ONE: Final = Decimal(1)


class Settlement(Record, Fact):
    """What settles an agreement, in minor units: `due` is `left` less `rebate`."""

    left: int
    rebate: int
    due: int


def periodic_rate(apr_percent: Decimal, periods_a_year: int = 12) -> Decimal:
    """The rate of one period that compounds to the APR, to the 6 decimals of the official sums."""
    growth: Decimal = (_ONE + apr_percent / 100) ** (_ONE / periods_a_year)
    return (growth - 1).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def rebate(
    amount: int,
    repayments: Sequence[int],
    apr_percent: Decimal,
    elapsed: Fraction,
    *,
    count: int | None = None,
    periods_a_year: int = 12,
) -> int:
    """The least rebate by the formula of regulation 4(1), in minor units, half up, never below 0.

    `amount` was advanced at 0 and `repayments` fall due at 1, 2, 3 … periods; `elapsed` is the
    settlement date in the same periods, 12 and 28/31 for instance. `count` repayments were made:
    those due by the settlement date, it included, where that is not said. One made before it was
    due counts from the settlement date on, which never makes the rebate too great.
    """
    count = _made(elapsed) if count is None else count
    growth = _ONE + periodic_rate(apr_percent, periods_a_year)
    at = Decimal(elapsed.numerator) / elapsed.denominator
    paid = [
        repaid * growth ** max(at - n, Decimal(0))
        for n, repaid in enumerate(repayments[:count], start=1)
    ]
    balance = amount * growth**at - sum(paid, start=Decimal(0))
    return max(0, int((sum(repayments[count:]) - balance).to_integral_value(ROUND_HALF_UP)))


def settle(
    amount: int,
    repayments: Sequence[int],
    apr_percent: Decimal,
    elapsed: Fraction,
    *,
    count: int | None = None,
) -> Settlement:
    """What settles the agreement at a settlement date; 0 % gives no rebate.

    All that was not repaid is left, in arrears or not due yet. `count` repayments were made; where
    that is not said, every one due by then. More than there are leave nothing.
    """
    count = _made(elapsed) if count is None else count
    left = sum(repayments[count:])
    allowed = rebate(amount, repayments, apr_percent, elapsed, count=count) if apr_percent else 0
    allowed = min(allowed, left)
    return Settlement(left=left, rebate=allowed, due=left - allowed)


def settlement_date(
    requested: date,
    *,
    term_months: int,
    notice: timedelta = NOTICE,
    asked_for: date | None = None,
    deferral: Deferral = "none",
) -> date:
    """`notice` after the request reached the lender, or the later day the customer names.

    The lender may defer it by a month or 30 days where the agreement is for more than a year
    (regulation 6); for a shorter one the deferral is ignored.
    """
    day = max(requested + notice, asked_for or requested)
    if term_months <= 12 or deferral == "none":
        return day
    return add_months(day, 1) if deferral == "month" else day + timedelta(days=30)


def elapsed_months(start: date, settlement: date) -> Fraction:
    """Months from the relevant date: whole ones, and the days left over the days of that month.

    Raises `ValueError` for a settlement before the start.
    """
    if settlement < start:
        raise ValueError(f"settlement: {settlement} is before the agreement on {start}")
    whole = (settlement.year - start.year) * 12 + settlement.month - start.month
    if add_months(start, whole) > settlement:
        whole -= 1
    last = add_months(start, whole)
    month = (add_months(start, whole + 1) - last).days
    return whole + Fraction((settlement - last).days, month)


def _made(elapsed: Fraction) -> int:
    if elapsed < 0:
        raise ValueError(f"elapsed: {elapsed} is below 0")
    return int(elapsed)
