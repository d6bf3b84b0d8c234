"""Money at a provider: which sums it takes, and what it says that it took, held, lent or ordered.

The second is held against what it was asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record

AmountField: TypeAlias = int | str | None
# The key of a currency's range for all that have none of their own.
ANY_CURRENCY: Final = "*"


class AmountRange(Record):
    """The sums that a provider takes in one call, in minor units, both ends included.

    `most` is None where there is no end.
    """

    least: int = 1
    most: int | None = None

    def __post_init__(self) -> None:
        """A range has at least one sum above zero; raises `ValueError`."""
        if self.least < 1 or (self.most is not None and self.most < self.least):
            raise ValueError(f"{self} has no sum above zero")

    def __contains__(self, amount: int) -> bool:
        """Whether a sum is taken."""
        return self.least <= amount and (self.most is None or amount <= self.most)

    def __str__(self) -> str:
        """As in `30 to 99999999`, or `30 or more`."""
        return f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"

    def within(self, other: AmountRange) -> AmountRange | None:
        """The sums that both take; None where there is none."""
        ends = [end for end in (self.most, other.most) if end is not None]
        least, most = max(self.least, other.least), min(ends, default=None)
        return AmountRange(least=least, most=most) if most is None or least <= most else None


EVERY: Final = AmountRange()
# Of each operation (`payment.charge`) by currency (`GBP`, or `*` for all others).
Ranges: TypeAlias = Mapping[str, Mapping[str, AmountRange]]


def range_of(ranges: Ranges, operation: str, currency: str) -> AmountRange:
    """The sums that an operation takes in a currency; all of them where nothing is said."""
    said = ranges.get(operation, {})
    return said.get(currency) or said.get(ANY_CURRENCY) or EVERY


def merged(ranges: Iterable[AmountRange]) -> tuple[AmountRange, ...]:
    """What any of them takes: ranges that meet are one, in order."""
    found: list[AmountRange] = []
    for one in sorted(ranges, key=lambda each: each.least):
        last = found[-1] if found else None
        if last is None or (last.most is not None and one.least > last.most + 1):
            found.append(one)
        else:
            ends = (last.most, one.most)
            most = None if None in ends else max(end for end in ends if end is not None)
            found[-1] = AmountRange(least=last.least, most=most)
    return tuple(found)


class ReportsAmount(Fact, ABC):
    """An output that reports money.

    The engine asks `differs` wherever an outcome is taken: of an answer, a look-up, a callback, a
    late answer or a person's verdict. A difference is never passed, it goes to a person.
    """

    __slots__ = ()

    @abstractmethod
    def differs(self, request: object) -> str | None:
        """What differs from the request in amount, currency or months; None where all agrees."""


def apart(expected: Mapping[str, AmountField], actual: Mapping[str, AmountField]) -> str | None:
    """Each value that was told and is not what was asked, in one line; None where all agree.

    What is None on either side was not said, and is not compared.
    """
    found = [
        f"{name} {actual[name]} where {wanted} was asked"
        for name, wanted in expected.items()
        if wanted is not None and actual.get(name) is not None and actual[name] != wanted
    ]
    return "; ".join(found) or None


def difference(output: object, request: object, currency: str) -> str | None:
    """What an outcome reports otherwise than it was asked; `currency` is the checkout's one.

    An output of a kind that reports no money has nothing to differ in.
    """
    if not isinstance(output, ReportsAmount):
        return None
    foreign = apart({"currency": currency}, {"currency": getattr(output, "currency", None)})
    return output.differs(request) or foreign


__all__ = [
    "ANY_CURRENCY",
    "EVERY",
    "AmountRange",
    "Ranges",
    "ReportsAmount",
    "apart",
    "difference",
    "merged",
    "range_of",
]
