"""Talks to the payment provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Found,
    HttpClient,
    Notice,
    Outcome,
    RawCallback,
    Undo,
    Undone,
    envelope,
)
from unshackled.sdk.answers import operation_name, read, read_callback, undone
from unshackled.sdk.ports import (
    AmountCharged,
    AmountRefunded,
    ChargeAmount,
    ChargePayment,
    PaidOut,
    PaymentCharged,
    PayOut,
    RefundAmount,
)
from unshackled_adapters.psp import charges, mapping, refunds
from unshackled_adapters.psp.settings import Settings

# Where what became of an effect is found, and how it is read.
LOOK_UPS: Final[Mapping[str, tuple[str, Callable[[Any], Outcome[Any]]]]] = {
    "charge": ("payments", mapping.charged),
    "charge_amount": ("charges", charges.charged_again),
    "refund_amount": ("refunds", refunds.refunded),
    "payout": ("payouts", refunds.paid_out),
}


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

    async def refund_amount(self, request: RefundAmount, call: Call) -> Outcome[AmountRefunded]:
        answer = await self._give("/v1/refunds", refunds.refund(request, call), call)
        if answer.status == 422:
            return envelope.declined(answer, refunds.REASONS)
        return read(answer, refunds.refunded)

    async def payout(self, request: PayOut, call: Call) -> Outcome[PaidOut]:
        answer = await self._give("/v1/payouts", refunds.payout(request, call), call)
        if answer.status == 422:
            return envelope.declined(answer, refunds.REASONS)
        return read(answer, refunds.paid_out)

    async def charge_amount(self, request: ChargeAmount, call: Call) -> Outcome[AmountCharged]:
        answer = await self._http.request(
            "POST",
            "/v1/charges",
            json=charges.charge(request, call, self._settings.statement),
            headers=self._headers(call),
            expect=(402,),
        )
        return read(answer, charges.charged_again)

    async def _give(self, path: str, body: object, call: Call) -> Answer:
        return await self._http.request(
            "POST", path, json=body, headers=self._headers(call), expect=(422,)
        )

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        collection, reader = LOOK_UPS[operation_name(operation)]
        answer = await self._http.request(
            "GET",
            f"/v1/{collection}/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, reader)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What became of a payment after 3-D Secure, of a later charge, a refund or a payout."""
    return read_callback(raw, settings.webhook_secret, mapping.notices)
