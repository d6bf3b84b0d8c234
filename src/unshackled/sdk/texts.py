"""Text in what a backend says: a number, a name, an address; never the look of an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def word(value: Any) -> str:
    """A text, or a whole number as text; raises `TypeError` for anything else.

    `str` would make a list, an object, `null` or `true` into Python's spelling of it, and that
    would be kept and sent on as if the backend had said it.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError("a text")


def optional(value: Any) -> str | None:
    """A text where there is one; raises `TypeError` for anything else than a text or `null`."""
    return None if value is None else word(value)


def text_of(value: Any, name: str) -> str:
    """The text of a value that may be an object around it: under `value`, or under its own name.

    TM Forum's characteristics are either. Raises `TypeError` where it is neither.
    """
    if isinstance(value, Mapping):
        return word(value["value"] if "value" in value else value[name])
    return word(value)


def plain(value: Any) -> str:
    """A text, a number or a truth as JSON writes it; raises `TypeError` for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, float) else word(value)
