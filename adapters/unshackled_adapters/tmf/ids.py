"""Ids that a backend gave: they go into paths, so nothing in them may lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

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
