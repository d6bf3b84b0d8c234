"""Values as the Open APIs write them: ids, amounts, errors.

An id goes into paths, so nothing in it may lead elsewhere; an amount is a number of the major unit,
beside its currency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Answer
from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.texts import word

ID: Final = re.compile(r"(?!\.+$)[^\x00-\x20\x7f/\\?#%]{1,200}")


def is_safe(number: str) -> bool:
    """Whether an id may go into a path; what has a slash, a space or the like may not."""
    return ID.fullmatch(number) is not None


def ident(data: Mapping[str, Any]) -> str:
    """The id of something; `ValueError` where it may not go into a path."""
    number = word(data["id"])
    if not is_safe(number):
        raise ValueError("id")
    return number


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


def owns(answer: Answer) -> bool:
    """Whether the backend said it: an error as TMF630 has it."""
    return has(object_of(answer), code=str, reason=str)
