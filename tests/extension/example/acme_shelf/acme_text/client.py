"""Talks to Acme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled import sdk
from unshackled.sdk import Absent, Call, Field, Found, HttpClient, Outcome, Passed, SecretStr
from unshackled.sdk.answers import read
from unshackled.sdk.ports import NotificationSent, SendNotification


class Settings(sdk.Settings):
    """How to reach Acme."""

    api_key: SecretStr = Field(description="Key sent as a bearer token.")


def sent(data: Mapping[str, Any], reference: str) -> Outcome[NotificationSent]:
    """The text that Acme took; one under another reference is none of ours."""
    if data["id"] != reference:
        raise ValueError("id")
    return Passed(output=NotificationSent(message=reference))


class AcmeText:
    """The notification port at Acme."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        """Send one text; Acme honours our reference as its key."""
        order = request.order.order if request.order is not None else ""
        body = {"to": request.contact.phone, "text": f"{request.template} {order}".strip()}
        path = f"/texts/{call.reference}"
        answer = await self._http.request("POST", path, json=body, headers=self._headers(call))
        return read(answer, lambda data: sent(data, call.reference))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of a text."""
        path = f"/texts/{call.reference}"
        answer = await self._http.request("GET", path, headers=self._headers(call), expect=(404,))
        if answer.status == 404:
            return Absent()
        return read(answer, lambda data: sent(data, call.reference))

    def _headers(self, call: Call) -> dict[str, str]:
        key = self._settings.api_key.get_secret_value()
        return {"Authorization": f"Bearer {key}", "Idempotency-Key": call.reference}
