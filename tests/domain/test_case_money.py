"""Money goes back the way it came: by hypothesis, whatever was paid and however it goes back."""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.case_money import (
    CaseHistory,
    CaseMoney,
    MoreThanPaid,
    Origins,
    divided,
    handed_on,
    history_of,
)

AMOUNTS = st.integers(min_value=0, max_value=200_000)
PAID = st.builds(Origins, payment=AMOUNTS, lender=AMOUNTS, trade_in=AMOUNTS)
FIRST = st.sampled_from(["payment", "lender"])
First = Literal["payment", "lender"]


def _cases(amounts: list[int], paid: Origins, first: First, repaid: int = 0) -> list[CaseMoney]:
    """One case after another."""
    done: list[CaseMoney] = []
    for amount in amounts:
        before = history_of(done)
        shares = divided(amount, paid, before, first)
        onward = handed_on(shares.lender, financed=paid.lender, repaid=repaid, history=before)
        done.append(
            CaseMoney(
                payment=shares.payment,
                lender=shares.lender,
                trade_in=shares.trade_in,
                customer=onward,
                currency="GBP",
            )
        )
    return done


def test_the_deposit_goes_back_first_and_the_rest_to_the_lender() -> None:
    """£49 deposit and £669 credit: of £100 the first £49 go to the card, £51 to the lender."""
    paid = Origins(payment=4_900, lender=66_900)
    assert divided(10_000, paid, CaseHistory(), "payment") == Origins(payment=4_900, lender=5_100)


def test_the_credit_goes_back_first_where_the_flow_says_so() -> None:
    """The same £100 all go to the lender, and the last £49 of the sale to the card."""
    paid = Origins(payment=4_900, lender=66_900)
    assert divided(10_000, paid, CaseHistory(), "lender") == Origins(lender=10_000)
    rest = divided(61_800, paid, CaseHistory(lender=10_000), "lender")
    assert rest == Origins(payment=4_900, lender=56_900)


def test_an_old_device_is_the_last_to_go_back() -> None:
    """£10,000 traded in are left until deposit and credit are given back."""
    paid = Origins(payment=100, lender=200, trade_in=50)
    assert divided(320, paid, CaseHistory(), "payment") == Origins(
        payment=100, lender=200, trade_in=20
    )


def test_a_whole_return_hands_the_instalments_on_to_the_customer() -> None:
    """Three of £27.88 were paid of £669: the lender is given £669 and hands £83.64 on."""
    before = CaseHistory()
    assert handed_on(66_900, financed=66_900, repaid=8_364, history=before) == 8_364


def test_a_return_after_a_withdrawal_hands_all_of_it_on_to_the_customer() -> None:
    """They repaid the credit themselves: the lender keeps nothing of what it is given back."""
    withdrawn = CaseMoney(owed=67_000, interest=100, currency="GBP")
    before = history_of([withdrawn])
    assert before.withdrawn == 66_900
    assert handed_on(66_900, financed=66_900, repaid=0, history=before) == 66_900
    assert handed_on(66_900, financed=66_900, repaid=66_900, history=before) == 66_900


def test_a_small_refund_only_lowers_what_is_left_of_the_agreement() -> None:
    """£51 of £669 leave more to pay than that: nothing is handed on."""
    assert handed_on(5_100, financed=66_900, repaid=8_364, history=CaseHistory()) == 0


@pytest.mark.parametrize("first", ["payment", "lender"])
def test_more_than_was_paid_is_refused_with_what_is_left(first: First) -> None:
    """A penny too much says how much there is."""
    with pytest.raises(MoreThanPaid) as refused:
        divided(151, Origins(payment=100, lender=100), CaseHistory(payment=50), first)
    assert refused.value.left == 150


def test_less_than_nothing_is_refused() -> None:
    """A case takes no money."""
    with pytest.raises(ValueError, match="below 0"):
        divided(-1, Origins(payment=100), CaseHistory(), "payment")


@given(paid=PAID, first=FIRST, data=st.data())
def test_parts_come_to_the_same_penny_as_the_whole(
    paid: Origins, first: First, data: st.DataObject
) -> None:
    """However a refund is cut and in whatever order the parts come, each origin gets the same."""
    parts = data.draw(st.lists(st.integers(0, max(1, paid.total // 3)), min_size=1, max_size=4))
    amount = sum(parts)
    if amount > paid.total:
        parts, amount = [paid.total], paid.total
    repaid = data.draw(st.integers(0, paid.lender)) if paid.lender else 0
    whole = history_of(_cases([amount], paid, first, repaid))
    for order in permutations(parts):
        assert history_of(_cases(list(order), paid, first, repaid)) == whole


@given(paid=PAID, first=FIRST, data=st.data())
def test_nothing_is_negative_and_nothing_goes_beyond_what_was_paid(
    paid: Origins, first: First, data: st.DataObject
) -> None:
    """The parts are the amount, and case after case no origin gives back more than it gave."""
    amounts = data.draw(st.lists(AMOUNTS, max_size=6))
    repaid = data.draw(AMOUNTS)
    done: list[CaseMoney] = []
    for amount in amounts:
        before = history_of(done)
        left = paid.total - before.payment - before.lender - before.trade_in
        if amount > left:
            with pytest.raises(MoreThanPaid) as refused:
                divided(amount, paid, before, first)
            assert refused.value.left == left
            continue
        (one,) = _more(amount, paid, first, repaid, before)
        assert one.payment + one.lender + one.trade_in == amount
        assert min(one.payment, one.lender, one.trade_in, one.customer) >= 0
        done.append(one)
    total = history_of(done)
    assert total.payment <= paid.payment
    assert total.lender <= paid.lender
    assert total.trade_in <= paid.trade_in
    assert total.customer <= max(0, total.lender + repaid - paid.lender)


def _more(
    amount: int, paid: Origins, first: First, repaid: int, before: CaseHistory
) -> list[CaseMoney]:
    shares = divided(amount, paid, before, first)
    onward = handed_on(shares.lender, financed=paid.lender, repaid=repaid, history=before)
    return [
        CaseMoney(
            payment=shares.payment,
            lender=shares.lender,
            trade_in=shares.trade_in,
            customer=onward,
            currency="GBP",
        )
    ]
