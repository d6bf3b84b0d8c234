"""Talks to the signature service."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.sdk import (
    Absent,
    Call,
    Found,
    HttpClient,
    Notice,
    NotSent,
    Outcome,
    RawCallback,
    Undo,
    Undone,
)
from unshackled.sdk.answers import read, read_callback, undone
from unshackled.sdk.ports import AgreementSigned, CopyFile, SignAgreement
from unshackled_adapters.signer import mapping
from unshackled_adapters.signer.settings import Settings


class SignerAgreement:
    """The agreement port at this service."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def sign(self, request: SignAgreement, call: Call) -> Outcome[AgreementSigned]:
        answer = await self._http.request(
            "POST",
            "/v1/envelopes",
            json=mapping.envelope(request, call, self._settings.heading),
            headers=self._headers(call),
        )
        return read(answer, mapping.signed)

    async def void(self, request: Undo[AgreementSigned], call: Call) -> Undone:
        answer = await self._http.request(
            "POST",
            f"/v1/envelopes/by-reference/{request.reference}/void",
            headers=self._headers(call),
            expect=(404,),
        )
        return undone(answer, mapping.is_over)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._http.request(
            "GET",
            f"/v1/envelopes/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, mapping.signed)

    async def signed_copy(self, request: AgreementSigned, call: Call) -> CopyFile:
        answer = await self._http.request(
            "GET",
            f"/v1/envelopes/{request.envelope}/document",
            headers={**self._headers(call), "Accept": "application/pdf"},
            expect=(404, 409),
        )
        if answer.status != 200:
            raise NotSent(f"{self._http.provider}: no signed document", reason="no_copy")
        return CopyFile(content=answer.body, content_type=answer.headers.get("content-type", ""))

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What the customer did with an envelope."""
    return read_callback(raw, settings.callback_secret, mapping.notices)
