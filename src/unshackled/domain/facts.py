"""The marker of every value that can flow from one step to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict


class Fact:
    """Marker base: load fills each field of a request by its fact type."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRef(Fact):
    """Which checkout this is, and for whom; `customer_ref` is the retailer's own, opaque to us."""

    checkout: str
    retailer: str
    customer_ref: str | None = None
