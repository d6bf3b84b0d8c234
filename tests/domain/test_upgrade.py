"""Upgrade programmes: the rules seen in the market, as data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.settlement import Settlement
from unshackled.domain.upgrade import (
    Eligible,
    NotEligible,
    Programme,
    Reason,
    Standing,
    eligibility,
)

AFTER_12_OF_24 = Programme(name="24", months=24, min_repayments=12)
WINDOW_OF_30 = Programme(name="30", months=30, min_repayments=24, window_months=6)
LEFT = Settlement(left=40_000, rebate=1_500, due=38_500)


def standing(**changes: Any) -> Standing:
    usual: dict[str, Any] = {
        "months": 24,
        "repayments_made": 12,
        "arrears": 0,
        "device_grade": "good",
    }
    return Standing(**{**usual, **changes})


def test_an_upgrade_costs_what_is_left_less_rebate_and_trade_in() -> None:
    """The trade-in lowers the settlement."""
    found = eligibility(AFTER_12_OF_24, standing(), LEFT, trade_in=12_000)
    assert Eligible(left=40_000, rebate=1_500, trade_in=12_000, due=26_500, surplus=0) == found


def test_a_trade_in_above_the_settlement_is_a_surplus() -> None:
    """The settlement never goes below nothing; what is over is reported."""
    found = eligibility(AFTER_12_OF_24, standing(), LEFT, trade_in=50_000)
    assert isinstance(found, Eligible)
    assert (found.due, found.surplus) == (0, 11_500)


@pytest.mark.parametrize(
    ("programme", "changes", "reasons"),
    [
        (AFTER_12_OF_24, {"repayments_made": 11}, ("too_few_repayments",)),
        (AFTER_12_OF_24, {"months": 20}, ("other_term",)),
        (AFTER_12_OF_24, {"arrears": 1}, ("in_arrears",)),
        (AFTER_12_OF_24, {"device_grade": None}, ("device_not_returned",)),
        (AFTER_12_OF_24, {"device_grade": "broken"}, ("grade_too_low",)),
        (WINDOW_OF_30, {"months": 30, "repayments_made": 31}, ("window_closed",)),
        (
            WINDOW_OF_30,
            {"months": 30, "repayments_made": 3, "arrears": 5, "device_grade": None},
            ("too_few_repayments", "in_arrears", "device_not_returned"),
        ),
    ],
)
def test_every_rule_that_is_broken_is_a_reason(
    programme: Programme, changes: dict[str, Any], reasons: tuple[Reason, ...]
) -> None:
    """All reasons are told at once, in the order of the rules."""
    assert NotEligible(reasons=reasons) == eligibility(programme, standing(**changes), LEFT)


@pytest.mark.parametrize("made", [24, 30])
def test_both_ends_of_the_window_are_open(made: int) -> None:
    """The first and the last month of the window count."""
    found = eligibility(WINDOW_OF_30, standing(months=30, repayments_made=made), LEFT)
    assert isinstance(found, Eligible)


def test_a_device_that_stays_with_the_customer_gives_no_trade_in() -> None:
    """Where no return is needed the settlement is due in full."""
    keep = Programme(name="keep", months=24, min_repayments=12, requires_return=False)
    found = eligibility(keep, standing(device_grade=None), LEFT, trade_in=12_000)
    assert isinstance(found, Eligible)
    assert (found.trade_in, found.due) == (0, 38_500)


@given(
    left=st.integers(min_value=0, max_value=200_000),
    share=st.integers(min_value=0, max_value=100),
    trade_in=st.integers(min_value=0, max_value=300_000),
)
def test_the_amounts_of_an_upgrade_add_up(left: int, share: int, trade_in: int) -> None:
    """Left = rebate + trade-in + due - surplus, and due and surplus are never both there."""
    rebate = left * share // 100
    settlement = Settlement(left=left, rebate=rebate, due=left - rebate)
    found = eligibility(AFTER_12_OF_24, standing(), settlement, trade_in=trade_in)
    assert isinstance(found, Eligible)
    assert found.left == found.rebate + found.trade_in + found.due - found.surplus
    assert found.due == 0 or found.surplus == 0
    assert found.due >= 0


@pytest.mark.parametrize("changes", [{"min_repayments": 25}, {"window_months": 0}])
def test_a_programme_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    """More repayments than months, or an empty window, is a mistake in the data."""
    usual: dict[str, Any] = {"name": "x", "months": 24, "min_repayments": 12}
    with pytest.raises(ValueError, match=next(iter(changes))):
        Programme(**{**usual, **changes})
