"""How the stand-in answers requests: its key, the platform's errors, lists in pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import base_of

PER_PAGE: Final = 25


class ApiFault(Exception):
    """An error as the platform tells it."""

    def __init__(self, status: int, number: int, message: str, prop: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.number = number
        self.message = message
        self.prop = prop

    def document(self) -> Response:
        """The answer."""
        body = {
            "error": True,
            "code": self.number,
            "message": self.message,
            "context": {"property": self.prop},
        }
        return answer(body, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class DividoRequest:
    """One request: its raw body and JSON, headers, the parameters of path and query."""

    body: bytes
    data: Mapping[str, Any]
    headers: Mapping[str, str]
    params: Mapping[str, str]
    base: str
    mode: Mode | None


Handler = Callable[[DividoRequest], Response]


def on(stand_in: StandIn, method: str, path: str, operation: str, handler: Handler) -> None:
    """Serve a path."""

    async def endpoint(request: Request, mode: Mode | None) -> Response:
        body = await request.body()
        try:
            if not request.headers.get("x-divido-api-key"):
                raise ApiFault(401, 401001, "unauthorized")
            asked = DividoRequest(
                body=body,
                data=orjson.loads(body) if body else {},
                headers=request.headers,
                params={**request.query_params, **request.path_params},
                base=base_of(request),
                mode=mode,
            )
            return handler(asked)
        except ApiFault as problem:
            return problem.document()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            wrong = ApiFault(400, 400002, "payload property missing or invalid", str(error))
            return wrong.document()

    stand_in.route(path, operation, method)(endpoint)


def paged(things: Sequence[Mapping[str, Any]], request: DividoRequest) -> Response:
    """One page of a list, with where it is in the whole."""
    page = int(request.params.get("page", "1"))
    last = max(1, -(-len(things) // PER_PAGE))
    shown = things[(page - 1) * PER_PAGE : page * PER_PAGE]
    meta = {
        "count": len(shown),
        "current_page": page,
        "has_more_pages": page < last,
        "last_page": last,
        "per_page": PER_PAGE,
        "total": len(things),
    }
    return answer({"meta": meta, "data": list(shown)})
