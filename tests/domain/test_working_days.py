"""Working days by the calendars of markets, worked by hand from the published lists."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.working_days import (
    DayShift,
    is_working_day,
    require_calendar,
    shifted,
    warm,
    working_days_after,
    working_days_before,
)
from unshackled.markets import market_codes, market_pack

CALENDARS = ("GB-ENG", "GB-SCT", "GB-NIR", "DE", "DE-BY")
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))

# gov.uk/bank-holidays and the holiday laws of Germany and Bavaria.
RESTS = [
    ("GB-ENG", date(2026, 4, 3), "Good Friday"),
    ("GB-ENG", date(2026, 4, 6), "Easter Monday"),
    ("GB-ENG", date(2027, 12, 27), "the substitute of Christmas Day"),
    ("GB-ENG", date(2027, 12, 28), "the substitute of Boxing Day"),
    ("GB-ENG", date(2028, 1, 3), "the substitute of New Year's Day"),
    ("GB-ENG", date(2022, 9, 19), "the funeral of Elizabeth II, proclaimed once"),
    ("GB-ENG", date(2023, 5, 8), "the coronation of Charles III, proclaimed once"),
    ("GB-SCT", date(2026, 1, 2), "2 January"),
    ("GB-SCT", date(2026, 11, 30), "St Andrew's Day"),
    ("GB-NIR", date(2026, 3, 17), "St Patrick's Day"),
    ("GB-NIR", date(2026, 7, 13), "the substitute of the Battle of the Boyne"),
    ("DE", date(2026, 5, 14), "Ascension Day"),
    ("DE", date(2026, 5, 25), "Whit Monday"),
    ("DE-BY", date(2026, 1, 6), "Epiphany"),
    ("DE-BY", date(2026, 6, 4), "Corpus Christi"),
]
WORKS = [
    ("GB-SCT", date(2026, 4, 6), "Easter Monday in Scotland"),
    ("GB-ENG", date(2026, 1, 2), "2 January in England"),
    ("GB-ENG", date(2026, 3, 17), "St Patrick's Day in England"),
    ("DE", date(2026, 1, 6), "Epiphany where only the nation is named"),
    ("GB-ENG", date(2020, 5, 4), "early May of 2020, moved to Friday 8"),
]


@pytest.mark.parametrize(("calendar", "day", "why"), RESTS)
def test_public_holidays_are_no_working_days(calendar: str, day: date, why: str) -> None:
    """Moving feasts, substitute days and days that were proclaimed once all count."""
    assert day.weekday() < 5
    assert not is_working_day(day, calendar), why


@pytest.mark.parametrize(("calendar", "day", "why"), WORKS)
def test_a_holiday_of_another_part_is_a_working_day(calendar: str, day: date, why: str) -> None:
    """A calendar has its own days alone."""
    assert is_working_day(day, calendar), why


def test_notice_is_counted_in_working_days_over_the_christmas_block() -> None:
    """10 working days before Monday 4 January 2027 is Wednesday 16 December 2026."""
    assert working_days_before(date(2027, 1, 4), 10, "GB-ENG") == date(2026, 12, 16)
    assert working_days_after(date(2026, 12, 16), 10, "GB-ENG") == date(2027, 1, 4)


def test_a_collection_that_falls_on_a_rest_day_has_its_notice_before_it() -> None:
    """Counted from Saturday 2 May 2026, the first working day back is Friday 1 May."""
    assert working_days_before(date(2026, 5, 2), 1, "GB-ENG") == date(2026, 5, 1)
    assert working_days_after(date(2026, 5, 2), 1, "GB-ENG") == date(2026, 5, 5)


@pytest.mark.parametrize("name", ["XX", "GB-XXX", "", "gb-eng", "DE-by", "GB-"])
def test_a_calendar_that_there_is_not_is_refused(name: str) -> None:
    """With the names that are allowed."""
    with pytest.raises(ValueError, match=r"no calendar .*: allowed are "):
        require_calendar(name)


@given(DAYS, st.sampled_from(CALENDARS), st.sampled_from(["next", "previous", "next_in_month"]))
def test_what_is_shifted_is_the_nearest_working_day_on_its_side(
    day: date, calendar: str, shift: DayShift
) -> None:
    """No working day lies between a day and where it was shifted to, and a working day stays."""
    moved = shifted(day, calendar, shift)
    assert is_working_day(moved, calendar)
    between = range(min(day, moved).toordinal(), max(day, moved).toordinal() + 1)
    others = [one for one in map(date.fromordinal, between) if is_working_day(one, calendar)]
    assert others == [moved]
    if shift == "next_in_month":
        assert moved.month == day.month
    else:
        assert moved >= day if shift == "next" else moved <= day


@given(DAYS, st.integers(0, 25), st.sampled_from(CALENDARS))
def test_notice_forth_and_back_is_the_same(day: date, count: int, calendar: str) -> None:
    """Who counts back from where counting forth ended comes to the start, or the day before it."""
    start = shifted(day, calendar, "next")
    assert working_days_before(working_days_after(start, count, calendar), count, calendar) == start


@pytest.mark.parametrize("code", market_codes())
def test_every_market_has_a_calendar_that_there_is(code: str) -> None:
    """Its public holidays are known of this year and the next ones."""
    calendar = require_calendar(market_pack(code).holidays)
    assert not is_working_day(date(2027, 1, 1), calendar)


def test_what_was_warmed_answers_as_what_was_not() -> None:
    """The holidays of a calendar are those of the library, loaded before or at the first date."""
    warm(["GB-ENG"], date(2026, 11, 30))
    assert not is_working_day(date(2027, 12, 27), "GB-ENG")
    assert is_working_day(date(2027, 12, 29), "GB-ENG")
