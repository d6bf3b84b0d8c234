"""Amounts as the Open APIs write them: a number of the major unit, beside its currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled.sdk.amounts import to_decimal, to_minor


def money(minor: int, currency: str) -> dict[str, Any]:
    """`{"unit": "GBP", "value": 718.0}`: exact, for a double holds 15 digits."""
    return {"unit": currency, "value": float(to_decimal(minor, currency))}


def minor_units(money: Mapping[str, Any], currency: str) -> int:
    """Minor units; another currency or a part of a minor unit is a `ValueError`."""
    if money["unit"] != currency:
        raise ValueError("unit")
    value = money["value"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("value")
    return to_minor(str(value), currency)
