"""The smallest loan that can be repaid in fair payments, and how each loan is cut."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.annuity import annuity, least_amount, tolerance
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.loan import instalments
from unshackled.domain.package import Instalments

RATES = st.decimals(min_value=0, max_value=100, places=1)


def fair(found: Instalments) -> bool:
    """Whether the last is within 1 % of each other payment, or within a minor unit of it."""
    *others, last = found.amounts
    return last >= 1 and all(abs(last - one) <= max(1, one / 100) for one in others)


@given(
    over=st.integers(min_value=0, max_value=2_000) | st.integers(min_value=0, max_value=500_000),
    months=st.integers(min_value=1, max_value=240),
    rate=RATES,
)
def test_the_last_payment_is_within_a_hundredth_of_the_others(
    over: int, months: int, rate: Decimal
) -> None:
    """Of every loan from the least amount on, at any rate and length."""
    amount = least_amount(months, rate) + over
    found = instalments(amount, months, rate)
    assert fair(found), found
    assert months == len(found.amounts) == found.count
    assert max(found.amounts[:-1], default=0) - min(found.amounts[:-1], default=0) <= 1
    assert list(found.amounts[:-1]) == sorted(found.amounts[:-1], reverse=True)


@given(
    over=st.integers(min_value=0, max_value=100_000),
    months=st.integers(min_value=1, max_value=240),
    rate=RATES,
)
def test_the_payments_are_worth_the_loan(over: int, months: int, rate: Decimal) -> None:
    """Discounted at the rate they come to the amount, but for the last one's rounding."""
    amount = least_amount(months, rate) + over
    paid, level = instalments(amount, months, rate).amounts, annuity(months, rate)
    worth = sum((a * w for a, w in zip(paid, level.worths, strict=True)), start=Decimal(0))
    assert abs(worth - amount) <= Decimal("0.5") * level.worths[-1] + Decimal("1e-12")


@pytest.mark.parametrize(
    ("amount", "months", "amounts"),
    [
        (500, 120, [5] * 20 + [4] * 100),
        (10_000, 24, [417] * 16 + [416] * 8),
        (122, 120, [2] * 2 + [1] * 118),
        (239, 120, [2] * 119 + [1]),
    ],
)
def test_the_first_payments_carry_the_pennies_that_the_last_could_not(
    amount: int, months: int, amounts: list[int]
) -> None:
    """£5 over 120 months is 20 of 5p and 100 of 4p, not 119 of 5p and a last one below zero."""
    assert amounts == list(instalments(amount, months, Decimal(0)).amounts)


def test_an_ordinary_loan_keeps_level_payments() -> None:
    """£669.00 over 24: 12p on £27.88 are within 1 %, so only the last one differs."""
    found = instalments(66_900, 24, Decimal(0))
    assert (found.first_count, found.regular, found.last) == (1, 2_788, 2_776)


def test_a_plan_lends_nothing_that_cannot_be_cut_fairly() -> None:
    """At 40 % over ten years a penny of the first month is worth 28 at the end: from £37.98 on."""
    plan = CreditPlan(
        code="LONG", title="Ten years", months=120, apr_percent=Decimal(40), min_amount=120
    )
    assert plan.least == least_amount(120, Decimal(40)) > plan.min_amount
    assert plan.deposits_on(plan.least) == (0, 0)
    assert plan.deposits_on(plan.least - 1) is None


def test_the_tolerance_is_one_percent_and_at_least_one_minor_unit() -> None:
    """A payment of 199 may be missed by 1, one of 200 by 2."""
    assert [tolerance(one) for one in (1, 199, 200, 2_788)] == [1, 1, 2, 27]
