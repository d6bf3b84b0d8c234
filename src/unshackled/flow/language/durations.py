"""Durations as flows write them: `250ms`, `30s`, `30m`, `48h`, `14d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
PATTERN: Final = r"^([1-9][0-9]{0,7})(ms|s|m|h|d)$"
LONGEST: Final = timedelta(days=3660)


def duration(value: object) -> timedelta:
    """A duration from its text; raises `ValueError` saying what is allowed."""
    if isinstance(value, timedelta):
        return value
    found = re.match(PATTERN, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no duration: write 250ms, 30s, 30m, 48h or 14d")
    length = int(found[1]) * _UNITS[found[2]] if found[2] != "d" or len(found[1]) < 5 else None
    if length is None or length > LONGEST:
        raise ValueError(f"{value!r} is longer than ten years")
    return length


def written(value: timedelta) -> str:
    """A duration in the biggest unit that is exact."""
    for unit, size in reversed(_UNITS.items()):
        if value and not value % size:
            return f"{value // size}{unit}"
    return f"{value // _UNITS['ms']}ms"


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["30m"]}),
]
