"""Working days: Monday to Friday, less the public holidays of a calendar.

A calendar is named by country and part (ISO 3166-1, 3166-2): `GB-ENG`, which Bacs goes by, `DE`,
`DE-BY`. Substitute days count, and so does a day that was proclaimed once. The days are those of
the library `holidays`, which is loaded when a calendar is first asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any, Final, Literal

DayShift = Literal["none", "next", "previous", "next_in_month"]

BACS: Final = "GB-ENG"  # the bank holidays that it goes by
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
# More days without a working day in a row than any calendar has.
_LONGEST_REST: Final = 31


def is_working_day(day: date, calendar: str) -> bool:
    """Whether banks work on a day; raises `ValueError` for a calendar that is not known."""
    return day.weekday() < _SATURDAY and day not in _public_holidays(calendar, day.year)


def shifted(day: date, calendar: str, shift: DayShift) -> date:
    """The working day on which something due on a day is done.

    `next` is the day itself or the first working day after it, `previous` the last one before it;
    `next_in_month` is the next one unless that is in another month, then the previous one.
    """
    if shift == "none" or is_working_day(day, calendar):
        return day
    if shift == "previous":
        return _first_working(_days_from(day, -_DAY), calendar)
    following = _first_working(_days_from(day, _DAY), calendar)
    if shift == "next_in_month" and following.month != day.month:
        return _first_working(_days_from(day, -_DAY), calendar)
    return following


def working_days_after(day: date, count: int, calendar: str) -> date:
    """The day on which `count` whole working days are over since a day, which does not count."""
    for _ in range(count):
        day = _first_working(_days_from(day + _DAY, _DAY), calendar)
    return day


def working_days_before(day: date, count: int, calendar: str) -> date:
    """The last working day from which `count` working days are left to a day."""
    for _ in range(count):
        day = _first_working(_days_from(day - _DAY, -_DAY), calendar)
    return day


def warm(calendars: Iterable[str], today: date) -> None:
    """Load the holidays of this year and the next: else the first date waits for the library."""
    for calendar in calendars:
        for year in (today.year, today.year + 1):
            _public_holidays(calendar, year)


def require_calendar(name: str) -> str:
    """The name of a calendar that there is; raises `ValueError` saying which there are."""
    _entity(name)
    return name


def _days_from(day: date, step: timedelta) -> Iterator[date]:
    return (day + step * number for number in range(_LONGEST_REST))


def _first_working(days: Iterable[date], calendar: str) -> date:
    found = next((day for day in days if is_working_day(day, calendar)), None)
    if found is None:
        raise ValueError(f"calendar {calendar}: {_LONGEST_REST} days without a working day")
    return found


@lru_cache(maxsize=512)
def _public_holidays(calendar: str, year: int) -> frozenset[date]:
    country, part = _entity(calendar)
    return frozenset(_library().country_holidays(country, subdiv=part, years=year))


@lru_cache(maxsize=512)
def _entity(calendar: str) -> tuple[str, str | None]:
    """A country and its part; the library's own list says which there are."""
    country, dash, part = calendar.partition("-")
    known = _library().list_supported_countries()
    if country not in known:
        raise ValueError(f"no calendar {calendar!r}: allowed are {', '.join(sorted(known))}")
    if dash and part not in known[country]:
        parts = ", ".join(f"{country}-{one}" for one in known[country])
        raise ValueError(f"no calendar {calendar!r}: allowed are {country}, {parts}")
    return country, part or None


@cache
def _library() -> Any:
    """The library, which costs half a second to load."""
    import holidays  # noqa: PLC0415 - of no use to a process that dates no payment

    return holidays
