"""Stock: holding the goods of a package until the order is placed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from unshackled.domain.facts import Fact
from unshackled.domain.package import Accessories, HandsetLine
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class ReserveStock(Record, forbid_unknown_fields=False):
    """What to hold, and for how long."""

    handset: HandsetLine | None
    accessories: Accessories | None
    hold: timedelta = timedelta(minutes=30)


class StockReserved(Record, Fact):
    """The backend's reservation number."""

    reservation: str


class Stock(Protocol):
    """Goods on the shelf."""

    @effect(
        undo="release",
        declinable=True,
        carries=("handset", "accessories"),
        lapses_after="hold",
    )
    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        """Hold the goods; `out_of_stock` when there are none."""
        ...

    @undoes()
    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        """Give the goods back."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Stock
