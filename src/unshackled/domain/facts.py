"""The marker of every value that can flow from one step to another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from pydantic import ConfigDict


class Fact:
    """Marker base: load fills each field of a request by its fact type."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


T = TypeVar("T")
ADDED: Final = "added"


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
