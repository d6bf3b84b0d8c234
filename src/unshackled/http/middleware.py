"""What wraps every answer: security headers, cross-origin rules, and the answer when all breaks.

One pure ASGI layer, because each layer of middleware is paid for by every request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unshackled.http.problems import Problem
from unshackled.http.responses import problem_answer
from unshackled.telemetry import get_logger

log = get_logger(__name__)

Header = tuple[bytes, bytes]
POLICY: Final = b"content-security-policy"
FIXED: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
DEFAULTS: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (POLICY, b"default-src 'none'; frame-ancestors 'none'"),
)
# For browsers of before `frame-ancestors`, wherever that lets nobody frame an answer.
UNFRAMED: Final[Header] = (b"x-frame-options", b"DENY")
NOBODY: Final = b"frame-ancestors 'none'"
TRANSPORT: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
EXPOSED: Final[Header] = (b"access-control-expose-headers", b"ETag, Location, Retry-After")
PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id",
    ),
    (b"access-control-max-age", b"600"),
)


class ResponseMiddleware:
    """`allowed` says whether a browser page of this origin may read answers at all."""

    def __init__(self, app: ASGIApp, *, allowed: Callable[[str], bool], secure: bool) -> None:
        self._app = app
        self._allowed = allowed
        self._fixed = (*FIXED, TRANSPORT) if secure else FIXED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights, and everything that breaks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        answering = _Answering(send, self._fixed, self._cross_origin(scope), bodiless=head)
        if scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method"):
            await answering.preflight()
            return
        # HEAD is GET without the body (RFC 9110, section 9.3.2), whatever the resource.
        asked = {**scope, "method": "GET"} if head else scope
        try:
            await self._app(asked, receive, answering.send)
        except Exception as error:
            log.exception("request.broken", kind=type(error).__name__)
            if answering.started:
                raise
            problem = Problem("internal_error", "The request could not be carried out.")
            await problem_answer(Request(scope), problem)(scope, receive, answering.send)

    def _cross_origin(self, scope: Scope) -> tuple[Header, ...]:
        origin = _header(scope, b"origin")
        if origin is None or not scope["path"].startswith("/v1/"):
            return ()
        vary = (b"vary", b"Origin")
        if not self._allowed(origin.decode("latin-1")):
            return (vary,)
        allow = (b"access-control-allow-origin", origin)
        return (vary, allow, (b"access-control-allow-credentials", b"true"), EXPOSED)


class _Answering:
    """One answer on its way out."""

    __slots__ = ("_bodiless", "_cross", "_ended", "_fixed", "_send", "started")

    def __init__(
        self,
        send: Send,
        fixed: tuple[Header, ...],
        cross: tuple[Header, ...],
        *,
        bodiless: bool = False,
    ) -> None:
        self._bodiless = bodiless
        self._ended = False
        self._send = send
        self._fixed = fixed
        self._cross = cross
        self.started = False

    async def send(self, message: Message) -> None:
        """Pass on, with our headers."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = message.setdefault("headers", [])
            known = dict(headers)
            headers.extend(self._fixed)
            headers.extend(pair for pair in DEFAULTS if pair[0] not in known)
            if NOBODY in known.get(POLICY, NOBODY):
                headers.append(UNFRAMED)
            headers.extend(self._cross)
        elif self._bodiless and message["type"] == "http.response.body":
            if not self._ended:  # at once, so that a stream ends too
                self._ended = True
                await self._send({"type": "http.response.body", "body": b""})
            return
        await self._send(message)

    async def preflight(self) -> None:
        """204 with what is allowed; nothing of it for a strange origin."""
        allowed = len(self._cross) > 1
        headers = [*PREFLIGHT] if allowed else []
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self._send({"type": "http.response.body", "body": b""})


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
