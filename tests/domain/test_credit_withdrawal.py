"""Withdrawal from credit: the interest by hand, and the days that count."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.credit_withdrawal import (
    interest_by_day,
    interest_until,
    last_day_to_withdraw,
    repay_by,
)
from unshackled.domain.records import replace
from unshackled.markets import market_pack

GB = market_pack("GB").on(date(2026, 11, 30))
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
CAPITALS = st.integers(min_value=0, max_value=200_000_00)
RATES = st.decimals(min_value=0, max_value=60, places=1)


# Each by hand: capital x rate x days / 36,500, half up; the sum before rounding stands behind it.
@pytest.mark.parametrize(
    ("capital", "rate", "drawn", "repaid", "expected"),
    [
        # The 13th day, over a month's end: 60,000 x 9.9 x 13 / 36,500 = 211.56.
        (60_000, "9.9", date(2026, 1, 31), date(2026, 2, 13), 212),
        # The 14th day: 60,000 x 9.9 x 14 / 36,500 = 227.84.
        (60_000, "9.9", date(2026, 1, 31), date(2026, 2, 14), 228),
        # Over 29 February, 14 days of 365: 100,000 x 29.9 x 14 / 36,500 = 1,146.85.
        (100_000, "29.9", date(2028, 2, 20), date(2028, 3, 5), 1_147),
        # The same dates without a 29th are 13 days: 1,064.93.
        (100_000, "29.9", date(2027, 2, 20), date(2027, 3, 5), 1_065),
        # 0 %: nothing, however long.
        (66_900, "0", date(2026, 12, 1), date(2027, 1, 13), 0),
        # Over the year's end: 66,900 x 14.9 x 14 / 36,500 = 382.34.
        (66_900, "14.9", date(2026, 12, 31), date(2027, 1, 14), 382),
        # A tie goes up: 18,250 x 1 x 13 / 36,500 = 6.5.
        (18_250, "1", date(2026, 3, 1), date(2026, 3, 14), 7),
        # Repaid on the day of the drawdown, which does not count.
        (60_000, "9.9", date(2026, 6, 30), date(2026, 6, 30), 0),
        # The 30th day after a notice on the 14th: 44 days, 60,000 x 9.9 x 44 / 36,500 = 716.05.
        (60_000, "9.9", date(2026, 6, 30), date(2026, 8, 13), 716),
    ],
)
def test_interest_by_hand(
    capital: int, rate: str, drawn: date, repaid: date, expected: int
) -> None:
    """The day of the drawdown does not count, the day of the repayment does; half up."""
    assert interest_until(capital, Decimal(rate), drawn, repaid) == expected


def test_a_repayment_before_the_drawdown_is_refused() -> None:
    """There is no interest of fewer than no days."""
    with pytest.raises(ValueError, match="before the drawdown"):
        interest_until(1, Decimal(1), date(2026, 6, 30), date(2026, 6, 29))


@pytest.mark.parametrize(
    ("agreed", "last"),
    [
        (date(2026, 11, 30), date(2026, 12, 14)),
        (date(2026, 1, 31), date(2026, 2, 14)),
        (date(2028, 2, 15), date(2028, 2, 29)),
        (date(2027, 2, 15), date(2027, 3, 1)),
    ],
)
def test_the_fourteenth_day_after_the_agreement_is_the_last(agreed: date, last: date) -> None:
    """CCA 1974 s.66A(2): 14 days that begin with the day after."""
    assert last_day_to_withdraw(agreed, GB) == last


def test_there_are_thirty_days_to_repay_where_the_law_says_so() -> None:
    """CCA 1974 s.66A(10); a market whose law is silent says no day."""
    assert repay_by(date(2027, 1, 30), GB) == date(2027, 3, 1)
    silent = replace(GB, credit_repayment_days=None)
    assert repay_by(date(2027, 1, 30), silent) is None


@given(capital=CAPITALS, rate=RATES, drawn=DAYS, days=st.integers(0, 60), more=st.integers(0, 60))
def test_interest_grows_by_the_day_and_by_no_more_than_a_day_costs(
    capital: int, rate: Decimal, drawn: date, days: int, more: int
) -> None:
    """Never negative, never less for a later day, and each day adds what it is said to add."""
    first = interest_until(capital, rate, drawn, drawn + timedelta(days=days))
    later = interest_until(capital, rate, drawn, drawn + timedelta(days=days + more))
    assert 0 <= first <= later
    assert abs(later - first - more * interest_by_day(capital, rate)) <= 1 + more * Decimal("0.005")
