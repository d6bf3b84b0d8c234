"""The ports at ShopServer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

from unshackled.sdk import Absent, Call, Found, InDoubt, Outcome, Refused, Undo, Undone, xml
from unshackled.sdk.answers import operation_name
from unshackled.sdk.ports import (
    AcceptReturn,
    AskAvailability,
    AskDispatch,
    BrowseCatalogue,
    CatalogueFound,
    OrderDispatched,
    OrderPlaced,
    PlaceOrder,
    ReserveStock,
    ReturnAccepted,
    StockAvailability,
    StockReserved,
)
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_shop import catalogue, mapping, returns
from unshackled_adapters.legacy_shop.soap import Fault, ShopServer

T = TypeVar("T")


class ShopServerStock:
    """Reservations."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server

    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        body = mapping.reserve(request, call)
        try:
            return await _ask(self._server, "ReserveItems", body, mapping.reserved)
        except Fault as fault:
            return mapping.declined(fault.code) or _refuse("ReserveItems", fault)

    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        return await _undo(self._server, "ReleaseReservation", request.reference)

    async def availability(
        self, request: AskAvailability, call: Call
    ) -> Outcome[StockAvailability]:
        body = mapping.goods(request.goods)
        try:
            return await _ask(self._server, "GetAvailability", body, mapping.availability)
        except Fault as fault:
            return _refuse("GetAvailability", fault)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        return await _look_up(self._server, "FindReservation", call, mapping.found_reservation)


class ShopServerOrders:
    """Orders."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server

    async def place(self, request: PlaceOrder, call: Call) -> Outcome[OrderPlaced]:
        body = mapping.order(request, call)
        try:
            return await _ask(self._server, "PlaceOrder", body, mapping.placed)
        except Fault as fault:
            return _refuse("PlaceOrder", fault)

    async def cancel(self, request: Undo[OrderPlaced], call: Call) -> Undone:
        return await _undo(self._server, "CancelOrder", request.reference)

    async def accept_return(self, request: AcceptReturn, call: Call) -> Outcome[ReturnAccepted]:
        body = returns.return_of(request, call)
        try:
            return await _ask(self._server, "ReturnItems", body, self._returned)
        except Fault as fault:
            return returns.declined(fault.code) or _refuse("ReturnItems", fault)

    def _returned(self, answer: Element) -> Outcome[ReturnAccepted]:
        return returns.returned(answer, self._server.poll_after)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if operation_name(operation) == "accept_return":
            return await _look_up(self._server, "FindReturn", call, self._returned)
        return await _look_up(self._server, "FindOrder", call, mapping.found_order)

    async def dispatch(self, request: AskDispatch, call: Call) -> Outcome[OrderDispatched]:
        body, poll_after = mapping.order_number(request.order), self._server.poll_after
        try:
            return await _ask(
                *(self._server, "GetDispatch", body),
                partial(mapping.dispatched, poll_after=poll_after),
            )
        except Fault as fault:
            return _refuse("GetDispatch", fault)


class ShopServerCatalogue:
    """The catalogue."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server

    async def browse(self, request: BrowseCatalogue, call: Call) -> Outcome[CatalogueFound]:
        try:
            return await _ask(self._server, "GetCatalogue", xml.Markup(), catalogue.catalogue_of)
        except Fault as fault:
            return _refuse("GetCatalogue", fault)


async def _ask(
    server: ShopServer, action: str, body: xml.Markup, read: Callable[[Element], T]
) -> T:
    answer = await server.call(action, body)
    try:
        return read(answer)
    except (ValueError, LookupError) as error:
        kind = type(error).__name__
        raise InDoubt(f"ShopServer: {action} answered something unexpected ({kind})") from None


async def _look_up(
    server: ShopServer, action: str, call: Call, read: Callable[[Element], Found[T]]
) -> Found[T]:
    try:
        return await _ask(server, action, mapping.reference(call.reference), read)
    except Fault as fault:
        if fault.code == mapping.UNKNOWN_REFERENCE:
            return Absent()
        return _refuse(action, fault)


async def _undo(server: ShopServer, action: str, reference: str) -> Undone:
    try:
        await server.call(action, mapping.reference(reference))
    except Fault as fault:
        if fault.code != mapping.UNKNOWN_REFERENCE:
            _refuse(action, fault)
        return Absent()
    return None


def _refuse(action: str, fault: Fault) -> NoReturn:
    raise Refused(f"ShopServer: {action} fault {fault.code}", code=fault.code) from None
