"""How the stand-in answers requests: basic auth, Klarna's errors, its idempotency keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import base_of

KEY: Final = "klarna-idempotency-key"
UUID5: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class ApiFault(Exception):
    """An error as Klarna tells it."""

    def __init__(self, status: int, code: str, text: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text or code

    def document(self) -> Response:
        """The answer."""
        body = {
            "error_code": self.code,
            "error_messages": [self.text],
            "correlation_id": str(uuid4()),
        }
        return answer(body, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class KlarnaRequest:
    """One request: its JSON, the parameters of its path, and the stand-in's address."""

    data: Mapping[str, Any]
    params: Mapping[str, str]
    base: str
    mode: Mode | None


Handler = Callable[[KlarnaRequest], Response]


@dataclass(kw_only=True)
class Wire:
    """Routes of Klarna's on a stand-in; a POST with a key is done once for it."""

    stand_in: StandIn
    answers: dict[tuple[str, str], Response] = field(default_factory=dict)

    def on(self, method: str, path: str, operation: str, handler: Handler) -> None:
        """Serve a path."""

        async def endpoint(request: Request, mode: Mode | None) -> Response:
            body = await request.body()
            try:
                _require_key(request)
                asked = KlarnaRequest(
                    data=orjson.loads(body) if body else {},
                    params=request.path_params,
                    base=base_of(request),
                    mode=mode,
                )
                return self._once(request, handler, asked)
            except ApiFault as problem:
                return problem.document()
            except (KeyError, TypeError, ValueError, AttributeError):
                return ApiFault(400, "BAD_VALUE").document()

        self.stand_in.route(path, operation, method)(endpoint)

    def _once(self, request: Request, handler: Handler, body: KlarnaRequest) -> Response:
        key = request.headers.get(KEY)
        if key is None:
            return handler(body)
        if not UUID5.fullmatch(key):
            raise ApiFault(400, "BAD_VALUE", "idempotency key")
        where = (request.url.path, key)
        if where not in self.answers:
            self.answers[where] = handler(body)
        return self.answers[where]


def nothing(status: int = 204, headers: Mapping[str, str] | None = None) -> Response:
    """An answer without a body."""
    return Response(None, status, dict(headers or {}))


def _require_key(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not key:
        raise ApiFault(401, "UNAUTHORIZED")
