"""Amounts in decimals and in minor units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.sdk.amounts import to_decimal, to_minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(71_800, "GBP", "718.00"), (500, "JPY", "500"), (1_250, "KWD", "1.250"), (-5, "GBP", "-0.05")],
)
def test_an_amount_is_written_with_its_currency_s_decimals(
    minor: int, currency: str, text: str
) -> None:
    """The number of decimals is that of ISO 4217."""
    assert to_decimal(minor, currency) == text
    assert to_minor(text, currency) == minor


@given(st.integers(-(10**15), 10**15), st.sampled_from(["GBP", "JPY", "KWD", "CLF"]))
def test_amounts_round_trip(minor: int, currency: str) -> None:
    """Minor units survive the way there and back."""
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize("text", ["1.005", "one", "", "NaN", "Infinity", "1,00"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Fractions of a penny and words are a ValueError, never rounded."""
    with pytest.raises(ValueError, match=r"^amount: "):
        to_minor(text, "GBP")
