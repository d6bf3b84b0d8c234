"""The marker of every value that can flow from one step to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, TypeVar

from pydantic import ConfigDict


class Strict:
    """Base of what is read from a store: a field that is not known is refused, never dropped."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class Fact(Strict):
    """Marker base: load fills each field of a request by its fact type."""

    __slots__ = ()


T = TypeVar("T")
ADDED: Final = "added"
WITHOUT: Final = "without"


def without(*names: str) -> Any:
    """A field of a request that holds a fact of which some fields are no part of what is asked.

    They are sent, but left out of the request's digest: correcting them asks nothing again.
    """
    return dataclasses.field(metadata={WITHOUT: names})


@cache
def left_out(shape: type) -> Mapping[str, tuple[str, ...]]:
    """The fields of a request with the names that are no part of what is asked."""
    fields = dataclasses.fields(shape)
    return {one.name: one.metadata[WITHOUT] for one in fields if WITHOUT in one.metadata}


@cache
def added_fields(shape: type) -> Mapping[str, object]:
    """The fields of a dataclass that came later than it, with their defaults."""
    if not dataclasses.is_dataclass(shape):
        return {}
    return {
        field.name: field.default_factory()
        if field.default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING
        else field.default
        for field in dataclasses.fields(shape)
        if field.metadata.get(ADDED)
    }


def added(default: T) -> T:
    """A dataclass field that came later than its class, with its default.

    It is left out of digests while it has the default: what was signed and sent before the field
    existed keeps its digest.
    """
    return dataclasses.field(default=default, metadata={ADDED: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRef(Fact):
    """Which checkout this is, and for whom; `customer_ref` is the retailer's own, opaque to us."""

    checkout: str
    retailer: str
    customer_ref: str | None = None
