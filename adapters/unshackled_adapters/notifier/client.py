"""Talks to the message sender."""

from __future__ import annotations

from unshackled.sdk import Absent, Call, Found, HttpClient, Outcome
from unshackled.sdk.answers import read
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled_adapters.notifier import mapping
from unshackled_adapters.notifier.settings import Settings


class NotifierNotification:
    """The notification port at this sender."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        body = mapping.message(
            request, call, sender=self._settings.sender, channel=self._settings.channel
        )
        answer = await self._http.request(
            "POST", "/v1/messages", json=body, headers=self._headers(call)
        )
        return read(answer, mapping.sent)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        answer = await self._http.request(
            "GET",
            f"/v1/messages/by-reference/{call.reference}",
            headers=self._headers(call),
            expect=(404,),
        )
        return Absent() if answer.status == 404 else read(answer, mapping.sent)

    def _headers(self, call: Call) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._settings.api_key.get_secret_value()}",
            "Idempotency-Key": call.reference,
        }
