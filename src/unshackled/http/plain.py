"""Serving the hottest operations without FastAPI's dependencies: 150 µs less for each request.

They are declared as every other one, so the document is the same; what a request needs of that
declaration (its path, the bounds of its headers, which query parameters there are) is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from unshackled.http.parameters import refuse_unknown

# What a checkout is made of, again and again.
HOT: Final = ("createCheckout", "getCheckout", "submitStep", "completeCheckout")
Check = Callable[[Request], None]


def serve_plainly(app: FastAPI, operations: Collection[str] = HOT) -> None:
    """Call the endpoints of these operations directly; raises `ValueError` where that cannot be."""
    routes = {route.operation_id: route for route in app.routes if isinstance(route, APIRoute)}
    for operation in operations:
        route = routes[operation]
        _require_simple(operation, route.dependant)
        route.app = _plain(route)


def _require_simple(operation: str, needs: Dependant) -> None:
    """Endpoints take the request, their path as text, and headers that they read themselves."""
    others = [one for one in needs.dependencies if one.call is not refuse_unknown]
    if needs.query_params or needs.body_params or needs.cookie_params or others:
        raise ValueError(f"operation {operation}: has parameters that only FastAPI reads")
    if needs.request_param_name != "request":
        raise ValueError(f"operation {operation}: takes no `request`")
    for one in (*needs.path_params, *needs.header_params):
        if one.field_info.annotation not in (str, str | None):
            raise ValueError(f"operation {operation}: {one.name} is more than text")


def _plain(route: APIRoute) -> ASGIApp:
    endpoint = route.endpoint
    bounded = [one for one in route.dependant.header_params if one.field_info.metadata]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        if scope["query_string"]:
            await refuse_unknown(request)
        if bounded:
            _require_bounds(request, bounded)
        response = await endpoint(request, **scope["path_params"])
        await response(scope, receive, send)

    return app


def _require_bounds(request: Request, headers: Sequence[Any]) -> None:
    """The same refusal as FastAPI's, for what is declared of a header."""
    for one in headers:
        sent = request.headers.get(one.alias)
        if sent is None:
            continue
        _, wrong = one.validate(sent, {}, loc=("header", one.alias))
        if wrong:
            raise RequestValidationError(wrong)
