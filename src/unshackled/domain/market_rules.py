"""Market rules as dated data: what the law allows on a day, never code to be changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta

from unshackled.domain.number_porting import PortingRules
from unshackled.domain.records import Record

# A law that is not repealed before has no last day; a period of a law is never longer than this.
Count = Annotated[int, Meta(ge=1, le=1200)]
Days = Annotated[int, Meta(ge=0, le=3660)]
Percent = Annotated[Decimal, Meta()]
RateName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$")]
AprMethod = Literal["2008/48/EC"]


class NoticePeriod(Record):
    """How long before its end a contract is given notice of: whole months, and days."""

    months: Days = 0
    days: Days = 0


class MarketRules(Record):
    """What holds in a market from `starts` until the day before `ends` (`None`: still open).

    Days and months are counted on the calendar of the market; amounts are in minor units of its
    currency. A field with a default is a rule that not every market has.

    `vat` are the rates by name, in percent. `goods_withdrawal_days` and `credit_withdrawal_days`
    count from the day after the one that starts them; `credit_repayment_days` is how long after
    that the customer has to repay. `airtime_rises_in_amounts`: every rise within the term is
    stated as an amount of money. `deferred_payment_regulated` is False where credit without
    interest, of few instalments over few months, is exempt. `credit_information_max`: pre-contract
    information, explanation and withdrawal are owed up to this amount of credit.
    `document_language` is the one that contract documents are in, whatever the customer's is; None
    leaves it to them.
    `number_porting` is how a customer brings a number along, or leaves another network; None where
    that is not done. `goods_charged_on_dispatch`: of goods that are promised for later nothing is
    taken before they are on their way.
    `contract_records_years` is how long the records of a contract are kept after its end, or, with
    `contract_records_from_year_end`, after the calendar year that it ends in.
    """

    market: str
    starts: date
    ends: date | None
    vat: Mapping[RateName, Decimal]
    goods_withdrawal_days: Days
    credit_withdrawal_days: Days
    airtime_months_max: Count
    airtime_notice: NoticePeriod
    apr: AprMethod
    contract_records_years: Count
    credit_repayment_days: Days | None = None
    credit_information_max: Annotated[int, Meta(ge=1)] | None = None
    airtime_rises_in_amounts: bool = False
    deferred_payment_regulated: bool | None = None
    deferred_payment_instalments_max: Count = 12
    deferred_payment_months_max: Count = 12
    settlement_notice_days: Days = 0
    document_language: Language | None = None
    contract_records_from_year_end: bool = False
    number_porting: PortingRules | None = None
    goods_charged_on_dispatch: bool = False

    def regulated(self, *, apr_percent: Decimal, months: int) -> bool:
        """Whether credit that is repaid monthly is regulated: all but exempt deferred payment."""
        deferred = (
            apr_percent == 0
            and months <= self.deferred_payment_instalments_max
            and months <= self.deferred_payment_months_max
        )
        return not (deferred and self.deferred_payment_regulated is False)


class RuleEntry(Record):
    """One rule as the law has it: from its first day to its last (`None`: until it is changed)."""

    rule: str
    value: Any
    starts: date
    last: date | None
    source: str

    def holds(self, day: date) -> bool:
        """Whether it is the law on a day."""
        return self.starts <= day and (self.last is None or day <= self.last)


class MarketPack(Record):
    """A country: its currencies, its time zones, its calendar of holidays, and its rules by date.

    `holidays` names a calendar: the country (ISO 3166-1), and a part of it after a hyphen.
    `periods` are the rules put together, one record for each span of days in which none changes.
    """

    code: str
    name: str
    currencies: tuple[str, ...]
    time_zones: tuple[str, ...]
    holidays: str
    entries: tuple[RuleEntry, ...]
    periods: tuple[MarketRules, ...]

    def on(self, day: date) -> MarketRules:
        """The rules on a day of the market's calendar; `LookupError` where none cover it."""
        for rules in self.periods:
            if rules.starts <= day and (rules.ends is None or day < rules.ends):
                return rules
        raise LookupError(
            f"the market {self.code} has no rules for {day.isoformat()}: they begin on"
            f" {self.periods[0].starts.isoformat()}"
        )

    def entries_on(self, day: date) -> tuple[RuleEntry, ...]:
        """The entries that `on` is made of, each with its source."""
        return tuple(one for one in self.entries if one.holds(day))


def day_after(day: date) -> date:
    """The next day on the calendar."""
    return day + timedelta(days=1)
