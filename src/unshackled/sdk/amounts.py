"""Amounts as backends write them: decimals in the major unit, to and from minor units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from unshackled.domain.money import exponent


def to_decimal(minor: int, currency: str) -> str:
    """`71800` GBP as `718.00`, `500` JPY as `500`, `1250` KWD as `1.250`."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def to_minor(text: str, currency: str) -> int:
    """`718.00` GBP as `71800`; raises `ValueError` for what is no amount of that currency."""
    try:
        minor = Decimal(text.strip()).scaleb(exponent(currency))
    except InvalidOperation:
        raise ValueError(f"amount: not a decimal number of {currency}") from None
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise ValueError(f"amount: more decimals than {currency} has")
    return int(minor)
