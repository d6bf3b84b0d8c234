"""What simulated lenders, payment providers and recyclers know and work out, in their own way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from unshackled.domain.records import replace
from unshackled.ports.credit import AskRepayment, CreditRepaid
from unshackled.ports.outcome import Declined, Passed
from unshackled.ports.trade_in import AskInspection, DeviceInspected
from unshackled.testing.samples import sample

ZONE: Final = ZoneInfo("Europe/London")
_TAKES: Final = ("payment.charge", "payment.capture")


class BookedEffect(Protocol):
    """One row of the books."""

    @property
    def operation(self) -> str:
        """What was done."""
        ...

    @property
    def checkout(self) -> str:
        """For which checkout."""
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


def refuses(books: Sequence[BookedEffect], operation: str, request: Any) -> Declined | None:
    """The answer of a payment provider that would give back more than it took, as real ones say."""
    if operation != "payment.refund_amount":
        return None
    taken, given = _sum(books, _TAKES, "amount"), _sum(books, (operation,), "amount")
    return Declined(code="already_refunded") if given + request.amount > taken else None


def too_much(books: Sequence[BookedEffect], operation: str, request: Any) -> Iterator[str]:
    """What nobody may ask for: to be given back more than was taken, or than was lent."""
    if operation == "payment.refund_amount":
        taken = _sum(books, _TAKES, "amount")
        given = _asked(books, operation) + request.amount
        if given > taken:
            yield f"{given} of a payment of {taken} is given back"
    if operation == "credit.end" and request.money is not None:
        lent = _sum(books, ("credit.activate",), "amount")
        back = _sum(books, (operation,), "lender") + request.money.lender
        if back > lent:
            yield f"{back} of a credit of {lent} is given back"


def looked_at(request: AskInspection, percent: int) -> Passed[DeviceInspected]:
    """The old device is here, and worth so much of what was promised."""
    accepted, found = request.accepted, sample(DeviceInspected)
    promised = accepted.amount if accepted is not None else found.amount
    return Passed(output=replace(found, amount=promised * percent // 100, estimate=promised))


def taken_twice(books: Sequence[BookedEffect], request: Any, checkout: str) -> Iterator[str]:
    """An old device that was taken from another checkout already."""
    for one in books:
        taken = one.operation == "trade_in.accept" and one.stands and one.checkout != checkout
        if taken and one.request.device.imei == request.device.imei:
            yield f"the device of {one.checkout} is taken again"


def _sum(books: Sequence[BookedEffect], operations: Sequence[str], field: str) -> int:
    mine = (one for one in books if one.operation in operations and one.stands)
    return sum(getattr(one.outcome.output, field) or 0 for one in mine)


def _asked(books: Sequence[BookedEffect], operation: str) -> int:
    """What was asked for, and done; now and then it is done for another amount."""
    return sum(one.request.amount for one in books if one.operation == operation and one.stands)


def _last(books: Sequence[BookedEffect], operation: str) -> BookedEffect:
    return next(one for one in reversed(books) if one.operation == operation and one.stands)
