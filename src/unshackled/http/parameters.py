"""Query parameters: what a route does not know is refused, as unknown fields of bodies are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

from unshackled.http.body import path_of
from unshackled.http.problems import Problem, field_error
from unshackled.steps import FieldError

# What providers and their pages add to an address of ours is their own affair.
PROVIDERS: Final = frozenset({"receiveCallback", "returnFromProvider"})

# The address of a customer's page gets more on its way: from mail programs, from adverts.
PAGES: Final = frozenset({"/checkout", "/checkout/{retailer}", "/element.js"})


async def refuse_unknown(request: Request) -> None:
    """A problem for every query parameter that the route does not have, or that is given twice."""
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    if route.operation_id in PROVIDERS or route.path in PAGES:
        return
    allowed, sent = names(route), [name for name, _ in request.query_params.multi_items()]
    lists = repeatable(route)
    errors = [
        field_error(FieldError(path=path_of(("query", name)), code=code, message=says), allowed)
        for name in dict.fromkeys(sent)
        for code, says in _wrong(name, allowed, 1 if name in lists else sent.count(name))
    ]
    if errors:
        raise Problem("invalid_input", "Some parameters are wrong.", errors=errors)


def _wrong(name: str, allowed: tuple[str, ...], times: int) -> tuple[tuple[str, str], ...]:
    if name not in allowed:
        return (("unknown_parameter", "is not a parameter here"),)
    return (("repeated_parameter", "is given more than once"),) if times > 1 else ()


def names(route: APIRoute) -> tuple[str, ...]:
    """The query parameters of a route, in its order."""
    return tuple(field.alias for field in _fields(route.dependant))


def repeatable(route: APIRoute) -> frozenset[str]:
    """Those that are a list, one value each time."""
    fields = _fields(route.dependant)
    return frozenset(one.alias for one in fields if get_origin(one.field_info.annotation) is list)


def _fields(dependant: Dependant) -> Iterator[Any]:
    """A route's own parameters, then those of what it depends on."""
    yield from dependant.query_params
    for one in dependant.dependencies:
        yield from _fields(one)
