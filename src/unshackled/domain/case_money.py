"""What a case moves, and between whom: money goes back the way it came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from unshackled.domain.facts import Fact, added
from unshackled.domain.records import Record, replace

Origin: TypeAlias = Literal["payment", "lender", "trade_in"]


class CaseMoney(Record, Fact):
    """What a case moves, in minor units of `currency`; none of it is below zero.

    `payment` goes from the retailer to the customer, back to the payment that it came from.
    `lender` goes from the retailer to the lender, of what that financed. `customer` goes from the
    lender to the customer: instalments that were paid of it. `trade_in` goes from the retailer to
    the customer: the value of a device that is not given back itself.
    On withdrawal from credit `owed` goes from the customer to the lender by `repay_by`: the capital
    and `interest`, which is part of it. It is the sum of the day on which it was decided: what is
    repaid later costs the interest on `capital` since `drawn_on`, `interest_by_day` each day, in
    minor units with two decimals.
    """

    payment: int = 0
    lender: int = 0
    customer: int = 0
    interest: int = 0
    owed: int = 0
    currency: str
    trade_in: int = 0
    repay_by: date | None = None
    capital: int = 0
    drawn_on: date | None = None
    interest_by_day: Decimal | None = None


class InstalmentsRefund(Record, Fact):
    """What a case moves from the lender to the customer, in minor units: instalments paid.

    It is worked out once the goods are back, by the lender's account of the day `as_of`, and counts
    for `customer` of the case's money. None: by no account.
    """

    customer: int
    currency: str
    as_of: date | None = None


class Origins(Record):
    """How much of a price came from each: money at the payment, credit, the old device's value."""

    payment: int = 0
    lender: int = 0
    trade_in: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.payment + self.lender + self.trade_in


class CaseHistory(Record, Fact):
    """What the other cases of a sale moved already, and when its credit was drawn.

    Amounts are sums of their `CaseMoney`; a case that was canceled moved nothing.
    `withdrawn` is the capital that the customer is to repay, or has, by a withdrawal.
    """

    payment: int = 0
    lender: int = 0
    customer: int = 0
    trade_in: int = 0
    drawn_at: datetime | None = None
    withdrawn: int = added(0)


class MoreThanPaid(ValueError):
    """A case is about more than is left of what was paid: `left`, in minor units."""

    def __init__(self, amount: int, left: int) -> None:
        """Say both."""
        super().__init__(f"amount: {amount} is more than the {left} that is left of what was paid")
        self.left = left


def history_of(cases: Iterable[CaseMoney], drawn_at: datetime | None = None) -> CaseHistory:
    """The sum of what cases moved."""
    known = tuple(cases)
    return CaseHistory(
        payment=sum(one.payment for one in known),
        lender=sum(one.lender for one in known),
        customer=sum(one.customer for one in known),
        trade_in=sum(one.trade_in for one in known),
        drawn_at=drawn_at,
        withdrawn=sum(max(0, one.owed - one.interest) for one in known),
    )


def with_instalments(money: CaseMoney, instalments: InstalmentsRefund | None) -> CaseMoney:
    """The money of a case with the instalments that the lender hands on, once they are known."""
    return money if instalments is None else replace(money, customer=instalments.customer)


def divided(
    amount: int, paid: Origins, history: CaseHistory, first: Literal["payment", "lender"]
) -> Origins:
    """An amount divided by where it came from: `first` while anything is left of it.

    Then the other of payment and lender, and the device's value in the end. So it comes to the same
    in one case or in several, in any order. Raises `MoreThanPaid`, and `ValueError` below 0.
    """
    if amount < 0:
        raise ValueError(f"amount: {amount} is below 0")
    second: Origin = "lender" if first == "payment" else "payment"
    shares: dict[str, int] = {}
    rest = amount
    for origin in (first, second, "trade_in"):
        left = max(0, getattr(paid, origin) - getattr(history, origin))
        shares[origin] = min(rest, left)
        rest -= shares[origin]
    if rest:
        raise MoreThanPaid(amount, amount - rest)
    return Origins(**shares)


def handed_on(lender: int, *, financed: int, repaid: int, history: CaseHistory) -> int:
    """What the lender hands on to the customer of the `lender` that it is given back.

    The agreement is credited with it: what exceeds the rest of it was `repaid` by the customer, in
    all their instalments, or is what they repay because they withdrew from it. What went back in
    earlier cases counts.
    """
    credited = history.lender + lender
    paid = max(repaid, min(financed, repaid + history.withdrawn))
    return max(0, credited + paid - financed - history.customer)
