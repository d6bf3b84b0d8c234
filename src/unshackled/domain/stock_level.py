"""How much of a product there is, in words that a customer can act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeAlias

from unshackled.domain.facts import Fact
from unshackled.domain.package import Package
from unshackled.domain.records import Record

StockState: TypeAlias = Literal[
    "in_stock", "low", "out_of_stock", "back_order", "pre_order", "unknown"
]

# What is sold now and sent later.
LATER: Final[frozenset[StockState]] = frozenset({"back_order", "pre_order"})


class StockLevel(Record, Fact):
    """One product: `low` is the last few, `back_order` is sold and sent on the `promised` day.

    `pre_order` is the same of what is not out yet.

    `unknown` is what nobody says now; what is sold is reserved in the checkout all the same.
    """

    sku: str
    state: StockState
    promised: date | None = None

    def __post_init__(self) -> None:
        """A day is promised of what is on back order or pre-order; raises `ValueError`."""
        if self.promised is not None and self.state not in LATER:
            raise ValueError("promised: only what is on back order has a promised day")


def promised_day(known: Mapping[str, StockLevel], package: Package) -> date | None:
    """The day from which all the goods of a package can be sent, where some are to come."""
    lines = package.accessories.lines if package.accessories else ()
    skus = [line.sku for line in (package.handset, *lines) if line is not None]
    days = [known[sku].promised for sku in skus if sku in known]
    return max((day for day in days if day is not None), default=None)


def unknown(sku: str) -> StockLevel:
    """The level that nobody says."""
    return StockLevel(sku=sku, state="unknown")
