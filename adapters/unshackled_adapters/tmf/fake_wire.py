"""How the stand-in speaks: Open API errors, lists in pages, bearer tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, Naming, StandIn, answer
from unshackled.sdk.standin_rest import StandInRequest, base_of

Handler = Callable[[StandInRequest], Response]


class ApiFault(Exception):
    """An Open API error: a status, and its code and reason."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.reason = reason

    def document(self) -> Response:
        """As TMF630 has it."""
        body = {"code": self.code, "reason": self.reason, "status": str(self.status)}
        return answer(body, self.status)


def serve(
    stand_in: StandIn, method: str, path: str, operation: str | Naming, handler: Handler
) -> None:
    """Register a route; a missing or unreadable field is 400."""

    async def endpoint(request: Request, mode: Mode | None) -> Response:
        body = await request.body()
        try:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise ApiFault(401, "41", "Missing credentials")
            data = orjson.loads(body) if body else {}
            params = {**request.query_params, **request.path_params}
            return handler(
                StandInRequest(data=data, params=params, key="", base=base_of(request), mode=mode)
            )
        except ApiFault as problem:
            return problem.document()
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            return ApiFault(400, "22", "Invalid body field").document()

    stand_in.route(path, operation, method)(endpoint)


def page(items: Sequence[dict[str, Any]], request: StandInRequest) -> Response:
    """The part of a list that `offset` and `limit` ask for."""
    offset, limit = int(request.params.get("offset", 0)), int(request.params.get("limit", 50))
    part = list(items[offset : offset + limit])
    counts = {"X-Total-Count": str(len(items)), "X-Result-Count": str(len(part))}
    return answer(part, 200, counts)
