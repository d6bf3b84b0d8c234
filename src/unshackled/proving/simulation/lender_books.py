"""What a simulated lender and payment provider work out themselves, by arithmetic of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from unshackled.ports.credit import AskRepayment, CreditRepaid
from unshackled.ports.outcome import Passed

ZONE: Final = ZoneInfo("Europe/London")


class BookedEffect(Protocol):
    """One row of the books."""

    @property
    def operation(self) -> str:
        """What was done."""
        ...

    @property
    def request(self) -> Any:
        """What was asked for."""
        ...

    @property
    def outcome(self) -> Any:
        """What came of it."""
        ...

    @property
    def stands(self) -> bool:
        """Whether it exists and was not taken back."""
        ...


def repaid(
    books: Sequence[BookedEffect], request: AskRepayment, now: datetime
) -> Passed[CreditRepaid]:
    """The customer repays today: the capital, and the interest of every day since the drawdown."""
    money = _last(books, "credit.end").request.money
    rate = _last(books, "orders.place").request.quote.rate_percent
    today = now.astimezone(ZONE).date()
    days = (today - money.drawn_on).days if money.drawn_on is not None else 0
    exact = Fraction(money.capital) * Fraction(rate or 0) * days / 36_500
    interest = int(exact + Fraction(1, 2))
    return Passed(
        output=CreditRepaid(
            agreement=request.ended.agreement if request.ended is not None else "",
            amount=money.owed - money.interest + interest,
            interest=interest,
            currency=money.currency,
            repaid_on=today,
        )
    )


def too_much(books: Sequence[BookedEffect], operation: str, request: Any) -> Iterator[str]:
    """What a backend would have to refuse: more given back than it took, or than it lent."""
    if operation == "payment.refund_amount":
        taken = _sum(books, ("payment.charge", "payment.capture"), "amount")
        given = _sum(books, (operation,), "amount") + request.amount
        if given > taken:
            yield f"{given} of a payment of {taken} is given back"
    if operation == "credit.end" and request.money is not None:
        lent = _sum(books, ("credit.activate",), "amount")
        back = _sum(books, (operation,), "lender") + request.money.lender
        if back > lent:
            yield f"{back} of a credit of {lent} is given back"


def _sum(books: Sequence[BookedEffect], operations: Sequence[str], field: str) -> int:
    mine = (one for one in books if one.operation in operations and one.stands)
    return sum(getattr(one.outcome.output, field) or 0 for one in mine)


def _last(books: Sequence[BookedEffect], operation: str) -> BookedEffect:
    return next(one for one in reversed(books) if one.operation == operation and one.stands)
