"""Talks to Twilio."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from unshackled.sdk import Call, Found, HttpClient, InDoubt, Notice, Outcome, RawCallback
from unshackled.sdk.answers import read
from unshackled.sdk.ports import NotificationSent, SendNotification
from unshackled_adapters.twilio import mapping
from unshackled_adapters.twilio.settings import Settings
from unshackled_adapters.twilio.signature import verified


class TwilioNotification:
    """The notification port at Twilio."""

    def __init__(self, settings: Settings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        settings = self._settings
        form = mapping.message(request, call, settings, self._http.provider)
        answer = await self._http.request(
            "POST",
            f"/2010-04-01/Accounts/{settings.account_sid}/Messages.json",
            form=form,
            headers=self._headers(),
            expect=mapping.REFUSALS,
        )
        mapping.judge(answer)
        return read(answer, mapping.sent)

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """Twilio cannot be asked by our reference: its report, or a person, ends a doubt."""
        provider = self._http.provider
        raise InDoubt(f"{provider}: cannot be asked by our reference", provider=provider)

    def _headers(self) -> dict[str, str]:
        secret = self._settings.api_key_secret.get_secret_value()
        pair = b64encode(f"{self._settings.api_key_sid}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def callback(settings: Settings, raw: RawCallback) -> Sequence[Notice]:
    """What Twilio reports of a message."""
    pairs = verified(raw, settings.auth_token)
    return mapping.notices(dict(pairs), raw.url, settings.account_sid)
