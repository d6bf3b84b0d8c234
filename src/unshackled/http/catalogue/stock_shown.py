"""How much there is of what a list shows; what is known to be gone can be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import account_of
from unshackled.domain.catalogue import Accessory, Handset
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.domain.stock_level import LATER, StockLevel, StockState, unknown
from unshackled.http.catalogue.item_list import ItemList, ListRequest, answered
from unshackled.http.context import ApiContext

Json = Any
GONE: Final[frozenset[StockState]] = frozenset({"out_of_stock", *LATER})
_IN_STOCK: Final = Query(
    description="`true` leaves out what is known to be out of stock or on back order."
)


async def _in_stock(*, in_stock: Annotated[bool, _IN_STOCK] = False) -> bool:
    return in_stock


InStock = Annotated[bool, Depends(_in_stock)]
Goods = Handset | Accessory


class ShownLevels:
    """The levels of one answer."""

    def __init__(self, known: Mapping[str, StockLevel]) -> None:
        self._known = known

    def level(self, item: Goods) -> StockLevel:
        """Of one product."""
        return self._known.get(item.sku) or unknown(item.sku)

    def encoded(self, items: Sequence[Goods]) -> list[Json]:
        """Each item with its availability."""
        return [{**encode(one), "availability": self._shown(one)} for one in items]

    def _shown(self, item: Goods) -> Json:
        level = self.level(item)
        return {"state": level.state, "promised": level.promised}

    def without_gone(self, listed: ItemList) -> ItemList:
        """A list without what is known to be gone, which is left out with that reason."""
        states = [(one, self.level(one).state) for one in listed.items]
        here = tuple(one for one, state in states if state not in GONE)
        gone = tuple((one, _reason(one, state)) for one, state in states if state in GONE)
        return replace(listed, items=here, left_out=(*listed.left_out, *gone))


def _reason(item: Goods, state: StockState) -> SelectionFault:
    part = "handset" if isinstance(item, Handset) else "accessories"
    return SelectionFault(path=f"package.{part}", code=state, params={"title": item.title})


async def with_stock(
    context: ApiContext, request: Request, asker: ListRequest, listed: ItemList, *, in_stock: bool
) -> Response:
    """The list with what is known of the stock now."""
    stock, account = context.services.stock, account_of(asker.tenant.id, livemode=asker.livemode)
    known = {} if stock is None else await stock.levels(account, asker.catalogue)
    levels = ShownLevels(known)
    shown = levels.without_gone(listed) if in_stock else listed
    return answered(request, asker, shown, levels.encoded)
