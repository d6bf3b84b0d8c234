"""What an adapter of a bigger vendor has beside: tokens, a declaration in full, asked callbacks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from unshackled import sdk
from unshackled.sdk import (
    Absent,
    Adapter,
    Api,
    BadSignature,
    Call,
    Declined,
    Field,
    Found,
    HttpClient,
    InDoubt,
    Notice,
    Outcome,
    Passed,
    RawCallback,
    SecretStr,
    lookup,
)
from unshackled.sdk.answers import UNREADABLE, read
from unshackled.sdk.envelope import coded
from unshackled.sdk.oauth import OAuthHttp
from unshackled.sdk.ports import NotificationSent, SendNotification


class Settings(sdk.Settings):
    """A retailer's account."""

    client_id: str = Field(description="Client id of the OAuth application.")
    client_secret: SecretStr = Field(description="Its secret.")


def outcome(data: Mapping[str, Any]) -> Outcome[object]:
    """What became of a letter."""
    if data["status"] == "returned":
        return Declined(code="not_deliverable")
    return Passed(output=NotificationSent(message=str(data["id"])))


class AcmeLetters:
    """The notification port, by post."""

    def __init__(self, settings: Settings, http: OAuthHttp) -> None:
        self._settings = settings
        self._http = http

    async def send(self, request: SendNotification, call: Call) -> Outcome[NotificationSent]:
        """Post one letter; our reference is theirs to search by."""
        body = {"name": request.contact.family_name, "reference": call.reference}
        answer = await self._http.request("POST", "/letters", json=body, expect=(409,))
        if answer.status == 409:
            # One of the same reference is in print: it may yet be sent.
            message = f"{answer.provider}: letters.send: status 409"
            raise InDoubt(message, provider=answer.provider)
        return read(answer, lambda data: Passed(output=NotificationSent(message=str(data["id"]))))

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the letter of a reference."""
        path = f"/letters/by-reference/{call.reference}"
        answer = await self._http.request("GET", path, expect=(404,))
        return Absent() if answer.status == 404 else read(answer, outcome)

    async def letter(self, number: str) -> Notice:
        """What a letter has come to, and whose it is."""
        answer = await self._http.request("GET", f"/letters/{number}")
        return read(answer, lambda data: Notice(reference=data["reference"], outcome=outcome(data)))


def connect(settings: Settings, http: HttpClient) -> AcmeLetters:
    """Every request of the client carries a live access token."""
    tokens = OAuthHttp(
        http=http,
        path="/oauth/token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scope="letters",
    )
    return AcmeLetters(settings, tokens)


async def receive(client: AcmeLetters, raw: RawCallback) -> Sequence[Notice]:
    """A webhook that only names a letter: the rest is asked, so a forged one says nothing."""
    try:
        number = str(json.loads(raw.body)["letter"])
    except UNREADABLE as error:
        raise BadSignature(f"a webhook of unexpected shape ({type(error).__name__})") from None
    return [await client.letter(number)]


ADAPTER = Adapter(
    title="Acme letters",
    settings=Settings,
    connect=connect,
    owns=coded,
    ports={"notification": lambda client: client},
    doubt={"notification.send": lookup()},
    receive=receive,
    acknowledgement=b"received",
    api=Api(
        name="Acme Letters",
        version="2026-05",
        checked=date(2026, 11, 22),
        documents="https://docs.acme.example/letters",
        licence="MIT",
    ),
    countries=frozenset({"GB", "IE"}),
    hosts=("api.acme.example",),
)
