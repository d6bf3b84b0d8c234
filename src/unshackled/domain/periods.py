"""Calendar arithmetic: months between dates, and intervals in years as credit law counts them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from unshackled.domain.records import Record

# Every month has so many days.
SHORTEST: Final = 28
Unit = Literal["year", "month", "week"]


class Period(Record):
    """An interval: whole years, twelfths, fifty-seconds, and days over `days_in_year`."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    days_in_year: Literal[365, 366] = 365

    @property
    def in_years(self) -> float:
        """The length in years and fractions of a year (2008/48/EC Annex I, remark c)."""
        whole = self.years + self.months / 12 + self.weeks / 52
        return whole + self.days / self.days_in_year


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= SHORTEST:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int | None:
    """How many months apart two dates are when nothing is left over; month ends match."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) == end or add_months(end, -months) == start else None


def interval(start: date, end: date, unit: Unit | None = None) -> Period:
    """The time from the first drawdown to a flow (MCOB 10A.2.3R).

    Whole units where possible; else whole units counted back from the end, and the days left,
    first excluded and last included, over the days of the year counted back from the last.
    `unit=None` takes whole months, else whole weeks, else months and days.
    """
    if unit is None:
        unit = "week" if whole_months(start, end) is None and _weekly(start, end) else "month"
    if unit == "week":
        weeks, days = divmod((end - start).days, 7)
        return Period(weeks=weeks, days=days, days_in_year=_year_before(start, days))
    size = 12 if unit == "year" else 1
    whole = whole_months(start, end)
    if whole is not None and whole % size == 0:
        return Period(months=whole)
    months = ((end.year - start.year) * 12 + end.month - start.month) // size * size
    if add_months(end, -months) < start:
        months -= size
    days = (add_months(end, -months) - start).days
    return Period(months=months, days=days, days_in_year=_year_before(start, days))


def _year_before(start: date, days: int) -> Literal[365, 366]:
    last = start + timedelta(days=days)
    return 366 if (last - add_months(last, -12)).days == 366 else 365


def common_unit(start: date, days: Sequence[date]) -> Unit | None:
    """What a schedule is regular in: counted from the start, else from one date to the next."""
    later = sorted({day for day in days if day > start})
    from_start = [(start, day) for day in later]
    if all(whole_months(*step) is not None for step in from_start):
        return "month"
    if all(_weekly(*step) for step in from_start):
        return "week"
    return _spacing(list(pairwise(later)))


def _spacing(steps: list[tuple[date, date]]) -> Unit | None:
    gaps = [whole_months(*step) for step in steps]
    if steps and all(gap is not None and gap % 12 == 0 for gap in gaps):
        return "year"
    if steps and all(gap is not None for gap in gaps):
        return "month"
    return "week" if steps and all(_weekly(*step) for step in steps) else None


def _weekly(start: date, end: date) -> bool:
    return (end - start).days % 7 == 0
