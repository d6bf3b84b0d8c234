"""/livez, /readyz and /metrics: for the machines that look after this one."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.checkouts.checkout_schemas import Health
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, field_error, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import answers
from unshackled.http.services import Ping
from unshackled.steps import FieldError

PATIENCE_SECONDS: Final = 2.0
OPEN: Final[dict[str, Any]] = {"security": []}
METRICS: Final = {
    **answers(200, None, "In the Prometheus text format."),
    200: {
        "description": "In the Prometheus text format; 404 where metrics are off.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    shared: dict[str, Shared] = {}

    @app.get(
        "/livez",
        tags=["operations"],
        operation_id="isAlive",
        summary="Whether the process answers",
        responses=answers(200, Health, "It does."),
        openapi_extra=OPEN,
        response_model=None,
    )
    async def alive(request: Request) -> Response:
        """Asks no other part."""
        return answer({"status": "ok"})

    @app.get(
        "/readyz",
        tags=["operations"],
        operation_id="isReady",
        summary="Whether everything it needs answers",
        responses=answers(200, Health, "It does.", problems=("service_not_ready",)),
        openapi_extra=OPEN,
        response_model=None,
    )
    async def ready(request: Request) -> Response:
        """A loop over the registered pings, the store first: something is written to it."""
        named = {"store": context.services.store.ping, **context.services.pings}
        pings = {name: shared.setdefault(name, Shared(ping)) for name, ping in named.items()}
        found = await asyncio.gather(*(_answers(ping) for ping in pings.values()))
        wrong = [
            FieldError(path=name, code="no_answer", message="does not answer")
            for name, fine in zip(pings, found, strict=True)
            if not fine
        ]
        wrong += [
            FieldError(path=name, code="stuck", message=says)
            for name, says in context.services.stuck()
        ]
        if wrong:
            detail = "Something that is needed does not answer, or does not come on."
            raise Problem("service_not_ready", detail, errors=[field_error(one) for one in wrong])
        return answer({"status": "ok", "checks": dict.fromkeys(pings, "ok")})

    @app.get(
        "/metrics",
        tags=["operations"],
        operation_id="readMetrics",
        summary="Metrics for Prometheus",
        responses=METRICS,
        openapi_extra=OPEN,
        response_model=None,
    )
    async def metrics(request: Request) -> Response:
        """Names by OpenTelemetry's conventions."""
        if context.services.metrics is None:
            raise not_found()
        body, media = context.services.metrics()
        return Response(body, 200, media_type=media)


class Shared:
    """A ping that is under way for all who ask meanwhile: frequent requests cost no more."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._under_way: asyncio.Future[None] | None = None

    async def __call__(self) -> None:
        """Wait for the ping under way, or begin one."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(self._ping())
            self._under_way.add_done_callback(_seen)
        await asyncio.shield(self._under_way)


def _seen(ended: asyncio.Future[None]) -> None:
    """Who asked may have gone before it failed."""
    if not ended.cancelled():
        ended.exception()


async def _answers(ping: Ping) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ping()
    except Exception:  # noqa: BLE001 - a ping may break in any way, and none is ours
        return False
    return True
