"""Until when a case may be opened: whole days on the market's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.case_terms import CaseTerms

LONDON = ZoneInfo("Europe/London")
TERMS = CaseTerms(kind="return", by=("customer",), within=timedelta(days=14), from_="dispatched")


def test_the_day_it_starts_on_does_not_count() -> None:
    """Fourteen days from a Monday evening in London end with the Monday two weeks later."""
    sent = datetime(2026, 3, 16, 23, 30, tzinfo=LONDON)
    until = TERMS.until({"dispatched": sent}, datetime(2026, 3, 30, 12, tzinfo=LONDON))
    assert until == datetime(2026, 3, 31, 0, 0, tzinfo=LONDON)
    assert until.astimezone(UTC) == datetime(2026, 3, 30, 23, 0, tzinfo=UTC), "summer time"


def test_what_has_not_happened_starts_no_time() -> None:
    """Goods that were not dispatched can be given up without an end."""
    now = datetime(2026, 3, 30, 12, tzinfo=LONDON)
    assert TERMS.until({"completed": now}, now) is None


def test_terms_without_a_time_have_no_end() -> None:
    """A refund that a retailer may give at any time has no last day."""
    terms = CaseTerms(kind="refund", by=("retailer",))
    now = datetime(2026, 3, 30, 12, tzinfo=LONDON)
    assert terms.last_day({"completed": now}, now) is None


@given(
    st.integers(0, 6 * 365 * 24 * 60),
    st.integers(0, 90),
    st.sampled_from(["Europe/London", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
)
def test_the_last_day_is_counted_one_by_one(minutes: int, days: int, zone: str) -> None:
    """It is the day in the market's zone that so many midnights lead to, whatever the clocks do."""
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    market = ZoneInfo(zone)
    day: date = start.astimezone(market).date()
    for _ in range(days):
        day = date.fromordinal(day.toordinal() + 1)
    terms = CaseTerms(kind="return", by=("customer",), within=timedelta(days=days))
    started, now = {"completed": start}, start.astimezone(market)
    assert terms.last_day(started, now) == day
    end = terms.until(started, now)
    assert end is not None
    assert (end - timedelta(minutes=1)).astimezone(market).date() == day
    assert end.astimezone(market).date() > day
