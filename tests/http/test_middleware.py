"""What wraps every answer: headers, origins, health, and what happens when all breaks."""

import asyncio
from typing import Any

import pytest
from starlette.responses import Response

from tests.http.world import PUBLIC_URL, ApiHarness
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.errors import StoreUnavailable
from unshackled.http.application import create_app
from unshackled.http.pages.page_policy import page_policy
from unshackled.store.memory import MemoryStore
from unshackled.telemetry import start_telemetry

SHOP = "https://shop.northstar.example"


class BrokenStore(MemoryStore):
    """A store that raises what it is told."""

    error: Exception | None = None

    async def load(self, checkout: str) -> Checkout | None:
        """Or the error."""
        if self.error is not None:
            raise self.error
        return await super().load(checkout)


async def broken(world: ApiHarness, error: Exception) -> Any:
    customer = await world.customer()
    store = BrokenStore()
    vars(store).update(vars(world.store))
    store.error = error
    world.engine.store = store
    return await customer.client.get(customer.href)


@pytest.mark.parametrize("path", ["/livez", "/docs", "/openapi.json", "/v1/checkouts", "/nothing"])
async def test_every_answer_has_the_security_headers(world: ApiHarness, path: str) -> None:
    """Good answers and problems alike."""
    async with world.client() as client:
        headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Cache-Control"]


async def test_only_registered_pages_may_frame_what_says_so(world: ApiHarness) -> None:
    """Where an answer names who may, the older header that lets nobody is left out."""
    found: dict[str, Any] = {}

    @world.app.get("/framed/{retailer}", operation_id="framed")
    async def framed(retailer: str) -> Response:
        policy = page_policy(framed_by=world.book.retailers[retailer].origins)
        return Response(headers={"Content-Security-Policy": policy})

    async with world.client() as client:
        for path in ("/framed/northstar", "/livez"):
            found[path] = (await client.get(path)).headers
    policy = found["/framed/northstar"]["Content-Security-Policy"]
    assert f"; frame-ancestors {SHOP};" in policy
    assert "X-Frame-Options" not in found["/framed/northstar"]
    assert found["/livez"]["X-Frame-Options"] == "DENY"
    assert "; frame-ancestors 'none';" in page_policy()


async def test_a_checkout_is_never_kept_by_a_cache(world: ApiHarness) -> None:
    """Its answers are `no-store`."""
    customer = await world.customer()
    assert (await customer.client.get(customer.href)).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("origin", "allowed"), [(SHOP, 1), (PUBLIC_URL, 1), ("https://x.example", 0)]
)
async def test_only_registered_origins_may_ask_from_a_page(
    world: ApiHarness, origin: str, allowed: int
) -> None:
    """A preflight and the request after it name the origin, or say nothing."""
    async with world.client() as client:
        headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        preflight = await client.options("/v1/checkouts/chk_1/steps/contact", headers=headers)
        request = await client.get("/v1/checkouts/chk_1", headers={"Origin": origin})
    assert preflight.status_code == 204
    assert ("PUT" in preflight.headers.get("Access-Control-Allow-Methods", "")) == bool(allowed)
    for answer in (preflight, request):
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert answer.headers["Vary"] == "Origin"


async def test_operations_are_for_no_page(world: ApiHarness) -> None:
    """No cross-origin answer outside /v1."""
    async with world.client(Origin=SHOP) as client:
        assert "Access-Control-Allow-Origin" not in (await client.get("/ops/checkouts")).headers


async def test_a_store_that_is_away_is_503(world: ApiHarness) -> None:
    """With Retry-After, and nothing of the reason."""
    answer = await broken(world, StoreUnavailable("disk on fire"))
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert "fire" not in answer.text


async def test_a_bug_is_500_without_its_text(world: ApiHarness) -> None:
    """The customer learns that it broke, not how."""
    answer = await broken(world, RuntimeError("password is swordfish"))
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_readiness_is_a_loop_over_pings() -> None:
    """Whatever does not answer is named; life does not depend on it."""

    async def fine() -> None:
        return None

    async def silent() -> None:
        raise OSError("no route")

    world = ApiHarness(pings={"queue": fine, "broker": silent})
    await world.open()
    async with world.client() as client:
        ready, alive = await client.get("/readyz"), await client.get("/livez")
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert [error["path"] for error in ready.json()["errors"]] == ["broker"]
    assert "route" not in ready.text


