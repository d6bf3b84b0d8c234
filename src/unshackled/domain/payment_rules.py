"""When a lender lets a customer begin to pay: rules as data, and the dates that follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, get_args

from unshackled.domain.facts import Fact
from unshackled.domain.periods import add_months
from unshackled.domain.records import Record
from unshackled.domain.working_days import DayShift, shifted, working_days_after

LATEST: Final = 92
LAST_DAY: Final = 31
NOTICE_DAYS: Final = 10  # Bacs: advance notice unless another was agreed


class PaymentRules(Record, Fact):
    """A lender's rules for the first payment.

    It falls `earliest_days` to `latest_days` after the agreement, on one of `days_of_month` (any
    where there are none), and not before `notice_working_days` are over, in which the customer is
    told of the collection (Bacs). `default_days` after the agreement is what counts unless the
    customer chooses, None: a month. `shift` is what becomes of a day that is no working day.
    """

    earliest_days: int = 14
    latest_days: int = 45
    days_of_month: tuple[int, ...] = ()
    default_days: int | None = None
    shift: DayShift = "next"
    notice_working_days: int = NOTICE_DAYS

    def __post_init__(self) -> None:
        if not 0 <= self.earliest_days <= self.latest_days <= LATEST:
            raise ValueError(
                f"earliest_days, latest_days: {self.earliest_days}, {self.latest_days} are not "
                f"in order between 0 and {LATEST}"
            )
        if wrong := [day for day in self.days_of_month if not 1 <= day <= LAST_DAY]:
            raise ValueError(f"days_of_month: {wrong[0]} is not from 1 to {LAST_DAY}")
        if not 0 <= self.notice_working_days <= LAST_DAY:
            raise ValueError(
                f"notice_working_days: {self.notice_working_days} is not from 0 to {LAST_DAY}"
            )
        if self.shift not in get_args(DayShift):
            raise ValueError(f"shift: allowed are {', '.join(get_args(DayShift))}")
        if self.default_days is not None and not 0 <= self.default_days <= LATEST:
            raise ValueError(f"default_days: {self.default_days} is not from 0 to {LATEST}")


@lru_cache(maxsize=256)
def allowed_dates(rules: PaymentRules, agreed: date, calendar: str) -> tuple[date, ...]:
    """The dates that the customer may choose for the first payment, in order; one at least.

    `agreed` is the day of the agreement in the market. A day counts if what is collected for it is
    collected in time for the notice, and not earlier than the lender wants. Where no day up to
    `latest_days` does, it is the first one after.
    """
    latest = agreed + timedelta(days=rules.latest_days)
    found: list[date] = []
    for day in _fitting(rules, agreed, calendar):
        if day > latest and found:
            break
        found.append(day)
        if day > latest:
            break
    return tuple(found)


def default_date(rules: PaymentRules, agreed: date, calendar: str) -> date:
    """The first payment of who does not choose: the first allowed date from `default_days` on.

    The last allowed one where there is none so late.
    """
    wanted = (
        add_months(agreed, 1)
        if rules.default_days is None
        else agreed + timedelta(days=rules.default_days)
    )
    dates = allowed_dates(rules, agreed, calendar)
    return next((day for day in dates if day >= wanted), dates[-1])


def _fitting(rules: PaymentRules, agreed: date, calendar: str) -> Iterator[date]:
    """Every date from the earliest on that the rules allow, without end."""
    earliest = _earliest(rules, agreed, calendar)
    day = agreed
    while True:
        day += timedelta(days=1)
        wanted = not rules.days_of_month or day.day in rules.days_of_month
        if wanted and shifted(day, calendar, rules.shift) >= earliest:
            yield day


def _earliest(rules: PaymentRules, agreed: date, calendar: str) -> date:
    """The first day on which anything may be collected."""
    noticed = working_days_after(agreed, rules.notice_working_days, calendar)
    return max(noticed, agreed + timedelta(days=max(rules.earliest_days, 1)))


@lru_cache(maxsize=256)
def last_agreement_day(rules: PaymentRules, agreed: date, first: date, calendar: str) -> date:
    """Until which day an agreement may be put off from `agreed` without another first payment."""
    due, day = shifted(first, calendar, rules.shift), agreed
    while (later := day + timedelta(days=1)) < first:
        if _earliest(rules, later, calendar) > due:
            break
        day = later
    return day
