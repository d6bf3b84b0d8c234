"""Answers that are not the vendor's: what gateways, firewalls and other APIs say in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATUSES: Final = (200, 400, 401, 403, 404, 408, 409, 422, 425, 429, 499, 500, 502, 503)

JSON: Final = "application/json"
PAGE: Final = (
    b"<!DOCTYPE html><html><head><title>Not found</title></head>"
    b"<body><h1>Not found</h1><p>The requested URL was not found on this server.</p></body></html>"
)
FAULT: Final = (
    b'<?xml version="1.0"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">'
    b"<env:Body><env:Fault><faultcode>env:Client</faultcode><faultstring>Rejected by policy"
    b"</faultstring></env:Fault></env:Body></env:Envelope>"
)
# What proves, whoever says it, that nothing was done.
TURNED_AWAY: Final = frozenset({421, 425, 429})
# How other products word an error, and what other APIs answer when all is well.
OTHERS: Final[tuple[Any, ...]] = (
    {},
    None,
    {"message": "no Route matched with those values"},
    {"detail": "Not Found"},
    {"error": "not_found"},
    {"timestamp": "2026-11-30T08:00:00Z", "status": 404, "error": "Not Found", "path": "/x"},
    {"error": {"code": 404, "message": "Not found", "status": "NOT_FOUND"}},
    {"error": {"code": "ResourceNotFound", "message": "No such resource."}},
    {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No such thing."},
    {"errors": [{"status": "404", "title": "Not found", "detail": "No such thing."}]},
    {"errors": [{"message": "Not found", "path": ["order"], "locations": []}]},
    {"code": "NotFound", "message": "No such thing."},
    {"id": "obj_1", "object": "charge", "status": "succeeded", "paid": True},
    {"success": True, "data": []},
    {"result": "ok", "items": [], "total": 0},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """One answer of another party."""

    body: bytes
    kind: str

    def __str__(self) -> str:
        """How it begins."""
        return f"{self.kind} {self.body[:60]!r}"


def unreadable() -> Iterator[Strange]:
    """A few answers of another party of which nothing can be read."""
    yield Strange(body=PAGE, kind="text/html")
    yield Strange(body=b"", kind="text/plain")
    yield Strange(body=b"{}", kind=JSON)


def strange(own: bytes) -> Iterator[Strange]:
    """Every answer of another party, and half of the vendor's `own`."""
    yield Strange(body=PAGE, kind="text/html")
    yield Strange(body=b"", kind="text/plain")
    yield Strange(body=b"no healthy upstream", kind="text/plain")
    yield Strange(body=own[: len(own) // 2] or b'{"half": ', kind=JSON)
    yield Strange(body=FAULT, kind="text/xml")
    yield Strange(body=b"<Error><Code>AccessDenied</Code></Error>", kind="application/xml")
    for other in OTHERS:
        yield Strange(body=orjson.dumps(other), kind=JSON)


@dataclass(kw_only=True)
class Between:
    """Stands between an adapter and its stand-in, and answers request number `at` in its place.

    So it does when that request comes again; nothing of it reaches the stand-in, unless it `passes`
    the request on and only swaps the answer. While `at` is None it only counts. `requests` are
    so many, `struck` says whether it answered one.
    """

    at: int | None = None
    status: int = 404
    with_: Strange | None = None
    requests: int = 0
    struck: bool = False
    passes: bool = False
    _asked: tuple[str, bytes, bytes] | None = None

    def aim(self, at: int, status: int, with_: Strange, *, passes: bool = False) -> None:
        """Strike that request from now on."""
        self.at, self.status, self.with_, self.passes = at, status, with_, passes
        self.requests, self.struck, self._asked = 0, False, None

    def rest(self) -> None:
        """Let everything through, and count from here."""
        self.at, self.with_, self.requests, self._asked = None, None, 0, None

    def between(self, app: ASGIApp) -> ASGIApp:
        """The application behind such a wire."""

        async def stand(scope: Scope, receive: Receive, send: Send) -> None:
            body = await whole(receive)
            asked = (scope["method"], bytes(scope["raw_path"]), body)
            number, self.requests = self.requests, self.requests + 1
            if self.with_ is not None and (number == self.at or asked == self._asked):
                self.struck, self._asked = True, asked
                if self.passes:
                    await app(scope, again(body, receive), _unheard)
                await _say(send, self.status, self.with_)
                return
            await app(scope, again(body, receive), send)

        return stand


async def _unheard(message: Message) -> None:
    """An answer that gets lost."""


async def _say(send: Send, status: int, answer: Strange) -> None:
    size = str(len(answer.body)).encode()
    headers = [(b"content-type", answer.kind.encode()), (b"content-length", size)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, for the application to read."""
    told = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def heard() -> Message:
        return next(told, None) or await receive()

    return heard


async def whole(receive: Receive) -> bytes:
    """The whole body of a request."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(found)
