"""Talks to the address file."""

from __future__ import annotations

from unshackled.sdk import (
    Call,
    HttpClient,
    Outcome,
    envelope,
)
from unshackled.sdk.answers import read
from unshackled.sdk.ports import AddressVerified, VerifyAddress
from unshackled_adapters.address_file import mapping
from unshackled_adapters.address_file.settings import Settings


class AddressFile:
    """The address port; the address goes in the body, never in a URL that somebody logs."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._key = f"Bearer {settings.api_key.get_secret_value()}"
        self._http = http

    async def verify(self, request: VerifyAddress, call: Call) -> Outcome[AddressVerified]:
        if request.address.country not in mapping.COUNTRIES:
            return mapping.NOT_FOUND
        answer = await self._http.request(
            "POST",
            "/v1/matches",
            json=mapping.query_of(request),
            headers={"Authorization": self._key, "X-Reference": call.reference},
            expect=(400,),
        )
        if answer.status == 400:
            return envelope.declined(answer, mapping.UNREADABLE)
        return read(answer, mapping.verified)
