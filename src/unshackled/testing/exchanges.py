"""What an adapter and its stand-in said to each other, written down on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.sdk.standin import STRUCK

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer as they went over the wire; header names are lower case.

    `struck` is the mode of the switch that struck the call, if any. `status` is 0 and `complete`
    false where the answer broke off.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    status: int
    answer_headers: Headers
    answer_body: bytes
    complete: bool
    struck: str | None


@dataclass
class Tape:
    """Every exchange with one ASGI application, in order."""

    exchanges: list[Exchange] = field(default_factory=list)

    def round(self, app: ASGIApp) -> ASGIApp:
        """The same application, taped."""

        async def taped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            said = _Said(body=await _whole(receive))
            try:
                await app(scope, said.hearing(receive), said.sending(send))
            finally:
                self.exchanges.append(said.exchange(scope))

        return taped


async def _whole(receive: Receive) -> bytes:
    """The body, though the application may answer before it reads it."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


@dataclass
class _Said:
    body: bytes
    status: int = 0
    headers: Headers = field(default_factory=dict)
    answer: bytearray = field(default_factory=bytearray)
    complete: bool = False
    heard: bool = False

    def hearing(self, receive: Receive) -> Receive:
        async def heard() -> Message:
            if self.heard:
                return await receive()
            self.heard = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        return heard

    def sending(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status, self.headers = message["status"], _plain(message["headers"])
            else:
                self.answer += message.get("body", b"")
                self.complete = not message.get("more_body", False)
            await send(message)

        return sent

    def exchange(self, scope: Scope) -> Exchange:
        return Exchange(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=_plain(scope["headers"]),
            body=self.body,
            status=self.status,
            answer_headers=self.headers,
            answer_body=bytes(self.answer),
            complete=self.complete,
            struck=scope.get(STRUCK),
        )


def _plain(headers: Any) -> Headers:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in headers}
