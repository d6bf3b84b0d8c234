"""Stock: holding the goods of a package until the order is placed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Protocol

from unshackled.domain.facts import Fact, added
from unshackled.domain.package import Accessories, HandsetLine
from unshackled.domain.records import Record
from unshackled.domain.stock_level import StockLevel
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, query, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class ReserveStock(Record, forbid_unknown_fields=False):
    """What to hold, and for how long.

    With `promise` goods that are not there are promised for a day, where the backend can; else
    they are `out_of_stock`.
    """

    handset: HandsetLine | None
    accessories: Accessories | None
    hold: timedelta = timedelta(minutes=30)
    promise: bool = added(default=False)


class StockReserved(Record, Fact):
    """The backend's reservation number; `promised` is the day from which all of it can be sent."""

    reservation: str
    promised: date | None = added(None)


# So many SKUs are asked about in one call.
MOST_GOODS: Final = 100


class GoodsList(Record, Fact):
    """Products by SKU, each once; at most `MOST_GOODS`."""

    skus: tuple[str, ...]


class AskAvailability(Record, forbid_unknown_fields=False):
    """Which products are asked about."""

    goods: GoodsList


class StockAvailability(Record, Fact):
    """A level for each product that was asked about; one that is not there is unknown."""

    levels: tuple[StockLevel, ...]


class Stock(Protocol):
    """Goods on the shelf."""

    @effect(
        undo="release",
        declinable=True,
        carries=("handset", "accessories"),
        lapses_after="hold",
    )
    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        """Hold the goods, or promise them; `out_of_stock` when there are none."""
        ...

    @undoes()
    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        """Give the goods back."""
        ...

    @query()
    async def availability(
        self, request: AskAvailability, call: Call
    ) -> Outcome[StockAvailability]:
        """Say how much of each product there is; nothing is held."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Stock
