"""Talks to the commerce platform."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from unshackled.sdk import (
    Absent,
    Answer,
    BadSignature,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    Refused,
    Undo,
    Undone,
)
from unshackled.sdk.answers import operation_name, read, read_callback, undone
from unshackled.sdk.envelope import declined, refused
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
from unshackled_adapters.commerce import bodies, mapping, returns
from unshackled_adapters.commerce.settings import Settings

T = TypeVar("T")


class Commerce:
    """The platform's API: JSON, a bearer key, our reference as the idempotency key."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self.channel = settings.channel
        self.notices = bool(settings.callback_secret.get_secret_value())
        self.poll_after = settings.poll_after
        self._key = f"Bearer {settings.api_key.get_secret_value()}"
        self._http = http

    async def get(self, path: str, *, expect: Collection[int] = ()) -> Answer:
        """Read something."""
        headers = {"Authorization": self._key}
        return await self._http.request("GET", path, headers=headers, expect=expect)

    async def post(
        self, path: str, call: Call, body: Mapping[str, Any] | None, *, expect: Collection[int]
    ) -> Answer:
        """Do something, once per reference."""
        headers = {"Authorization": self._key, "Idempotency-Key": call.reference}
        return await self._http.request("POST", path, json=body, headers=headers, expect=expect)

    async def find(self, kind: str, call: Call, mapping: Callable[[Any], Found[T]]) -> Found[T]:
        """What there is under our reference."""
        answer = await self.get(f"/v2/{kind}/by-reference/{call.reference}", expect=(404,))
        return Absent() if answer.status == 404 else read(answer, mapping)


class CommerceStock:
    """Reservations."""

    def __init__(self, commerce: Commerce) -> None:
        self._commerce = commerce

    async def reserve(self, request: ReserveStock, call: Call) -> Outcome[StockReserved]:
        body = bodies.reservation(request, call)
        answer = await self._commerce.post("/v2/reservations", call, body, expect=(409,))
        if answer.status == 409:
            return read(answer, mapping.declined)
        return read(answer, mapping.reserved)

    async def release(self, request: Undo[StockReserved], call: Call) -> Undone:
        path = f"/v2/reservations/by-reference/{request.reference}/release"
        answer = await self._commerce.post(path, call, None, expect=(404,))
        return undone(answer, mapping.is_over)

    async def availability(
        self, request: AskAvailability, call: Call
    ) -> Outcome[StockAvailability]:
        body = {"skus": list(request.goods.skus)}
        answer = await self._commerce.post("/v2/availability", call, body, expect=())
        return read(answer, mapping.availability)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        return await self._commerce.find("reservations", call, mapping.found_reservation)


class CommerceOrders:
    """Orders."""

    def __init__(self, commerce: Commerce) -> None:
        self._commerce = commerce

    async def place(self, request: PlaceOrder, call: Call) -> Outcome[OrderPlaced]:
        notices = call.callback_url if self._commerce.notices else None
        body = bodies.order(request, call, self._commerce.channel, notices)
        answer = await self._commerce.post("/v2/orders", call, body, expect=(409,))
        if answer.status == 409:
            raise refused(answer)
        return read(answer, mapping.placed)

    async def cancel(self, request: Undo[OrderPlaced], call: Call) -> Undone:
        path = f"/v2/orders/by-reference/{request.reference}/cancel"
        answer = await self._commerce.post(path, call, None, expect=(404,))
        return undone(answer, mapping.is_over)

    async def accept_return(self, request: AcceptReturn, call: Call) -> Outcome[ReturnAccepted]:
        body = returns.return_of(request, self._number(request, call), call)
        answer = await self._commerce.post("/v2/returns", call, body, expect=(409,))
        if answer.status == 409:
            return declined(answer, returns.REASONS)
        return read(answer, self._returned)

    def _number(self, request: AcceptReturn, call: Call) -> str:
        """The order of the sale; raises `Refused` where nobody knows it any more."""
        sold = request.order or (call.follows.output if call.follows is not None else None)
        if not isinstance(sold, OrderPlaced):
            raise Refused("commerce: the sale has no order", code="no_order")
        return sold.order

    def _returned(self, data: Mapping[str, Any]) -> Outcome[ReturnAccepted]:
        return returns.returned(data, self._commerce.poll_after)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        if operation_name(operation) == "accept_return":
            return await self._commerce.find("returns", call, self._returned)
        return await self._commerce.find("orders", call, mapping.found_order)

    async def dispatch(self, request: AskDispatch, call: Call) -> Outcome[OrderDispatched]:
        answer = await self._commerce.get(f"/v2/orders/{quote(request.order.order, safe='')}")
        if read(answer, mapping.is_over):
            provider, message = answer.provider, "the order was cancelled"
            raise Refused(message, provider=provider, code="order_cancelled")
        return read(answer, partial(mapping.dispatched, poll_after=self._commerce.poll_after))


class CommerceCatalogue:
    """The catalogue."""

    def __init__(self, commerce: Commerce) -> None:
        self._commerce = commerce

    async def browse(self, request: BrowseCatalogue, call: Call) -> Outcome[CatalogueFound]:
        return read(await self._commerce.get("/v2/catalogue"), mapping.catalogue)


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """An order that was dispatched."""
    if not settings.callback_secret.get_secret_value():
        raise BadSignature("no secret is configured for notices")
    return read_callback(raw, settings.callback_secret, mapping.notices)
