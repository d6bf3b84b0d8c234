"""Amounts as PayPal writes them: decimals, without any in some currencies that have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Refused
from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.texts import word

# What PayPal accounts pay in; BRL, CNY and MYR only within their countries.
CURRENCIES: Final = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD"),
    }
)
# ISO 4217 has two decimals for these; PayPal takes none.
WHOLE: Final = frozenset({"HUF", "TWD"})


def to_wire(minor: int, currency: str, provider: str) -> dict[str, str]:
    """PayPal's `money`; raises `Refused` for what PayPal cannot take."""
    if currency not in CURRENCIES or (currency in WHOLE and minor % 100):
        message = f"{provider}: no such amount of {currency} here"
        raise Refused(message, provider=provider, code="amount")
    value = str(minor // 100) if currency in WHOLE else to_decimal(minor, currency)
    return {"currency_code": currency, "value": value}


def from_wire(money: Mapping[str, Any]) -> tuple[int, str]:
    """Minor units and the currency's code."""
    currency = word(money["currency_code"])
    return to_minor(str(money["value"]), currency), currency
