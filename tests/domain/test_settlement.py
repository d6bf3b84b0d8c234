"""Early settlement against the published examples, and its properties."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.loan import instalments
from unshackled.domain.settlement import (
    Deferral,
    Settlement,
    elapsed_months,
    periodic_rate,
    rebate,
    settle,
    settlement_date,
)

FOUR_YEARS = [13_457] * 48
FIFTEEN_YEARS = [13_951] * 180


# SI 2004/1483 Schedule and the examples of the official guidance.
@pytest.mark.parametrize(
    ("amount", "repayments", "apr", "elapsed", "expected"),
    [
        (500_000, FOUR_YEARS, "14", Fraction(12), 86_052),
        (500_000, FOUR_YEARS, "14", 12 + Fraction(28, 31), 82_103),
        (500_000, FOUR_YEARS, "14", 13 + Fraction(28, 30), 77_690),
        (1_000_000, FIFTEEN_YEARS, "16", Fraction(73), 670_245),
    ],
)
def test_published_rebates_agree_to_the_penny(
    amount: int, repayments: list[int], apr: str, elapsed: Fraction, expected: int
) -> None:
    """The formula with the rate at 6 decimals gives the published pennies."""
    assert expected == rebate(amount, repayments, Decimal(apr), elapsed)


def test_the_periodic_rate_has_six_decimals() -> None:
    """14 % a year is 0.010979 a month."""
    assert Decimal("0.010979") == periodic_rate(Decimal(14))


def test_an_interest_free_loan_is_settled_by_what_is_left() -> None:
    """£669 over 20, after 11: nine payments of £33.45, no rebate."""
    found = settle(66_900, [3_345] * 20, Decimal(0), Fraction(11))
    assert Settlement(left=30_105, rebate=0, due=30_105) == found


@given(
    amount=st.integers(min_value=10_000, max_value=200_000),
    months=st.integers(min_value=2, max_value=36),
    rate=st.decimals(min_value=0, max_value=60, places=1),
    data=st.data(),
)
def test_a_rebate_is_never_more_than_the_charge(
    amount: int, months: int, rate: Decimal, data: st.DataObject
) -> None:
    """Between nothing and all interest; due is left less rebate."""
    payments = instalments(amount, months, rate).amounts
    made = data.draw(st.integers(min_value=0, max_value=months))
    part = data.draw(st.fractions(min_value=0, max_value=Fraction(30, 31), max_denominator=31))
    found = settle(amount, payments, rate, made + part)
    charge = sum(payments) - amount
    assert 0 <= found.rebate <= charge + 5
    assert sum(payments[made:]) == found.left == found.due + found.rebate


@given(made=st.integers(min_value=0, max_value=46))
def test_the_later_the_settlement_the_smaller_the_rebate(made: int) -> None:
    """Each month of use costs its interest."""
    earlier = rebate(500_000, FOUR_YEARS, Decimal(14), Fraction(made))
    assert rebate(500_000, FOUR_YEARS, Decimal(14), Fraction(made + 1)) <= earlier


def test_a_settlement_before_the_agreement_is_refused() -> None:
    """Time does not run backwards."""
    with pytest.raises(ValueError, match="elapsed"):
        rebate(500_000, FOUR_YEARS, Decimal(14), Fraction(-1))
    with pytest.raises(ValueError, match="settlement"):
        elapsed_months(date(2026, 2, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("term", "deferral", "expected"),
    [
        (48, "none", date(2011, 3, 29)),
        (48, "month", date(2011, 4, 29)),
        (48, "30_days", date(2011, 4, 28)),
        (13, "month", date(2011, 4, 29)),
        (12, "month", date(2011, 3, 29)),
    ],
)
def test_the_settlement_date_is_28_days_on_and_deferred_only_above_a_year(
    term: int, deferral: Deferral, expected: date
) -> None:
    """Regulation 6 lets the lender defer only agreements of more than a year."""
    found = settlement_date(date(2011, 3, 1), term_months=term, deferral=deferral)
    assert expected == found


def test_the_customer_may_name_a_later_settlement_date_but_no_earlier_one() -> None:
    """28 days is the least."""
    asked = date(2026, 5, 1)
    assert asked == settlement_date(date(2026, 3, 1), term_months=24, asked_for=asked)
    early = settlement_date(date(2026, 3, 1), term_months=24, asked_for=date(2026, 3, 2))
    assert date(2026, 3, 29) == early


@pytest.mark.parametrize(
    ("settlement", "expected"),
    [
        (date(2011, 3, 1), Fraction(12)),
        (date(2011, 3, 29), 12 + Fraction(28, 31)),
        (date(2011, 4, 29), 13 + Fraction(28, 30)),
        (date(2010, 3, 1), Fraction(0)),
    ],
)
def test_elapsed_months_are_whole_months_and_a_part_of_the_next(
    settlement: date, expected: Fraction
) -> None:
    """The days left are counted over the days of their own month."""
    assert expected == elapsed_months(date(2010, 3, 1), settlement)
