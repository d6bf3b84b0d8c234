"""Which fields of what steps give tell who somebody is, so that their checkout is found by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from unshackled.domain.entries import IMEI, Email, MarketMobile, Phone
from unshackled.domain.personal import fields_of

# What providers give has no entry: its fields are known by their names.
NAMED: Final[Mapping[str, str]] = {"msisdn": "phone", "imei": "imei", "email": "email"}


def search_fields(shape: type | None) -> dict[str, str]:
    """The kind of each such field of an output."""
    known = fields_of(shape).items() if shape is not None else ()
    return {name: kind for name, one in known if (kind := _kind(name, one)) is not None}


def _kind(name: str, annotation: Any) -> str | None:
    """What a field holds, by its entry or by its name."""
    arms = (annotation, *get_args(annotation))
    marks = [mark for arm in arms for mark in getattr(arm, "__metadata__", ())]
    if any(isinstance(mark, Email) for mark in marks):
        return "email"
    if any(isinstance(mark, Phone | MarketMobile) for mark in marks):
        return "phone"
    if any(mark is IMEI for mark in marks):
        return "imei"
    return NAMED.get(name)
