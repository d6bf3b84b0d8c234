"""GET …/stream: the checkout after each change, as server-sent events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from unshackled.domain.checkout import Checkout
from unshackled.http.checkouts.checkout_schemas import Checkout as CheckoutAnswer
from unshackled.http.checkouts.results import has_ended, result_of
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.http.responses import to_bytes
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, secured

_VERSION: Final = re.compile(r"[0-9]{1,18}")
MEDIA: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/checkouts/{checkout}/stream",
        tags=["checkouts"],
        operation_id="streamCheckout",
        summary="Follow a checkout",
        responses={
            **answers(
                200,
                CheckoutAnswer,
                "An event `checkout` for each change; its id is the version.",
                problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
                media=MEDIA,
            ),
            204: {"description": "It has ended and the caller knows its last version."},
        },
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def stream(
        request: Request, checkout: str, last_event_id: Annotated[str | None, Header()] = None
    ) -> Response:
        """The present state at once, unless Last-Event-ID is its version; then every change."""
        caller = await context.guard.checkout(request, checkout, "checkouts:read")
        found = await context.load(checkout)
        known = _VERSION.fullmatch(last_event_id or "")
        seen = int(known[0]) if known else -1
        if seen == found.version and ended(context, found):
            return Response(status_code=204)

        async def may_see() -> bool:
            try:
                await context.guard.checkout(request, checkout, "checkouts:read")
            except Problem:
                return False
            return True

        stream_events = events(context.seen_by(caller), checkout, seen, may_see)
        return StreamingResponse(stream_events, 200, HEADERS, MEDIA)


def ended(context: ApiContext, checkout: Checkout) -> bool:
    """Whether nothing will change any more."""
    return has_ended(checkout) and bool(context.body(checkout)["settled"])


async def anybody() -> bool:
    """No credential ends."""
    return True


async def events(
    context: ApiContext,
    checkout: str,
    version: int,
    may_see: Callable[[], Awaitable[bool]] = anybody,
) -> AsyncGenerator[bytes]:
    """Server-sent events until it ends, the customer leaves, we stop, or the stream is too old.

    Before each one, and with each comment, `may_see` says whether the credentials still count.

    Between changes a comment keeps the connection; with it the store is asked, because another
    process may have changed the checkout.
    """
    services = context.services
    changes = services.engine.watch(checkout)
    opened = services.clock.monotonic()
    pending: asyncio.Future[Checkout] = asyncio.ensure_future(anext(changes))
    try:
        while services.clock.monotonic() - opened < services.stream_limit.total_seconds():
            await asyncio.wait([pending], timeout=services.heartbeat.total_seconds())
            stopped = pending.done() and isinstance(pending.exception(), StopAsyncIteration)
            if stopped or not await may_see():
                return
            if pending.done():
                found: Checkout | None = pending.result()
                pending = asyncio.ensure_future(anext(changes))
            else:
                yield b": still here\n\n"
                found = await services.engine.read(checkout)
            if found is not None and found.version > version:
                version = found.version
                yield event(context, found, await result_of(context, found))
                if ended(context, found):
                    return
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)
        await changes.aclose()  # type: ignore[attr-defined]


def event(context: ApiContext, checkout: Checkout, more: Mapping[str, Any]) -> bytes:
    """One event: its id is the version, its data the resource on one line."""
    head = f"id: {checkout.version}\nevent: checkout\ndata: ".encode()
    return head + to_bytes({**context.body(checkout), **more}) + b"\n\n"
