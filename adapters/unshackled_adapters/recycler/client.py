"""Talks to the recycler."""

from __future__ import annotations

from unshackled.sdk import (
    Absent,
    Call,
    Found,
    HttpClient,
    Outcome,
    Undo,
    Undone,
    envelope,
)
from unshackled.sdk.answers import read, undone
from unshackled.sdk.ports import (
    AcceptTradeIn,
    AskInspection,
    DeviceInspected,
    DeviceValued,
    TradeInAccepted,
    ValueDevice,
)
from unshackled_adapters.recycler import mapping
from unshackled_adapters.recycler.settings import Settings


class Recycler:
    """The trade-in port at the recycler."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def value(self, request: ValueDevice, call: Call) -> Outcome[DeviceValued]:
        answer = await self._http.request(
            "POST",
            "/v1/valuations",
            json=mapping.valuation(request, call, self._settings.programme),
            headers=self._headers(call),
            expect=(400, 409),
        )
        if answer.status == 400:
            return envelope.declined(answer, mapping.UNREADABLE)
        if answer.status == 409:
            return read(answer, mapping.declined)
        return read(answer, mapping.valued)

    async def accept(self, request: AcceptTradeIn, call: Call) -> Outcome[TradeInAccepted]:
        answer = await self._http.request(
            "POST",
            "/v1/trade-ins",
            json=mapping.acceptance(request, call),
            headers=self._headers(call),
            expect=(409,),
        )
        if answer.status == 409:
            return read(answer, mapping.declined)
        return read(answer, mapping.accepted)

    async def inspect(self, request: AskInspection, call: Call) -> Outcome[DeviceInspected]:
        promised = call.follows.reference if call.follows is not None else None
        path = f"/v1/trade-ins/by-reference/{promised or call.reference}/inspection"
        return read(
            await self._http.request("GET", path, headers=self._headers(call)),
            mapping.inspected,
        )

    async def cancel(self, request: Undo[TradeInAccepted], call: Call) -> Undone:
        path = f"/v1/trade-ins/by-reference/{request.reference}/cancellation"
        answer = await self._http.request("POST", path, headers=self._headers(call), expect=(404,))
        return undone(answer, mapping.canceled)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        path = f"/v1/trade-ins/by-reference/{call.reference}"
        answer = await self._http.request("GET", path, headers=self._headers(call), expect=(404,))
        return Absent() if answer.status == 404 else read(answer, mapping.trade_in_outcome)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }
