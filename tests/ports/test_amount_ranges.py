"""The sums that a provider takes: ends, what two share, and what one of several takes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.ports.amount_ranges import ANY_CURRENCY, EVERY, AmountRange, merged, range_of

SUMS = st.integers(1, 60)


@st.composite
def ranges(draw: st.DrawFn) -> AmountRange:
    """Some range among small sums, with an end or without."""
    least = draw(SUMS)
    most = draw(st.one_of(st.none(), st.integers(least, 70)))
    return AmountRange(least=least, most=most)


@pytest.mark.parametrize(("least", "most"), [(0, None), (-5, 9), (9, 8), (1, 0)])
def test_a_range_has_a_sum(least: int, most: int | None) -> None:
    """Nothing, or less, is no sum that anybody takes."""
    with pytest.raises(ValueError, match="no sum above zero"):
        AmountRange(least=least, most=most)


@given(ranges(), ranges(), st.integers(0, 80))
def test_two_share_what_both_take(one: AmountRange, other: AmountRange, amount: int) -> None:
    """A sum is in the common range if and only if it is in both."""
    shared = one.within(other)
    assert (amount in one and amount in other) == (shared is not None and amount in shared)


@given(st.lists(ranges(), max_size=5), st.integers(0, 80))
def test_several_take_what_one_of_them_takes(found: list[AmountRange], amount: int) -> None:
    """A sum is in the merged ranges if and only if it is in one; they never touch."""
    whole = merged(found)
    assert any(amount in one for one in found) == any(amount in one for one in whole)
    for left, right in itertools.pairwise(whole):
        assert left.most is not None
        assert left.most + 1 < right.least


def test_a_currency_has_its_own_range_or_that_of_all_others() -> None:
    """What nothing is said of is taken whatever it is."""
    pounds, others = AmountRange(least=30), AmountRange(most=99)
    said = {"payment.charge": {"GBP": pounds, ANY_CURRENCY: others}}
    assert range_of(said, "payment.charge", "GBP") == pounds
    assert range_of(said, "payment.charge", "EUR") == others
    assert range_of(said, "payment.authorise", "GBP") == EVERY
    assert (str(pounds), str(others)) == ("30 or more", "1 to 99")
