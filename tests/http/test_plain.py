"""The hottest operations, served without FastAPI's dependencies: they answer as with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from fastapi.routing import APIRoute, request_response
from starlette.requests import Request
from starlette.responses import Response

from tests.http.world import ApiHarness, Customer
from unshackled.http.plain import HOT, serve_plainly


def hot(app: FastAPI) -> Iterator[APIRoute]:
    """The routes of the hottest operations."""
    for route in app.routes:
        if isinstance(route, APIRoute) and route.operation_id in HOT:
            yield route


async def answers(customer: Customer) -> list[tuple[int, dict[str, str], Any]]:
    """What they answer when they are asked wrongly, and rightly: status, headers, body."""
    world, href = customer.world, customer.href
    long = {"Idempotency-Key": "k" * 256}
    json: dict[str, Any] = {"flow": "handset-on-credit", "package": {}}
    server, found = world.server(), []
    for request in (
        server.build_request("POST", "/v1/checkouts", json=json, headers=long),
        server.build_request("POST", "/v1/checkouts?flow=x", json=json),
        server.build_request("POST", "/v1/checkouts", json=json),
        server.build_request("DELETE", "/v1/checkouts"),
        server.build_request("POST", f"{href}/complete", json={}, headers=long),
        server.build_request("POST", f"{href}/complete", json={}),
        server.build_request("GET", f"{href}?a=1&a=2"),
        server.build_request("GET", href),
        server.build_request("HEAD", href),
        server.build_request("GET", href, headers={"If-None-Match": "*"}),
        server.build_request("GET", "/v1/checkouts/chk_%20none"),
        server.build_request("PUT", f"{href}/steps/nothing", json={}),
        server.build_request("PUT", f"{href}/steps/contact", content=b"{"),
        server.build_request("PUT", f"{href}/steps/contact", json={}, headers={"If-Match": "x"}),
        server.build_request("PUT", f"{href}/steps/a%2Fb?x=1", json={}),
        server.build_request("PUT", f"{href}/steps/contact", headers={"Authorization": "no"}),
    ):
        response = await server.send(request)
        headers = {k: v for k, v in response.headers.items() if k != "etag"}
        found.append((response.status_code, headers, response.content))
    await server.aclose()
    return found


async def test_they_answer_as_by_fastapi(world: ApiHarness) -> None:
    """Wrong parameters, headers, bodies, methods and credentials, and nothing wrong at all."""
    customer = await world.customer()
    plainly = await answers(customer)
    for route in hot(world.app):
        route.app = request_response(route.get_route_handler())
    assert plainly == await answers(customer)
    assert {status for status, *_ in plainly} >= {200, 304, 400, 401, 404, 405, 422}


async def test_a_whole_purchase_is_served_plainly(world: ApiHarness) -> None:
    """Each of the four is declared, and no longer what FastAPI made of it."""
    names = {route.operation_id: route.app.__module__ for route in hot(world.app)}
    assert names == dict.fromkeys(HOT, "unshackled.http.plain")
    customer = await world.customer()
    assert isinstance(await customer.put("contact"), httpx.Response)
    assert (await customer.read())["version"] > customer.made["version"]


async def _query(request: Request, only: Annotated[str | None, Query()] = None) -> Response:
    return Response()


async def _number(request: Request, checkout: int) -> Response:
    return Response()


async def _nothing() -> Response:
    return Response()


@pytest.mark.parametrize(
    ("endpoint", "says"), [(_query, "FastAPI"), (_number, "text"), (_nothing, "request")]
)
def test_what_only_fastapi_can_read_is_refused_at_the_start(endpoint: Any, says: str) -> None:
    """A declaration that would be passed over is a mistake of the program."""
    app = FastAPI()
    app.get("/{checkout}", operation_id="one", response_model=None)(endpoint)
    with pytest.raises(ValueError, match=says):
        serve_plainly(app, ["one"])
