"""The day on which a number is brought along, worked by hand from the calendars of the markets."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.number_porting import (
    PortingRules,
    last_code_day,
    next_port_date,
    order_by,
    port_dates,
)
from unshackled.domain.working_days import is_working_day, working_days_before
from unshackled.markets import market_pack

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
BRITISH, GERMAN = "GB-ENG", "DE"
SPAN = (datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2034-12-01"))


def rules(market: str) -> PortingRules:
    """How numbers are brought along there today."""
    found = market_pack(market).on(date(2026, 12, 1)).number_porting
    assert found is not None
    return found


# Ordered at (London's clock): the day of the port.
IN_BRITAIN = [
    ("2026-12-01T09:00", "2026-12-02", "Tuesday morning: the next day"),
    ("2026-12-03T16:59", "2026-12-04", "Thursday, a minute before the cut-off: Friday"),
    ("2026-12-03T17:00", "2026-12-07", "Thursday at the cut-off: Friday is closed, so Monday"),
    ("2026-12-04T16:59", "2026-12-07", "Friday before the cut-off: Monday"),
    ("2026-12-04T16:59:59", "2026-12-07", "the last second of it"),
    ("2026-12-04T17:00", "2026-12-08", "Friday at the cut-off: Monday is closed, so Tuesday"),
    ("2026-12-05T10:00", "2026-12-08", "Saturday: Monday was closed on Friday"),
    ("2026-12-06T23:59", "2026-12-08", "Sunday"),
    ("2026-12-07T00:00", "2026-12-08", "Monday as it begins"),
    ("2026-12-23T16:59", "2026-12-24", "Wednesday: Christmas Eve is a working day"),
    ("2026-12-23T17:00", "2026-12-29", "Christmas, Saturday, Sunday, Boxing Day's substitute"),
    ("2026-12-24T16:59", "2026-12-29", "Christmas Eve before the cut-off"),
    ("2026-12-24T17:00", "2026-12-30", "Christmas Eve after it"),
    ("2026-12-28T12:00", "2026-12-30", "on the substitute day itself"),
    ("2026-12-31T16:59", "2027-01-04", "New Year's Eve: the 1st is a Friday that rests"),
    ("2026-12-31T17:00", "2027-01-05", "New Year's Eve after the cut-off"),
    ("2027-12-24T16:59", "2027-12-29", "Christmas on a Saturday: two substitute days"),
    ("2026-04-02T16:59", "2026-04-07", "before Good Friday and Easter Monday"),
    ("2026-04-02T17:00", "2026-04-08", "after the cut-off before Good Friday"),
    ("2026-05-01T16:59", "2026-05-05", "before the early May bank holiday"),
    ("2026-03-27T16:59", "2026-03-30", "the Friday before the clocks go forward"),
    ("2026-03-27T17:00", "2026-03-31", "the same, after the cut-off"),
    ("2026-03-30T16:59", "2026-03-31", "the Monday after: summer time"),
    ("2026-03-30T17:00", "2026-04-01", "the Monday after, at the cut-off"),
    ("2026-10-23T16:59", "2026-10-26", "the Friday before the clocks go back"),
    ("2026-10-26T16:59", "2026-10-27", "the Monday after: winter time"),
    ("2026-10-26T17:00", "2026-10-28", "the Monday after, at the cut-off"),
    ("2028-02-28T16:59", "2028-02-29", "a leap day"),
]
# A German day is open until it ends.
IN_GERMANY = [
    ("2026-12-03T23:59", "2026-12-04", "Thursday late: Friday"),
    ("2026-12-04T00:00", "2026-12-07", "Friday: Monday"),
    ("2026-12-05T10:00", "2026-12-08", "Saturday: Monday was closed with Friday"),
    ("2026-10-02T12:00", "2026-10-05", "German Unity is a Saturday in 2026"),
    ("2027-05-05T12:00", "2027-05-07", "Ascension Day 2027 is Thursday, 6 May"),
    ("2026-12-24T12:00", "2026-12-28", "the 26th is a Saturday and has no substitute day"),
]


@pytest.mark.parametrize(("at", "day", "why"), IN_BRITAIN, ids=[one[0] for one in IN_BRITAIN])
def test_a_british_port_is_done_on_the_next_working_day(at: str, day: str, why: str) -> None:
    """Ordered before 17:00 of a working day it is the next one, else the one after."""
    now = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    assert next_port_date(rules("GB"), now, BRITISH) == date.fromisoformat(day), why


@pytest.mark.parametrize(("at", "day", "why"), IN_GERMANY, ids=[one[0] for one in IN_GERMANY])
def test_a_german_port_is_done_on_the_next_working_day(at: str, day: str, why: str) -> None:
    """The law has no time of day: a day's orders count until it ends."""
    now = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    assert next_port_date(rules("DE"), now, GERMAN) == date.fromisoformat(day), why


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        ("2026-03-30", "2026-03-27T17:00:00+00:00"),
        ("2026-03-31", "2026-03-30T16:00:00+00:00"),
        ("2026-10-26", "2026-10-23T16:00:00+00:00"),
        ("2026-10-27", "2026-10-26T17:00:00+00:00"),
        ("2026-12-29", "2026-12-24T17:00:00+00:00"),
    ],
)
def test_the_cut_off_is_on_the_markets_clock(day: str, closed: str) -> None:
    """17:00 in London is 16:00 UTC in summer; a weekend between changes nothing."""
    found = order_by(rules("GB"), date.fromisoformat(day), BRITISH, LONDON)
    assert found.isoformat() == closed


