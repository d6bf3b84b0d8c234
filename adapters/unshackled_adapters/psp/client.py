"""Talks to the payment provider."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.sdk import (
    Absent,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    Undo,
    Undone,
)
from unshackled.sdk.answers import read, read_callback, undone
from unshackled.sdk.ports import ChargePayment, PaymentCharged
from unshackled_adapters.psp import mapping
from unshackled_adapters.psp.settings import Settings


class PspPayment:
    """The payment port at this provider."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def charge(self, request: ChargePayment, call: Call) -> Outcome[PaymentCharged]:
        answer = await self._http.request(
            "POST",
            "/v1/payments",
            json=mapping.payment(request, call, self._settings.statement),
            headers=self._headers(call),
            expect=(402,),
        )
        return read(answer, mapping.charged)

    async def refund(self, request: Undo[PaymentCharged], call: Call) -> Undone:
        answer = await self._http.request(
            "POST",
            f"/v1/payments/by-reference/{request.reference}/refund",
            headers=self._headers(call),
            expect=(404,),
        )
        return undone(answer, mapping.given_back)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._http.request(
            "GET",
            f"/v1/payments/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, mapping.charged)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What became of a payment after 3-D Secure."""
    return read_callback(raw, settings.webhook_secret, mapping.notices)
