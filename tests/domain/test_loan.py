"""The instalments of a loan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.loan import apr_of, instalments


@pytest.mark.parametrize(
    ("amount", "months", "rate", "regular"),
    [
        (500_000, 48, "14", 13_457),
        (1_000_000, 180, "16", 13_951),
        (66_900, 20, "0", 3_345),
    ],
)
def test_published_instalments_are_found(amount: int, months: int, rate: str, regular: int) -> None:
    """The level payments of the statutory examples come out to the penny."""
    assert regular == instalments(amount, months, Decimal(rate)).regular


def test_the_last_payment_absorbs_what_rounding_left() -> None:
    """£100.00 over 3 is 33.33, 33.33, 33.34."""
    assert instalments(10_000, 3, Decimal(0)).amounts == (3_333, 3_333, 3_334)


def test_a_loan_of_one_payment_is_repaid_by_the_last() -> None:
    """One payment carries everything, and first and regular say the same."""
    found = instalments(10_000, 1, Decimal(0))
    assert found.amounts == (10_000,)
    assert 10_000 == found.first == found.regular == found.last


@given(
    amount=st.integers(min_value=60, max_value=1_000_000),
    months=st.integers(min_value=1, max_value=60),
)
def test_without_interest_the_payments_are_the_amount(amount: int, months: int) -> None:
    """Not a penny more or less, and no payment below a penny."""
    found = instalments(amount, months, Decimal(0))
    assert amount == sum(found.amounts)
    assert months == len(found.amounts) == found.count
    assert min(found.amounts) >= 1


@given(
    amount=st.integers(min_value=50_000, max_value=500_000),
    months=st.integers(min_value=3, max_value=60),
    rate=st.decimals(min_value="0.1", max_value="99.9", places=1),
)
def test_the_apr_of_the_payments_is_the_rate_they_were_made_at(
    amount: int, months: int, rate: Decimal
) -> None:
    """Rounding to the penny moves the published APR by no more than its last digit."""
    assert abs(apr_of(amount, instalments(amount, months, rate)) - rate) <= Decimal("0.1")
