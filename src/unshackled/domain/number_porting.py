"""Bringing a number along: until when a day may still be ordered, and which days there are.

A port is done on a working day of the market, and that day is closed at a time of day on the
working day before it. The rules are data of a market (`number_porting`), the days those of its
calendar (see `working_days`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from unshackled.domain.records import Record
from unshackled.domain.working_days import shifted, working_days_after, working_days_before

PortingCodeKind: TypeAlias = Literal["pac", "stac"]
# No law lets a port wait for longer.
_DAYS_MOST: Final = 366
_DAY: Final = timedelta(days=1)


class PortingRules(Record):
    """How customers of a market change networks.

    `by` says who frees the number: `code`, the old network gives the customer a code that they hand
    to the new one, or `declaration`, the customer tells the new network alone, which asks the old
    one. `codes` are the kinds of codes that there are (`pac` keeps the number, `stac` gives it up)
    and `code_days` is how long one counts. A port is done `working_days` after it was ordered,
    where that was before `cut_off` on a working day (`None`: at any time of it), and at most
    `latest_days` ahead.
    """

    by: Literal["code", "declaration"]
    working_days: Annotated[int, Meta(ge=1, le=10)] = 1
    latest_days: Annotated[int, Meta(ge=1, le=_DAYS_MOST)] = 30
    cut_off: time | None = None
    codes: tuple[PortingCodeKind, ...] = ()
    code_days: Annotated[int, Meta(ge=1, le=_DAYS_MOST)] = 30


# Of the law of Great Britain: what counts where no market is named.
BY_CODE: Final = PortingRules(by="code", cut_off=time(17), codes=("pac", "stac"))


class PortDates(Record):
    """The days on which a number may be brought along, in order; the first counts without a wish.

    `closes` says until when each of them may be ordered.
    """

    dates: tuple[date, ...]
    closes: Mapping[date, datetime]

    @property
    def first(self) -> date:
        """The next possible day."""
        return self.dates[0]


def order_by(rules: PortingRules, day: date, calendar: str, zone: tzinfo | None) -> datetime:
    """The moment from which on a port on `day`, a working day, can no longer be ordered, in UTC."""
    last = working_days_before(day, rules.working_days, calendar)
    if rules.cut_off is None:
        closed = datetime.combine(last + _DAY, time.min, zone)
    else:
        closed = datetime.combine(last, rules.cut_off, zone)
    return closed.astimezone(UTC)


def next_port_date(rules: PortingRules, now: datetime, calendar: str) -> date:
    """The first day on which a port that is ordered `now` is done; `now` is in the market's zone.

    Ordered on Friday at 16:59 it is Monday, at 17:00 Tuesday: Monday was closed on Friday.
    """
    day = shifted(now.date() + _DAY, calendar, "next")
    while order_by(rules, day, calendar, now.tzinfo) <= now.astimezone(UTC):
        day = working_days_after(day, 1, calendar)
    return day


def last_code_day(rules: PortingRules, today: date) -> date:
    """The last day on which a code can count that was given out by today."""
    return today + timedelta(days=rules.code_days)


def port_dates(
    rules: PortingRules, now: datetime, calendar: str, code_expires: date | None = None
) -> PortDates:
    """The days to choose from: none after the code's last day, but the next possible one always.

    A code that still counts today is taken, though it may end before the port is done: it has to
    count when the port is ordered.
    """
    today = now.date()
    ahead = today + timedelta(days=rules.latest_days)
    if rules.by == "code":
        ahead = min(ahead, code_expires or last_code_day(rules, today))
    return _dates(rules, next_port_date(rules, now, calendar), ahead, calendar, now.tzinfo)


@lru_cache(maxsize=256)
def _dates(
    rules: PortingRules, first: date, last: date, calendar: str, zone: tzinfo | None
) -> PortDates:
    days = [first]
    while (day := working_days_after(days[-1], 1, calendar)) <= last:
        days.append(day)
    closes = {day: order_by(rules, day, calendar, zone) for day in days}
    return PortDates(dates=tuple(days), closes=closes)
