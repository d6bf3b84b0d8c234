"""The priced package as the customer reads it. Amounts are integers in minor units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from unshackled.domain.codec import digest as digest_of
from unshackled.domain.facts import Fact, added
from unshackled.domain.records import Record
from unshackled.domain.vat import VatLine

Part = Literal["handset", "credit", "tariff", "accessories", "delivery", "settlement", "trade_in"]


class Monthly(Record, Fact):
    """A regular monthly payment of one part and how many months it runs.

    A stated rise is a row of its own: the month of the contract that it begins in, 1 for the first,
    and the day it is stated for.
    """

    part: Part
    amount: int
    months: int
    from_month: int = added(1)
    starts: date | None = added(None)


class QuoteLine(Record, Fact):
    """One part of the package: what is due today and over its whole term.

    `step` names the step that brought the line; None for a line of the package.
    """

    part: Part
    title: str
    due_today: int
    total: int
    step: str | None = added(None)


class BringsLines(Fact, ABC):
    """A step's output that adds lines to the quote: a paid delivery, a settlement, a valuation."""

    __slots__ = ()

    @abstractmethod
    def quote_lines(self) -> tuple[QuoteLine, ...]:
        """The lines it adds, none where it costs nothing."""

    def surplus(self) -> int:
        """What the customer is owed beyond the lines, in minor units: part of the estimate."""
        return 0


class Quote(Record, Fact):
    """A price with its validity.

    `due_today` and `total_payable` are the sums of the lines. `apr_percent` is to one decimal,
    half up, `None` without credit. `trade_in_estimate` is in no sum: it is paid to the customer
    after inspection; `trade_in_surplus` is the part of it that a step brought: what a returned
    device is worth beyond what it settles. `digest` covers the contents, not the id, the day or the
    validity, so equal digests are equal prices.

    `priced_on` is the day on the market's calendar that it was made on: its rates and rises are of
    that day. `rate_percent` is the credit plan's yearly rate, `credit_regulated` whether the credit
    is regulated on that day. `vat` is the tax in the prices by rate, none where no price has it.
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
    trade_in_surplus: int = added(0)
    priced_on: date | None = added(None)
    rate_percent: Decimal | None = added(None)
    credit_regulated: bool | None = added(None)
    vat: tuple[VatLine, ...] = added(())

    def expired(self, now: datetime) -> bool:
        """Whether it stopped counting at `now`."""
        return now >= self.valid_until

    @property
    def step_lines(self) -> tuple[QuoteLine, ...]:
        """The lines that steps brought, in the order of the flow."""
        return tuple(line for line in self.lines if line.step is not None)

    def with_step_lines(self, lines: Sequence[QuoteLine], surplus: int, *, of: str) -> Quote:
        """The same package with other lines of steps, under an id made of `of` and its contents.

        The very same quote where nothing changes.
        """
        if tuple(lines) == self.step_lines and surplus == self.trade_in_surplus:
            return self
        whole = (*(line for line in self.lines if line.step is None), *lines)
        estimate = self.trade_in_estimate - self.trade_in_surplus + surplus
        digest = contents(
            self.currency, whole, self.per_month, self.apr_percent, estimate, vat=self.vat
        )
        return replace(
            self,
            id=f"quo_{digest_of(of, digest).removeprefix('sha256:')[:26].upper()}",
            due_today=self.due_today + sum(new.due_today for new in lines) - _today(self),
            total_payable=self.total_payable + sum(new.total for new in lines) - _whole(self),
            lines=whole,
            trade_in_estimate=estimate,
            trade_in_surplus=surplus,
            digest=digest,
        )


def contents(
    currency: str,
    lines: Sequence[QuoteLine],
    per_month: Sequence[Monthly],
    apr_percent: Decimal | None,
    trade_in_estimate: int,
    *,
    vat: Sequence[VatLine] = (),
) -> str:
    """The digest of what a quote says; one without VAT has that of before quotes knew of it."""
    said = (currency, tuple(lines), tuple(per_month), apr_percent, trade_in_estimate)
    return digest_of(*said, tuple(vat)) if vat else digest_of(*said)


def _today(quote: Quote) -> int:
    return sum(line.due_today for line in quote.step_lines)


def _whole(quote: Quote) -> int:
    return sum(line.total for line in quote.step_lines)
