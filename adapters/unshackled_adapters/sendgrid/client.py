"""Talks to SendGrid."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.sdk import Call, Found, HttpClient, InDoubt, Notice, Outcome, RawCallback
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled_adapters.sendgrid import mapping
from unshackled_adapters.sendgrid.ecdsa import require
from unshackled_adapters.sendgrid.settings import Settings
from unshackled_adapters.sendgrid.signature import check


class SendGridNotification:
    """The notification port at SendGrid."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        """Raises `ValueError` where events are signed and `cryptography` is not installed."""
        if settings.webhook_verifier:
            require()
        self._settings = settings
        self._http = http

    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        body = mapping.letter(request, call, self._settings, self._http.provider)
        key = self._settings.api_key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"}
        answer = await self._http.request("POST", "/v3/mail/send", json=body, headers=headers)
        return mapping.sent(answer, dry_run=call.dry_run)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """SendGrid cannot be asked by our reference: its events, or a person, end a doubt."""
        provider = self._http.provider
        raise InDoubt(f"{provider}: cannot be asked by our reference", provider=provider)


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What SendGrid tells of letters."""
    check(raw, settings.webhook_verifier)
    return mapping.notices(raw.body, raw.url)
