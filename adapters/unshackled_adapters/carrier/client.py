"""Talks to the carrier."""

from __future__ import annotations

from unshackled.sdk import Call, HttpClient, Outcome
from unshackled.sdk.answers import read
from unshackled.sdk.ports import FindSlots, SlotsFound
from unshackled_adapters.carrier import mapping
from unshackled_adapters.carrier.settings import Settings


class Carrier:
    """The delivery port at the carrier."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._depot = settings.depot
        self._key = f"Bearer {settings.api_key.get_secret_value()}"
        self._http = http

    async def slots(self, request: FindSlots, call: Call) -> Outcome[SlotsFound]:
        answer = await self._http.request(
            "POST",
            "/v1/slot-searches",
            json=mapping.search(request, call, self._depot),
            headers={"Authorization": self._key, "X-Reference": call.reference},
            expect=(422,),
        )
        if answer.status == 422:
            return read(answer, mapping.declined)
        return read(answer, lambda data: mapping.slots_of(data, call.currency))
