"""Which deposits leave each sum of a credit purchase within what somebody takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record
from unshackled.ports.amount_ranges import AmountRange


class DepositRange(Record, Fact):
    """Deposits that can be chosen, both ends included; `most` is null where there is no end."""

    least: int
    most: int | None = None

    def __contains__(self, deposit: int) -> bool:
        """Whether it can be chosen."""
        return self.least <= deposit and (self.most is None or deposit <= self.most)

    def __str__(self) -> str:
        """As in `0 to 4900`, `0 or more`, or the one deposit that there is."""
        if self.most is None:
            return f"{self.least} or more"
        return f"{self.least} to {self.most}" if self.least < self.most else str(self.least)

    def within(self, least: int, most: int | None) -> DepositRange | None:
        """What of it is from `least` to `most`; None where nothing is."""
        ends = [end for end in (self.most, most) if end is not None]
        low, high = max(self.least, least), min(ends, default=None)
        return None if high is not None and high < low else DepositRange(least=low, most=high)


class Purchase(Record):
    """What a deposit is paid for: `bounds` are those of the plan and the handset.

    `amount` is what deposit and credit come to together, None where no handset is chosen yet;
    `others` is what is due today beside the deposit.
    """

    bounds: DepositRange
    amount: int | None = None
    others: int = 0


def deposits_of(
    purchase: Purchase, lent: Sequence[AmountRange], today: Sequence[AmountRange]
) -> tuple[DepositRange, ...]:
    """The deposits for which one of `lent` takes the credit and one of `today` what is due.

    Where nothing is due, nobody is asked for it.
    """
    return tuple(joined(_each(purchase, lent, today)))


def _each(
    purchase: Purchase, lent: Sequence[AmountRange], today: Sequence[AmountRange]
) -> Iterator[DepositRange]:
    others = purchase.others
    for one in lent:
        left = _lendable(purchase, one)
        if left is None:
            continue
        if not others and 0 in left:
            yield DepositRange(least=0, most=0)
        for each in today:
            most = None if each.most is None else each.most - others
            payable = left.within(max(each.least - others, 0), most)
            if payable is not None:
                yield payable


def _lendable(purchase: Purchase, one: AmountRange) -> DepositRange | None:
    """The deposits that leave a credit which is within a range."""
    if purchase.amount is None:
        return purchase.bounds
    least = 0 if one.most is None else purchase.amount - one.most
    return purchase.bounds.within(least, purchase.amount - one.least)


def joined(ranges: Iterable[DepositRange]) -> list[DepositRange]:
    """In order, and those that meet as one."""
    found: list[DepositRange] = []
    for one in sorted(ranges, key=lambda each: each.least):
        last = found[-1] if found else None
        if last is None or (last.most is not None and one.least > last.most + 1):
            found.append(one)
        elif last.most is not None and (one.most is None or one.most > last.most):
            found[-1] = DepositRange(least=last.least, most=one.most)
    return found
