"""Amounts, days and numbers as documents write them: our own, so that they never change.

A library's tables of locales change with its releases. What a customer was shown has to be written
to the letter years later, so these forms are part of a template's version, as its words are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import Any, Final

from unshackled.domain.money import exponent
from unshackled.domain.records import Record

Json = Any


class WritingHabits(Record):
    """How a language writes: `money` takes {sign} and {number}, `day` {day}, {month}, {year}."""

    decimal: str
    thousands: str
    months: tuple[str, ...]
    money: str
    money_of_code: str
    day: str
    time: str
    percent: str
    counts: Mapping[str, tuple[str, str]]


_SIGNS: Final[Mapping[str, str]] = {"GBP": "£", "EUR": "€", "USD": "US$"}
_ENGLISH: Final = (
    "January February March April May June July August September October November December"
)
_GERMAN: Final = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
)
HABITS: Final[Mapping[str, WritingHabits]] = {
    "en": WritingHabits(
        decimal=".",
        thousands=",",
        months=tuple(_ENGLISH.split()),
        money="{sign}{number}",
        money_of_code="{sign}\u00a0{number}",
        day="{day} {month} {year}",
        time="{day}, {clock} ({zone})",
        percent="{number}%",
        counts={
            "months": ("1 month", "{n} months"),
            "days": ("1 day", "{n} days"),
            "payments": ("1 payment", "{n} payments"),
        },
    ),
    "de": WritingHabits(
        decimal=",",
        thousands=".",
        months=tuple(_GERMAN.split()),
        money="{number}\u00a0{sign}",
        money_of_code="{number}\u00a0{sign}",
        day="{day}. {month} {year}",
        time="{day}, {clock} Uhr ({zone})",
        percent="{number}\u00a0%",
        counts={
            "months": ("1 Monat", "{n} Monate"),
            "days": ("1 Tag", "{n} Tage"),
            "payments": ("1 Rate", "{n} Raten"),
        },
    ),
}


@lru_cache(maxsize=4096)
def parts_of(text: str) -> tuple[tuple[str, str | None, str], ...]:
    """A text as literals, each with the parameter and the form behind it; None behind the last."""
    return tuple((literal, name, form or "") for literal, name, form, _ in Formatter().parse(text))


def written_text(language: str, text: str, params: Mapping[str, Json]) -> str | None:
    """A text with its parameters: `{amount:money}`, `{due:date}`, `{months:months}`, `{name}`.

    None where one of them is not there, or is empty: the text is left out then.
    """
    habits, found = HABITS[language], []
    for literal, name, form in parts_of(text):
        found.append(literal)
        if name is None:
            continue
        value = params.get(name)
        if value is None or value == "":
            return None
        known = _FORMS[form](habits, value, str(params.get("currency", ""))) if form else value
        found.append(str(known))
    return "".join(found)


def _number(habits: WritingHabits, text: str) -> str:
    """A decimal number as it stands, grouped: 1234.50 is 1,234.50 or 1.234,50."""
    plain = f"{Decimal(text):,f}"
    return plain.translate(str.maketrans(",.", habits.thousands + habits.decimal))


def _money(habits: WritingHabits, value: Any, currency: str) -> str:
    amount = Decimal(int(value)).scaleb(-exponent(currency))
    form = habits.money if currency in _SIGNS else habits.money_of_code
    number = _number(habits, str(abs(amount)))
    return ("-" if amount < 0 else "") + form.format(
        sign=_SIGNS.get(currency, currency), number=number
    )


def _plain(habits: WritingHabits, value: Any, currency: str) -> str:
    return _number(habits, str(value))


def _date(habits: WritingHabits, value: Any, currency: str) -> str:
    day = date.fromisoformat(str(value))
    return habits.day.format(day=day.day, month=habits.months[day.month - 1], year=day.year)


def _time(habits: WritingHabits, value: Any, currency: str) -> str:
    """A moment on the clock of its own offset, with that offset: it is true wherever it is read."""
    at = datetime.fromisoformat(str(value))
    offset = at.strftime("%z")
    zone = f"UTC{offset[:3]}:{offset[3:5]}" if offset.strip("+-0") else "UTC"
    day = _date(habits, at.date().isoformat(), currency)
    return habits.time.format(day=day, clock=at.strftime("%H:%M"), zone=zone)


def _percent(habits: WritingHabits, value: Any, currency: str) -> str:
    return habits.percent.format(number=_number(habits, str(value)))


def _count(unit: str) -> Callable[[WritingHabits, Any, str], str]:
    def write(habits: WritingHabits, value: Any, currency: str) -> str:
        one, many = habits.counts[unit]
        return one if int(value) == 1 else many.format(n=int(value))

    return write


_FORMS: Final[Mapping[str, Callable[[WritingHabits, Any, str], str]]] = {
    "money": _money,
    "date": _date,
    "time": _time,
    "percent": _percent,
    "number": _plain,
    **{unit: _count(unit) for unit in HABITS["en"].counts},
}
FORMS: Final = frozenset(_FORMS)
