"""Intervals as credit law counts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.periods import Period, Unit, add_months, common_unit, interval

CASES: list[tuple[Unit, date, date, Period]] = [
    ("month", date(2019, 1, 12), date(2020, 1, 12), Period(months=12)),
    ("month", date(2012, 1, 12), date(2012, 2, 15), Period(months=1, days=3)),
    ("month", date(2013, 1, 12), date(2013, 2, 15), Period(months=1, days=3, days_in_year=366)),
    ("month", date(2013, 2, 25), date(2013, 3, 28), Period(months=1, days=3, days_in_year=366)),
    ("month", date(2013, 2, 26), date(2013, 3, 29), Period(months=1, days=2, days_in_year=366)),
    ("month", date(2012, 2, 26), date(2012, 3, 29), Period(months=1, days=3, days_in_year=366)),
    ("month", date(2013, 1, 31), date(2013, 2, 28), Period(months=1)),
    ("month", date(2013, 2, 28), date(2013, 3, 31), Period(months=1)),
    ("year", date(2012, 1, 12), date(2014, 2, 15), Period(months=24, days=34)),
    ("year", date(2020, 1, 1), date(2021, 3, 15), Period(months=12, days=74, days_in_year=366)),
    ("week", date(2012, 1, 12), date(2013, 1, 10), Period(weeks=52)),
    ("week", date(2012, 1, 12), date(2012, 1, 30), Period(weeks=2, days=4)),
]


@pytest.mark.parametrize(("unit", "start", "end", "expected"), CASES)
def test_odd_days_are_counted_back_to_the_drawdown(
    unit: Unit, start: date, end: date, expected: Period
) -> None:
    """Whole units back from the end, then days over the year that ends with the last of them."""
    found = interval(start, end, unit)
    assert expected.in_years == pytest.approx(found.in_years, abs=1e-15)
    assert (expected.months, expected.weeks, expected.days) == (
        found.months,
        found.weeks,
        found.days,
    )


def test_a_lone_date_takes_whole_months_then_whole_weeks_then_days() -> None:
    """Without a schedule each interval takes the unit that fits."""
    start = date(2026, 1, 10)
    assert Period(months=1) == interval(start, date(2026, 2, 10))
    assert Period(weeks=2) == interval(start, date(2026, 1, 24))
    assert Period(days=5) == interval(start, date(2026, 1, 15))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((date(2026, 2, 1), date(2026, 4, 1)), "month"),
        ((date(2026, 1, 8), date(2026, 1, 29)), "week"),
        ((date(2026, 1, 20), date(2026, 2, 20)), "month"),
        ((date(2026, 1, 20), date(2027, 1, 20), date(2028, 1, 20)), "year"),
        ((date(2026, 1, 4), date(2026, 1, 11)), "week"),
        ((date(2026, 1, 4), date(2026, 3, 9), date(2026, 3, 20)), None),
    ],
)
def test_the_schedule_shows_what_it_is_counted_in(
    days: tuple[date, ...], expected: Unit | None
) -> None:
    """Regular from the start or from date to date; years before months before weeks."""
    assert expected == common_unit(date(2026, 1, 1), days)


@given(
    start=st.dates(min_value=date(1990, 1, 1), max_value=date(2050, 1, 1)),
    days=st.integers(min_value=0, max_value=4000),
    unit=st.sampled_from(["year", "month", "week", None]),
)
def test_every_interval_is_near_its_days(start: date, days: int, unit: Unit | None) -> None:
    """In any unit the interval is within three days, and a day per year, of days over 365."""
    found = interval(start, start + timedelta(days=days), unit).in_years
    assert abs(found - days / 365.25) < (3 + days / 300) / 365


@given(
    day=st.dates(min_value=date(1990, 1, 1), max_value=date(2050, 1, 1)),
    months=st.integers(min_value=-120, max_value=120),
)
def test_adding_months_keeps_the_day_or_takes_the_last(day: date, months: int) -> None:
    """The day of the month never grows, and falls only where the month is shorter."""
    moved = add_months(day, months)
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1
