"""Amounts as Adyen counts them: its minor units are not ISO 4217's for four currencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk.ports import exponent
from unshackled.sdk.texts import word

# How many decimals Adyen gives them; ISO 4217 says CLP 0, CVE 2, IDR 2, ISK 0.
DECIMALS: Final[Mapping[str, int]] = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}


def to_wire(amount: int, currency: str) -> dict[str, Any]:
    """Our minor units as an Adyen amount; `ValueError` for a fraction of their smallest unit."""
    shift = DECIMALS.get(currency, exponent(currency)) - exponent(currency)
    value, rest = (amount * 10**shift, 0) if shift >= 0 else divmod(amount, 10**-shift)
    if rest:
        raise ValueError(f"amount: Adyen takes no fractions of {currency}")
    return {"value": value, "currency": currency}


def from_wire(amount: Mapping[str, Any]) -> tuple[int, str]:
    """An Adyen amount in our minor units, and its currency."""
    value, currency = int(amount["value"]), word(amount["currency"])
    shift = exponent(currency) - DECIMALS.get(currency, exponent(currency))
    found, rest = (value * 10**shift, 0) if shift >= 0 else divmod(value, 10**-shift)
    if rest:
        raise ValueError("amount: a fraction of our smallest unit")
    return found, currency
