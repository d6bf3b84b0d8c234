"""Talks to the identity service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from unshackled.sdk import (
    Absent,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    envelope,
)
from unshackled.sdk.answers import read, read_callback
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity
from unshackled_adapters.kyc import mapping
from unshackled_adapters.kyc.settings import Settings


class KycIdentity:
    """The identity port at this service."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def verify(self, request: VerifyIdentity, call: Call) -> Outcome[IdentityVerified]:
        answer = await self._http.request(
            "POST",
            "/v1/checks",
            json=mapping.check(request, call, self._settings.profile),
            headers=self._headers(call),
            expect=(422,),
        )
        if answer.status == 422:
            return envelope.declined(answer, mapping.UNREADABLE)
        return read(answer, self._verified)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._http.request(
            "GET",
            f"/v1/checks/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, self._verified)

    def _verified(self, data: Mapping[str, object]) -> Outcome[IdentityVerified]:
        return mapping.verified(data, self._settings.poll_after)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """The result of a check that took longer."""
    reader = partial(mapping.notices, poll_after=settings.poll_after)
    return read_callback(raw, settings.callback_secret, reader)
