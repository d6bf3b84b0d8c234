"""After the old device was looked at, or stayed away: what each is still to pay, to the penny."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest

from unshackled.domain.upgrade import Covers, NotReturned, PaidBy, Programme, Settles, SurplusUse
from unshackled.domain.upgrade_shares import (
    AfterInspection,
    Ending,
    after_inspection,
    upgrade_shares,
)

DUE = 8_000


def programmes() -> list[Programme]:
    """Every programme that may be written."""
    found = []
    kinds = (PaidBy, Covers, SurplusUse, Settles, NotReturned)
    for left, covers, surplus, settles, away in product(*(get_args(kind) for kind in kinds)):
        try:
            found.append(
                Programme(
                    name="table",
                    months=24,
                    min_repayments=12,
                    left_paid_by=left,
                    trade_in_covers=covers,
                    surplus=surplus,
                    settles=settles,
                    not_returned=away,
                )
            )
        except ValueError:
            assert (settles, left) == ("after_inspection", "new_credit") or (
                (settles, away) == ("at_order", "agreement_goes_on")
            )
    return found


def _programme(**terms: Any) -> Programme:
    return Programme(name="one", months=24, min_repayments=12, **terms)


# Settlement 30,000, promised 20,000, 8,000 due today of the package: terms, what it is worth, how
# it ends; what the lender gets now, what is paid out, what is charged.
TABLE: list[tuple[dict[str, Any], int, Ending, tuple[int, int, int]]] = [
    ({}, 20_000, "accepted", (0, 0, 0)),
    ({}, 15_000, "accepted", (0, 0, 5_000)),
    ({}, 25_000, "accepted", (0, 5_000, 0)),
    ({}, 35_000, "accepted", (0, 15_000, 0)),
    ({"surplus": "forfeit"}, 35_000, "accepted", (0, 10_000, 0)),
    ({}, 0, "sent_back", (0, 0, 20_000)),
    ({}, 0, "not_returned", (0, 0, 20_000)),
    ({"left_paid_by": "retailer"}, 15_000, "accepted", (0, 0, 0)),
    ({"left_paid_by": "retailer"}, 0, "not_returned", (0, 0, 0)),
    ({"left_paid_by": "retailer", "not_returned": "settlement"}, 0, "not_returned", (0, 0, 30_000)),
    ({"left_paid_by": "new_credit"}, 15_000, "accepted", (0, 0, 5_000)),
    ({"left_paid_by": "new_credit"}, 25_000, "accepted", (0, 5_000, 0)),
    ({"trade_in_covers": "price"}, 20_000, "accepted", (0, 12_000, 0)),
    ({"trade_in_covers": "price"}, 15_000, "accepted", (0, 7_000, 0)),
    ({"trade_in_covers": "price"}, 5_000, "accepted", (0, 0, 3_000)),
    ({"trade_in_covers": "none"}, 5_000, "accepted", (0, 0, 0)),
    ({"settles": "after_inspection"}, 20_000, "accepted", (30_000, 0, 0)),
    ({"settles": "after_inspection"}, 15_000, "accepted", (30_000, 0, 5_000)),
    (
        {"settles": "after_inspection", "not_returned": "agreement_goes_on"},
        0,
        "not_returned",
        (0, 10_000, 0),
    ),
]


@pytest.mark.parametrize(("terms", "worth", "ending", "expected"), TABLE)
def test_the_table_says_what_is_left_to_do(
    terms: dict[str, Any], worth: int, ending: Ending, expected: tuple[int, int, int]
) -> None:
    """Settle, pay out, charge."""
    programme = _programme(**terms)
    agreed = upgrade_shares(programme, 30_000, 20_000, DUE)
    left = after_inspection(programme, agreed, worth, DUE, ending=ending)
    assert (left.settle, left.pay_out, left.charge) == expected


@pytest.mark.parametrize("ending", get_args(Ending))
@pytest.mark.parametrize("worth", [0, 5_000, 20_000, 30_000, 45_000])
def test_everybody_has_what_is_theirs_in_the_end(ending: Ending, worth: int) -> None:
    """For every programme: the lender its figure once, the customer as if it was known before."""
    for programme in programmes():
        agreed = upgrade_shares(programme, 30_000, 20_000, DUE)
        value = worth if ending == "accepted" else 0
        left = after_inspection(programme, agreed, value, DUE, ending=ending)
        goes_on = ending != "accepted" and programme.not_returned == "agreement_goes_on"
        paid = agreed.due_today - left.pay_out + left.charge
        assert 0 in (left.pay_out, left.charge)
        if goes_on:
            assert (left.settle, paid) == (0, 0)
            continue
        _lender_has_its_figure(programme, left)
        shares = left.shares
        assert paid == shares.customer - shares.price - shares.pay_out
        assert shares.device + shares.customer + shares.retailer + shares.new_credit == 30_000
        assert shares.device + shares.price + shares.pay_out + shares.forfeit == value
        assert shares.new_credit == agreed.new_credit


def _lender_has_its_figure(programme: Programme, left: AfterInspection) -> None:
    late = programme.settles == "after_inspection"
    assert left.settle == (30_000 if late else 0)


def test_an_agreement_is_settled_with_its_figure_of_then() -> None:
    """A repayment in the meantime, of 2,500: the lender gets less, and the customer that much."""
    programme = _programme(settles="after_inspection")
    agreed = upgrade_shares(programme, 30_000, 20_000, DUE)
    left = after_inspection(programme, agreed, 20_000, DUE, settlement=27_500)
    assert (left.settle, left.pay_out, left.charge) == (27_500, 2_500, 0)
