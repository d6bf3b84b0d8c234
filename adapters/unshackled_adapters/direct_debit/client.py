"""Talks to the Direct Debit bureau."""

from __future__ import annotations

from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Found,
    HttpClient,
    Outcome,
    Undecided,
    Undo,
    Undone,
    envelope,
)
from unshackled.sdk.answers import read, undone
from unshackled.sdk.ports import MandateSetUp, SetUpMandate
from unshackled_adapters.direct_debit import mapping
from unshackled_adapters.direct_debit.settings import Settings


class DirectDebitMandate:
    """The mandate port at this bureau."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http
        self._headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}

    async def set_up(self, request: SetUpMandate, call: Call) -> Outcome[MandateSetUp]:
        reference = mapping.bacs_reference(self._settings.prefix, call.reference)
        answer = await self._http.request(
            "POST",
            "/v1/instructions",
            json=mapping.instruction(request, call, reference, self._settings.service_user),
            headers=self._headers,
            expect=(409, 422),
        )
        if answer.status == 422:
            return envelope.declined(answer, mapping.REASONS)
        if answer.status == 409:
            answer = await self._ask(call, expect=(404,))
            if answer.status == 404:
                message = f"{answer.provider}: lodged before, and not found yet"
                raise Undecided(message, provider=answer.provider)
        return read(answer, mapping.set_up)

    async def cancel(self, request: Undo[MandateSetUp], call: Call) -> Undone:
        reference = mapping.bacs_reference(self._settings.prefix, request.reference)
        path = f"/v1/instructions/{reference}/cancel"
        answer = await self._http.request("POST", path, headers=self._headers, expect=(404,))
        return undone(answer, mapping.canceled)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._ask(call, expect=(404,))
        return Absent() if answer.status == 404 else read(answer, mapping.set_up)

    async def _ask(self, call: Call, expect: tuple[int, ...] = ()) -> Answer:
        reference = mapping.bacs_reference(self._settings.prefix, call.reference)
        path = f"/v1/instructions/{reference}"
        return await self._http.request("GET", path, headers=self._headers, expect=expect)
