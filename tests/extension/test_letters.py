"""The second example of docs/adapters.md does what its page says."""

from __future__ import annotations

import httpx
import orjson
import pytest

from tests.extension.example.letters import ADAPTER, AcmeLetters, Settings
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    InDoubt,
    Notice,
    Passed,
    RawCallback,
    SecretStr,
)
from unshackled.sdk.ports import NotificationSent
from unshackled.testing.bench import reference
from unshackled.testing.samples import NOW, request_for

SEND = all_operations()["notification.send"]
CALL = Call(
    reference=reference("letter"),
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="https://checkout.example/callback",
    return_url="https://checkout.example/return",
)


UNKNOWN = {"error": {"code": "unknown"}}


class Acme(httpx.AsyncBaseTransport):
    """Letters by number, tokens, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.letters: dict[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t-1", "expires_in": 3600})
        if request.headers["authorization"] != "Bearer t-1":
            return httpx.Response(401)
        if request.method == "POST" and self.letters:
            return httpx.Response(409, json={"error": {"code": "in_print"}})
        if request.method == "POST":
            self.letters["L1"] = orjson.loads(request.content)["reference"]
            return httpx.Response(201, json=self.told("L1"))
        last = path.rpartition("/")[2]
        known = [one for one, ours in self.letters.items() if last in (one, ours)]
        return (
            httpx.Response(200, json=self.told(known[0]))
            if known
            else httpx.Response(404, json=UNKNOWN)
        )

    def told(self, number: str) -> dict[str, str]:
        return {"id": number, "status": "posted", "reference": self.letters[number]}


def made() -> tuple[AcmeLetters, Acme]:
    """A client and its vendor."""
    acme = Acme()
    http = HttpClient("acme", "https://api.acme.example", transport=acme)
    settings = Settings(
        base_url="https://api.acme.example", client_id="c", client_secret=SecretStr("s")
    )
    client: AcmeLetters = ADAPTER.client(settings, http)
    return client, acme


def raw(body: bytes) -> RawCallback:
    return RawCallback(body=body, headers={}, received_at=NOW)


async def test_one_token_serves_all_calls() -> None:
    """It is fetched with the first call, and the letter is found by our reference."""
    client, acme = made()
    assert await client.look_up("notification.send", CALL) == Absent()
    sent = await client.send(request_for(SEND), CALL)
    assert sent == Passed(output=NotificationSent(message="L1"))
    assert await client.look_up("notification.send", CALL) == sent
    assert acme.asked.count("/oauth/token") == 1


async def test_a_webhook_is_asked_about() -> None:
    """What it names is read at the vendor; what cannot be read is refused."""
    client, _ = made()
    sent = await client.send(request_for(SEND), CALL)
    assert ADAPTER.receive is not None
    notices = await ADAPTER.receive(client, raw(b'{"letter": "L1"}'))
    assert notices == [Notice(reference=CALL.reference, outcome=sent)]
    for body in (b"", b"[]", b'{"other": 1}'):
        with pytest.raises(BadSignature):
            await ADAPTER.receive(client, raw(body))


async def test_a_letter_in_print_is_a_doubt() -> None:
    """The vendor's 409 is no refusal: it may yet be sent, and is looked up."""
    client, _ = made()
    sent = await client.send(request_for(SEND), CALL)
    with pytest.raises(InDoubt, match="status 409"):
        await client.send(request_for(SEND), CALL)
    assert await client.look_up("notification.send", CALL) == sent
