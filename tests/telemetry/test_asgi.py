"""The middleware: server spans, metrics and the access line, by the HTTP conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response

from tests.telemetry.conftest import FIRST_TRACE, Seen
from unshackled.errors import StoreUnavailable
from unshackled.telemetry import CheckoutTrace, bind_checkout, get_logger, tell


def shop(story: CheckoutTrace | None = None) -> FastAPI:
    """An application with a route for each case; its routers are nested as ours are."""
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    inner, outer = APIRouter(), APIRouter(prefix="/v1")

    @inner.get("/{checkout}/steps/{step}")
    async def step(checkout: str, step: str) -> dict[str, str]:
        if story is not None:
            bind_checkout(story)
            tell({"step": step})
        return {}

    @outer.post("/handoffs/{token}/redeem")
    async def redeem(token: str) -> Response:
        return Response(status_code=503)

    @outer.get("/broken")
    async def broken() -> None:
        raise StoreUnavailable("store: away")

    @app.get("/livez")
    async def livez() -> None:
        return None

    outer.include_router(inner, prefix="/checkouts")
    app.include_router(outer)
    return app


async def ask(seen: Seen, method: str, path: str, app: Any = None, **more: Any) -> httpx.Response:
    """One request through the middleware."""
    observed = seen.telemetry.middleware(app or shop(), seen.logger)
    transport = httpx.ASGITransport(observed, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        return await client.request(method, path, **more)


async def test_a_request_is_one_span_named_by_its_route(seen: Seen) -> None:
    """The template of all nested routers, the conventions' attributes, and nothing else."""
    await ask(seen, "GET", "/v1/checkouts/chk_1/steps/contact?email=zelda%40quixano.example")
    (span,) = seen.spans()
    assert span.name == "GET /v1/checkouts/{checkout}/steps/{step}"
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/v1/checkouts/{checkout}/steps/{step}",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "url.path": "/v1/checkouts/chk_1/steps/contact",
        "network.protocol.version": "1.1",
    }


async def test_a_request_writes_one_access_line(seen: Seen, story: CheckoutTrace) -> None:
    """With its trace, its duration and the checkout that the handler told."""
    await ask(seen, "GET", "/v1/checkouts/chk_1/steps/contact", shop(story))
    (line,) = seen.lines()
    (span,) = seen.spans()
    assert line.pop("ms") >= 0
    assert line.pop("span_id") == span.id
    assert line == {
        "time": "2026-03-01T12:00:00Z",
        "level": "info",
        "event": "request",
        "trace_id": span.trace,
        "checkout": "chk_1",
        "retailer": "northstar",
        "livemode": True,
        "flow": "handset-on-credit",
        "step": "contact",
        "method": "GET",
        "route": "/v1/checkouts/{checkout}/steps/{step}",
        "status": 200,
    }
    assert span.attributes["checkout"] == "chk_1"


async def test_a_caller_s_trace_is_continued(seen: Seen) -> None:
    """The W3C header makes the server span a child."""
    await ask(seen, "GET", "/v1/checkouts/c/steps/s", headers={"traceparent": FIRST_TRACE})
    (span,) = seen.spans()
    assert [span.trace, span.parent] == FIRST_TRACE.split("-")[1:3]


async def test_a_caller_s_choice_beats_the_ratio(
    seeing: Callable[[float], Seen],
) -> None:
    """Parent-based sampling, both ways."""
    for ratio, flag, expected in ((0.0, "01", 1), (1.0, "00", 0)):
        seen = seeing(ratio)
        headers = {"traceparent": f"{FIRST_TRACE[:-2]}{flag}"}
        await ask(seen, "GET", "/v1/checkouts/c/steps/s", headers=headers)
        assert len(seen.spans()) == expected


async def test_an_unsampled_request_still_has_a_trace_id(
    seeing: Callable[[float], Seen],
) -> None:
    """Log lines and metrics do not depend on sampling."""
    seen = seeing(0.0)
    await ask(seen, "GET", "/v1/checkouts/c/steps/s")
    assert seen.spans() == []
    assert len(seen.lines()[0]["trace_id"]) == 32
    assert 'http_route="/v1/checkouts/{checkout}/steps/{step}"' in seen.metrics()


async def test_a_token_in_the_path_is_not_recorded(seen: Seen) -> None:
    """Only parameters known to be harmless keep their value."""
    await ask(seen, "POST", "/v1/handoffs/h0nd0ff53cr3t/redeem")
    (span,) = seen.spans()
    assert span.attributes["url.path"] == "/v1/handoffs/{token}/redeem"
    assert "h0nd0ff53cr3t" not in seen.everything()


async def test_an_unknown_path_is_redacted_and_no_label(seen: Seen) -> None:
    """Nobody can fill our metrics with labels, or our logs with addresses."""
    await ask(seen, "GET", "/zelda@quixano.example/" + "x" * 500)
    (line,) = seen.lines()
    assert (line["status"], len(line["route"])) == (404, 120)
    assert "zelda" not in seen.everything()
    assert "xxx" not in seen.metrics()


async def test_an_unknown_method_is_no_label(seen: Seen) -> None:
    """By the conventions it is `_OTHER`."""
    await ask(seen, "ZELDA", "/v1/broken")
    assert 'http_request_method="_OTHER"' in seen.metrics()
    assert "ZELDA" not in seen.everything()


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [("GET", "/v1/broken", "StoreUnavailable"), ("POST", "/v1/handoffs/t/redeem", "503")],
)
async def test_a_failure_of_ours_is_an_error(seen: Seen, method: str, path: str, kind: str) -> None:
    """Status 5xx or an exception: on the span, in the metric, and at level error."""
    await ask(seen, method, path)
    (span,) = seen.spans()
    assert span.failed
    assert span.attributes["error.type"] == kind
    assert f'error_type="{kind}"' in seen.metrics()
    assert seen.lines()[-1]["level"] == "error"


async def test_probes_are_not_observed(seen: Seen) -> None:
    """Health and metrics are asked every few seconds."""
    await ask(seen, "GET", "/livez")
    assert (seen.spans(), seen.lines()) == ([], [])


async def test_requests_under_way_are_counted(seen: Seen) -> None:
    """One while it runs, none afterwards."""
    during: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        during.append(seen.metrics())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    await ask(seen, "GET", "/x", app)
    active = 'http_server_active_requests{http_request_method="GET",url_scheme="http"}'
    assert f"{active} 1.0" in during[0]
    assert f"{active} 0.0" in seen.metrics()


async def test_one_request_leaves_nothing_for_the_next(seen: Seen, story: CheckoutTrace) -> None:
    """What a handler told ends with its request."""
    await ask(seen, "GET", "/v1/checkouts/chk_1/steps/contact", shop(story))
    await ask(seen, "GET", "/v1/checkouts/chk_2/steps/contact")
    assert "checkout" not in seen.lines()[1]
    assert len({line["trace_id"] for line in seen.lines()}) == 2


async def test_other_connections_pass_untouched(seen: Seen) -> None:
    """Lifespan is none of our business."""
    types: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        types.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return {}

    await seen.telemetry.middleware(app, get_logger("x"))({"type": "lifespan"}, nothing, nothing)
    assert (types, seen.spans()) == (["lifespan"], [])
