"""The priced package as the customer reads it. Amounts are integers in minor units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from unshackled.domain.facts import Fact, added

Part = Literal["handset", "credit", "tariff", "accessories", "delivery", "settlement", "trade_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly(Fact):
    """A regular monthly payment of one part and how many months it runs.

    A stated rise is a row of its own: the month of the contract that it begins in, 1 for the first,
    and the day it is stated for.
    """

    part: Part
    amount: int
    months: int
    from_month: int = added(1)
    starts: date | None = added(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine(Fact):
    """One part of the package: what is due today and over its whole term."""

    part: Part
    title: str
    due_today: int
    total: int


class BringsLines(Fact, ABC):
    """A step's output that adds lines to the quote: a paid delivery, a settlement, a valuation."""

    __slots__ = ()

    @abstractmethod
    def quote_lines(self) -> tuple[QuoteLine, ...]:
        """The lines it adds, none where it costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Fact):
    """A price with its validity.

    `due_today` and `total_payable` are the sums of the lines. `apr_percent` is to one decimal,
    half up, `None` without credit. `trade_in_estimate` is in no sum: it is paid or set against
    a settlement after inspection. `digest` covers the contents, not the id or the validity, so
    equal digests are equal prices.
    """

    id: str
    currency: str
    due_today: int
    per_month: tuple[Monthly, ...]
    total_payable: int
    apr_percent: Decimal | None
    trade_in_estimate: int
    lines: tuple[QuoteLine, ...]
    valid_until: datetime
    digest: str

    def expired(self, now: datetime) -> bool:
        """Whether it stopped counting at `now`."""
        return now >= self.valid_until
