"""Amounts and moments as a locale writes them; CLDR's data is Babel's, read on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from unshackled.domain.money import exponent
from unshackled.messages.message_catalogue import language_of

if TYPE_CHECKING:
    from babel.core import Locale


class Sentence(Formatter):
    """Writes a template's parameters: `{amount:money}`, `{until:time}`, anything else as text.

    `{starts:date}` is a day, `{percent:number}` a number as the locale writes it.
    """

    def __init__(self, locale: str, zone: tzinfo) -> None:
        self.locale = locale
        self.zone = zone
        self.currency = ""

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """The sentence with its parameters; a parameter that is not there is left out."""
        self.currency = str(kwargs.get("currency") or "")
        return super().vformat(format_string, args, kwargs)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """A parameter's value; nothing where it was not given."""
        return kwargs.get(str(key), "")

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value in the form that the template wants."""
        write = _FORMS.get(format_spec)
        return str(value) if write is None or value in ("", None) else write(self, value)


@lru_cache(maxsize=64)
def _babel(locale: str) -> Locale:
    """Babel's locale, or that of the language where it knows no such country."""
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        return Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language_of(locale))


# A shop has few prices, days and rates, and writes them again and again.
@lru_cache(maxsize=4_096)
def _money(locale: str, currency: str, amount: int) -> str:
    """Minor units as the locale writes money: £12.50, 12,50 €."""
    from babel.numbers import format_currency  # noqa: PLC0415 - only sentences with money pay for it

    value = Decimal(amount).scaleb(-exponent(currency))
    return format_currency(value, currency, locale=_babel(locale))


@lru_cache(maxsize=1_024)
def _day(locale: str, day: date) -> str:
    """A day: 4 December 2026."""
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(day, "long", locale=_babel(locale))


@lru_cache(maxsize=1_024)
def _decimal(locale: str, text: str) -> str:
    """A number with as many decimals as it has: 29.9, 29,9."""
    from babel.numbers import format_decimal  # noqa: PLC0415

    value = Decimal(text)
    digits = max(0, -int(value.as_tuple().exponent))
    form = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(value, form, locale=_babel(locale))


def money_in_words(locale: str, currency: str, amount: int) -> str:
    """Minor units as the locale writes money: £12.50, 12,50 €."""
    return _money(locale, currency, amount)


def day_in_words(locale: str, day: date) -> str:
    """A day as the locale writes it: 4 December 2026."""
    return _day(locale, day)


def _of_money(sentence: Sentence, amount: int) -> str:
    return _money(sentence.locale, sentence.currency, amount)


def _of_time(sentence: Sentence, value: datetime | str) -> str:
    """A moment in the zone of the sentence: 4 December 2026, 14:30."""
    from babel.dates import format_time  # noqa: PLC0415

    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(sentence.zone)
    clock = format_time(local.time(), "short", locale=_babel(sentence.locale))
    day = _day(sentence.locale, local.date())
    return f"{day}, {clock}{' UTC' if local.tzname() == 'UTC' else ''}"


def _of_day(sentence: Sentence, value: date | str) -> str:
    return _day(sentence.locale, date.fromisoformat(value) if isinstance(value, str) else value)


def _of_number(sentence: Sentence, value: Decimal | str) -> str:
    # By its text: equal numbers such as 0 and 0.0 are written with their own decimals.
    return _decimal(sentence.locale, str(value))


_FORMS: Final[Mapping[str, Callable[[Sentence, Any], str]]] = {
    "money": _of_money,
    "time": _of_time,
    "date": _of_day,
    "number": _of_number,
}
