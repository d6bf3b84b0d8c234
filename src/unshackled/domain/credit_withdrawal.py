"""Withdrawal from credit (in GB CCA 1974 s.66A): until when, the interest, and when it is repaid.

Days are those of the market's calendar.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from unshackled.domain.market_rules import MarketRules

YEAR_DAYS: Final = 365  # in leap years too: the yearly rate is spread over 365 days


def last_day_to_withdraw(agreed_on: date, rules: MarketRules) -> date:
    """The last day of the period, which begins on the day after the agreement."""
    return agreed_on + timedelta(days=rules.credit_withdrawal_days)


def repay_by(withdrawn_on: date, rules: MarketRules) -> date | None:
    """The last day to repay, counted from the day after the notice; None where no law says it."""
    if rules.credit_repayment_days is None:
        return None
    return withdrawn_on + timedelta(days=rules.credit_repayment_days)


def interest_until(capital: int, rate_percent: Decimal, drawn_on: date, repaid_on: date) -> int:
    """The interest that accrues on a credit from its drawdown to its repayment, half up.

    Minor units; the day of the drawdown does not count, the day of the repayment does. Raises
    `ValueError` for a repayment before the drawdown.
    """
    days = (repaid_on - drawn_on).days
    if days < 0:
        raise ValueError(f"repaid_on: {repaid_on} is before the drawdown on {drawn_on}")
    accrued = capital * rate_percent * days / (100 * YEAR_DAYS)
    return int(accrued.to_integral_value(ROUND_HALF_UP))


def interest_by_day(capital: int, rate_percent: Decimal) -> Decimal:
    """What a day costs, to two decimals of a minor unit: the figure that a customer is told."""
    return (capital * rate_percent / (100 * YEAR_DAYS)).quantize(Decimal("0.01"), ROUND_HALF_UP)
