"""How numbers come to the stand-in telco: what the networks say of a code, and when it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
CUT_OFF: Final = time(17)
MOVED_AT: Final = time(12)
DAY: Final = timedelta(days=1)
CODE: Final = re.compile(r"(?P<pac>[A-Z]{3})[0-9]{6}|[0-9]{6}(?P<stac>[A-Z]{3})")
# By the letters of a code what the networks say of it; all other codes are good.
REASONS: Final[Mapping[str, str]] = {
    "QQQ": "unknownCode",
    "YYY": "otherNumber",
    "ZZZ": "expiredCode",
}
CODE_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for: to keep a number or to give it up, by which code, on which day."""

    number: str
    code: str | None
    keeps: bool
    day: date | None

    @property
    def reason(self) -> str | None:
        """Why it cannot be done; None where it can."""
        if self.code is None:
            return None
        found = CODE.fullmatch(self.code)
        if found is None or (found["pac"] is None) is self.keeps:
            return "unknownCode"
        return REASONS.get(found["pac"] or found["stac"])

    @property
    def msisdn(self) -> str:
        """The number as E.164."""
        return self.number if self.number.startswith("+") else f"+44{self.number[1:]}"


def wanted(characteristics: Mapping[str, Any]) -> Wanted | None:
    """What the characteristics of an order say; None where a new number is wanted."""
    code = characteristics.get("portingCode")
    left = characteristics.get("terminationCode")
    if code is None and left is None and characteristics.get("portingConsent") != "true":
        return None
    wish = characteristics.get("portDate")
    return Wanted(
        number=characteristics["currentNumber"],
        code=code or left,
        keeps=left is None,
        day=None if wish is None else date.fromisoformat(wish),
    )


@dataclass(kw_only=True)
class NumberMove:
    """One number on its way; it is there at noon of its day."""

    wanted: Wanted
    day: date

    def document(self, now: datetime) -> dict[str, Any]:
        """Where it is."""
        moved = datetime.combine(self.day, MOVED_AT, LONDON)
        found: dict[str, Any] = {"msisdn": self.wanted.msisdn, "portDate": self.day.isoformat()}
        if now < moved:
            return {**found, "state": "scheduled"}
        return {**found, "state": "completed", "completedAt": moved.isoformat()}


def moved_on(order: Wanted, now: datetime) -> date:
    """The day that was wished, or the next that is open: England's working days, before 17:00."""
    local = now.astimezone(LONDON)
    day = _next(local.date())
    while not _open(day, local):
        day = _next(day)
    return day if order.day is None else max(day, order.day)


def _open(day: date, local: datetime) -> bool:
    before = day - DAY
    while not _works(before):
        before -= DAY
    return local < datetime.combine(before, CUT_OFF, LONDON)


def _next(day: date) -> date:
    day += DAY
    while not _works(day):
        day += DAY
    return day


def _works(day: date) -> bool:
    return day.weekday() < 5 and day not in _rests()


@cache
def _rests() -> Any:
    """England's bank holidays; the library fills in each year that is asked for."""
    import holidays  # noqa: PLC0415 - half a second to load

    return holidays.country_holidays("GB", subdiv="ENG")


def iccid(number: int) -> str:
    """The number of a card or profile, 19 digits: 8944, ours, and a check digit (Luhn)."""
    body = f"894411{number:012d}"
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"
