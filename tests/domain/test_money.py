"""Money in minor units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.money import Money, exponent, format_money, share

amounts = st.integers(min_value=-(10**12), max_value=10**12)


@given(one=amounts, other=amounts)
def test_adding_and_taking_away_are_inverse(one: int, other: int) -> None:
    """A + b - b is a, and a + (-a) is nothing."""
    a, b = (Money(amount=amount, currency="GBP") for amount in (one, other))
    assert a == a + b - b
    assert Money(amount=0, currency="GBP") == a + -a


def test_currencies_are_never_mixed() -> None:
    """Pounds and euros neither add nor subtract."""
    pounds, euros = Money(amount=1, currency="GBP"), Money(amount=1, currency="EUR")
    with pytest.raises(ValueError, match="EUR cannot be added to GBP"):
        _ = pounds + euros
    with pytest.raises(ValueError, match="currency"):
        _ = pounds - euros


@pytest.mark.parametrize("currency", ["gbp", "GB", "GBPX", "", "£££"])
def test_a_currency_that_is_no_code_is_refused(currency: str) -> None:
    """The error names the field and shows what a code looks like."""
    with pytest.raises(ValueError, match=r"^currency: .*GBP"):
        Money(amount=1, currency=currency)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("GBP", 2), ("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4)],
)
def test_each_currency_has_its_minor_unit(currency: str, digits: int) -> None:
    """The exponents of ISO 4217."""
    assert digits == exponent(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123450, "GBP", "£1,234.50"),
        (-5, "GBP", "-£0.05"),
        (0, "EUR", "€0.00"),
        (500, "JPY", "JPY 500"),
        (1250, "KWD", "KWD 1.250"),
    ],
)
def test_an_amount_is_written_for_people(amount: int, currency: str, text: str) -> None:
    """Sign, symbol or code, groups of three, the currency's digits."""
    money = Money(amount=amount, currency=currency)
    assert text == format_money(money) == str(money)


@given(amount=amounts, parts=st.integers(min_value=1, max_value=100))
def test_sharing_loses_no_penny(amount: int, parts: int) -> None:
    """The parts add up and differ by one at most, the larger first."""
    shares = share(amount, parts)
    assert amount == sum(shares)
    assert parts == len(shares)
    assert max(shares) - min(shares) <= 1
    assert sorted(shares, reverse=True) == list(shares)


def test_sharing_among_nobody_is_refused() -> None:
    """There is no zeroth part."""
    with pytest.raises(ValueError, match="parts"):
        share(100, 0)