def test_the_days_on_offer_end_with_the_code() -> None:
    """Thirty days for a code of which no more is known; else until its last day, which counts."""
    now = datetime(2026, 12, 1, 9, tzinfo=LONDON)
    whole = port_dates(rules("GB"), now, BRITISH)
    assert whole.first == date(2026, 12, 2)
    assert whole.dates[-1] == date(2026, 12, 31) == last_code_day(rules("GB"), now.date())
    short = port_dates(rules("GB"), now, BRITISH, date(2026, 12, 4))
    assert short.dates == (date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 4))
    assert date(2026, 12, 25) not in whole.dates
    assert date(2026, 12, 28) not in whole.dates


def test_a_code_that_counts_today_is_never_too_late() -> None:
    """On its last day the next possible day is on offer, and no other."""
    friday = datetime(2026, 12, 4, 18, tzinfo=LONDON)
    found = port_dates(rules("GB"), friday, BRITISH, friday.date())
    assert found.dates == (date(2026, 12, 8),)


@given(
    st.datetimes(*SPAN),
    st.sampled_from([("GB", BRITISH, LONDON), ("DE", GERMAN, BERLIN)]),
)
def test_every_day_on_offer_is_a_working_day_that_is_still_open(
    at: datetime, market: tuple[str, str, ZoneInfo]
) -> None:
    """And the one before the first is closed, or no working day."""
    code, calendar, zone = market
    now = at.replace(tzinfo=UTC).astimezone(zone)
    found = port_dates(rules(code), now, calendar)
    assert list(found.dates) == sorted(set(found.dates))
    for day in found.dates:
        assert is_working_day(day, calendar)
        assert found.closes[day] > now
        assert found.closes[day].astimezone(zone).date() < day + timedelta(days=1)
    before = working_days_before(found.first, 1, calendar)
    if before > now.date():
        assert order_by(rules(code), before, calendar, zone) <= now


def test_a_rule_without_a_cut_off_closes_at_midnight() -> None:
    """The end of the working day before, on that market's clock."""
    closed = order_by(rules("DE"), date(2026, 12, 7), GERMAN, BERLIN)
    assert closed == datetime.combine(date(2026, 12, 5), time(0), BERLIN)