async def test_what_does_not_come_on_is_not_ready(world: ApiHarness) -> None:
    """With its name and since when; what is well is not in the answer."""
    held = [("events.relay", "has not come on since 2026-11-22T12:00:00+00:00")]
    world.app = create_app(replace(world.services, stuck=lambda: held))
    async with world.client() as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        (error,) = answer.json()["errors"]
        assert (error["path"], error["code"]) == ("events.relay", "stuck")
        assert "since 2026-11-22" in error["message"]
        held.clear()
        assert (await client.get("/readyz")).status_code == 200


async def test_readiness_names_what_it_asked(world: ApiHarness) -> None:
    """The store is always among them."""
    async with world.client() as client:
        assert (await client.get("/readyz")).json()["checks"] == {"store": "ok"}
        await world.store.close()
        assert (await client.get("/readyz")).status_code == 503


async def test_many_who_ask_whether_it_is_ready_are_one(world: ApiHarness) -> None:
    """What is under way is waited for, not begun again; who comes later begins anew."""
    asked, begun, end = 0, asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        nonlocal asked
        asked += 1
        begun.set()
        await end.wait()

    world = ApiHarness(pings={"slow": slow})
    await world.open()
    async with world.client() as client:
        many = [asyncio.ensure_future(client.get("/readyz")) for _ in range(5)]
        await begun.wait()
        end.set()
        assert {one.status_code for one in await asyncio.gather(*many)} == {200}
        first = asked
        await client.get("/readyz")
    assert (first, asked) == (1, 2)


async def test_heads_are_gets_without_a_body(world: ApiHarness) -> None:
    """Every route that takes GET takes HEAD, with the same status and headers."""
    async with world.client() as client:
        document = (await client.get("/openapi.json")).json()
        paths = [path for path, item in document["paths"].items() if "get" in item]
        for path in [*paths, "/docs", "/openapi.json"]:
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            assert head.headers.get("content-type") == got.headers.get("content-type"), path


async def test_metrics_are_as_they_are_rendered(world: ApiHarness) -> None:
    """In the text format of who renders them."""
    async with world.client() as client:
        answer = await client.get("/metrics")
    assert (answer.text, answer.headers["Content-Type"]) == (
        "up 1\n",
        "text/plain; version=0.0.4; charset=utf-8",
    )


async def test_layers_wrap_everything() -> None:
    """The layers that the composition root hands in see each request, the first one outermost."""
    seen: list[str] = []

    def layer(name: str) -> Any:
        def wrap(app: Any) -> Any:
            async def call(scope: Any, receive: Any, send: Any) -> None:
                seen.append(name)
                await app(scope, receive, send)

            return call

        return wrap

    world = ApiHarness(layers=(layer("outer"), layer("inner")))
    async with world.client() as client:
        await client.get("/livez")
    assert seen == ["outer", "inner"]


async def test_head_answers_as_get_does_without_the_body(world: ApiHarness) -> None:
    """Status and headers are the same, wrong credentials and missing pages included."""
    customer = await world.customer()
    paths = (customer.href, "/livez", "/v1/handsets", "/docs", "/nowhere", "/v1/checkouts/chk_x")
    async with world.server() as server:
        for path in paths:
            seen, asked = await server.get(path), await server.head(path)
            assert asked.status_code == seen.status_code, path
            assert {**asked.headers} == {**seen.headers}, path
            assert asked.content == b""
        assert (await server.head(f"{customer.href}/complete")).status_code == 405


async def test_head_of_a_stream_ends_at_once(world: ApiHarness) -> None:
    """Nobody is kept waiting for events that have no place in the answer."""
    customer = await world.customer()
    async with asyncio.timeout(10):
        answer = await customer.client.head(f"{customer.href}/stream")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")


async def test_a_broken_request_names_its_trace() -> None:
    """A customer can quote the trace id of a 500 to support."""
    telemetry = start_telemetry()
    world = ApiHarness(layers=(telemetry.middleware,))
    await world.open()
    made = await world.create()
    world.engine.plans = None  # type: ignore[assignment]
    async with world.client(made.json()["customer_token"]) as customer:
        answer = await customer.get(f"/v1/checkouts/{made.json()['id']}")
    telemetry.shutdown()
    assert answer.status_code == 500
    assert len(answer.json()["trace_id"]) == 32
