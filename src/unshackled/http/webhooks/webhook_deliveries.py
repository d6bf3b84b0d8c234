"""/v1/retailer/webhooks/{endpoint}/…: what was sent, sending it again, and a test."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.idempotency import claim
from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.http.webhooks.webhook_schemas import (
    ReplayWebhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookReplayed,
)
from unshackled.http.webhooks.webhook_service import WebhookService
from unshackled.store.side_tables.deliveries import DeliveryRecord, DeliveryState

SCOPE = "admin"
USUAL = (*CHECKED, "scope_missing")
WHERE = "/v1/retailer/webhooks/{endpoint}"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _listing(app, context)
    _sending(app, context)


def _listing(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        WHERE + "/deliveries",
        tags=["webhooks"],
        operation_id="listWebhookDeliveries",
        summary="List deliveries, the newest event first",
        responses=answers(200, WebhookDeliveryPage, "A page.", problems=(*USUAL, "invalid_input")),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def listing(
        request: Request,
        endpoint: str,
        *,
        state: Annotated[DeliveryState | None, Query(description="Only these.")] = None,
        checkout: Annotated[
            str | None, Query(max_length=64, description="Of this one only.")
        ] = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 25,
    ) -> Response:
        """What was answered to each, and when it is tried again; kept for 30 days."""
        caller = await context.guard.retailer(request, SCOPE)
        service = WebhookService(context)
        await service.own(caller, endpoint)
        try:
            page = await service.deliveries.page(
                endpoint, state=state, checkout=checkout, after=cursor, limit=limit
            )
        except ValueError:
            raise wrong_cursor() from None
        return answer({"items": [_body(one) for one in page.deliveries], "next_cursor": page.next})


def _sending(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        WHERE + "/replay",
        tags=["webhooks"],
        operation_id="replayWebhook",
        summary="Send events again",
        responses=answers(200, WebhookReplayed, "They are queued.", problems=(*USUAL, *BODY)),
        openapi_extra={**takes(ReplayWebhook), **secured("secret")},
        response_model=None,
    )
    async def replay(request: Request, endpoint: str) -> Response:
        """With the same `webhook-id` as before; in order per checkout among themselves."""
        caller = await context.guard.retailer(request, SCOPE)
        service = WebhookService(context)
        await service.own(caller, endpoint)
        body = parse(ReplayWebhook, await read_object(request))
        if body.until <= body.since:
            raise wrong_field("until", "empty_range", "must be later than since", ())
        queued = await service.deliveries.replay(
            endpoint,
            since=body.since,
            until=body.until,
            now=context.services.clock.now(),
            checkout=body.checkout,
            states=body.states,
        )
        return answer({"queued": queued})

    @app.post(
        WHERE + "/test",
        status_code=202,
        tags=["webhooks"],
        operation_id="testWebhook",
        summary="Send a test event",
        responses=answers(
            202,
            WebhookDelivery,
            "It is queued; its delivery shows what came of it.",
            problems=(*USUAL, "idempotency_key_missing", "malformed_header"),
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def ping(
        request: Request,
        endpoint: str,
        idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
    ) -> Response:
        """A `webhook.ping.v1`, whatever types the endpoint has; skipped while it is disabled."""
        caller = await context.guard.retailer(request, SCOPE)
        service = WebhookService(context)
        await service.own(caller, endpoint)
        key = claim(request, caller, {})
        if key is None:
            raise Problem("idempotency_key_missing", "Send an Idempotency-Key with this POST.")
        return answer(_body(await service.ping(caller, endpoint, key)), 202)


def _body(one: DeliveryRecord) -> dict[str, Any]:
    return {
        "event": one.event,
        "type": one.type,
        "checkout": one.checkout,
        "at": one.at,
        "state": one.state,
        "attempts": one.attempts,
        "next_at": one.next_at if one.state == "pending" else None,
        "status": one.status,
        "error": one.error,
        "tried_at": one.tried_at,
        "delivered_at": one.delivered_at,
        "payload": orjson.loads(one.body),
    }
