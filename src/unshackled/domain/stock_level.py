"""How much of a product there is, in words that a customer can act on."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, TypeAlias

from unshackled.domain.facts import Fact
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


def unknown(sku: str) -> StockLevel:
    """The level that nobody says."""
    return StockLevel(sku=sku, state="unknown")
