"""The marker of every value that can flow from one step to another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from unshackled.domain.records import ADDED, WITHOUT, Record, added, declared, without


class Fact:
    """Marker base: load fills each field of a request by its fact type.

    Ours are records; a dataclass that is marked is a fact too. Read from a store, a field that is
    not known is refused, never dropped.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}


@cache
def left_out(shape: type) -> Mapping[str, tuple[str, ...]]:
    """The fields of a request with the names that are no part of what is asked."""
    return {one.name: one.marks[WITHOUT] for one in declared(shape) if WITHOUT in one.marks}


@cache
def added_fields(shape: type) -> Mapping[str, object]:
    """The fields of a class that came later than it, with their defaults."""
    return {one.name: one.default for one in declared(shape) if one.marks.get(ADDED)}


class CheckoutRef(Record, Fact):
    """Which checkout this is, and for whom; `customer_ref` is the retailer's own, opaque to us."""

    checkout: str
    retailer: str
    customer_ref: str | None = None


__all__ = ["CheckoutRef", "Fact", "added", "added_fields", "left_out", "without"]
