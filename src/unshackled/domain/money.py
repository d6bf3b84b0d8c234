"""Amounts of money: integer minor units (pence, cents) and one currency (ISO 4217)."""

from __future__ import annotations

from typing import Final

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record

# ISO 4217: the currencies whose minor unit is not a hundredth.
_EXPONENTS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}


def exponent(currency: str) -> int:
    """How many decimal digits the minor unit has: JPY 0, GBP 2, KWD 3, CLF 4."""
    require_currency(currency)
    return _EXPONENTS.get(currency, 2)


def require_currency(currency: str) -> None:
    """Refuse what is not shaped like an ISO 4217 code with `ValueError`."""
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise ValueError(f"currency: {currency!r} is not three capital letters, e.g. GBP")


class Money(Record, Fact):
    """An amount in minor units of one currency; negative for what is owed the other way."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        require_currency(self.currency)

    def __add__(self, other: Money) -> Money:
        self._refuse_mixing(other)
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __neg__(self) -> Money:
        return Money(amount=-self.amount, currency=self.currency)

    def __str__(self) -> str:
        return format_money(self)

    def _refuse_mixing(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"currency: {other.currency} cannot be added to {self.currency}")


def format_money(money: Money) -> str:
    """An amount for messages to people: £1,234.50, -£0.05, JPY 500, KWD 1.250."""
    digits = exponent(money.currency)
    whole, part = divmod(abs(money.amount), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    sign = "-" if money.amount < 0 else ""
    return f"{sign}{_SIGNS.get(money.currency, money.currency + ' ')}{whole:,}{fraction}"


def share(amount: int, parts: int) -> tuple[int, ...]:
    """Split an amount into parts that differ by one minor unit at most and add up to it.

    The larger parts come first; raises `ValueError` for fewer than one part.
    """
    if parts < 1:
        raise ValueError(f"parts: {parts} is less than 1")
    each, left = divmod(amount, parts)
    return tuple(each + 1 if index < left else each for index in range(parts))
