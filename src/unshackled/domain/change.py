"""The same frozen value with some fields changed, at less than half the cost of `replace`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Set = Callable[[object, Any], None]


def changed(value: T, **changes: Any) -> T:
    """A copy of a frozen dataclass with slots and without `__post_init__`, some fields changed.

    Raises `KeyError` for a field that it does not have.
    """
    shape: Any = type(value)
    setters, by_name, values = _fields(shape)
    copy: T = object.__new__(shape)
    for setter, kept in zip(setters, values(value), strict=True):
        setter(copy, kept)
    for name, new in changes.items():
        by_name[name](copy, new)
    return copy


@cache
def _fields(shape: type) -> tuple[tuple[Set, ...], Mapping[str, Set], Callable[[Any], Any]]:
    """How each field is set past the frozen `__setattr__`, and what reads them all at once."""
    by_name = {field.name: getattr(shape, field.name).__set__ for field in fields(shape)}
    return tuple(by_name.values()), by_name, attrgetter(*by_name)
