"""/v1/retailer/webhooks: where a retailer wants events sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.idempotency import claim
from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.http.webhooks import webhook_deliveries
from unshackled.http.webhooks.webhook_schemas import (
    ChangeWebhook,
    CreateWebhook,
    Webhook,
    WebhookPage,
    WebhookSecret,
)
from unshackled.http.webhooks.webhook_service import WebhookService
from unshackled.store.side_tables.endpoints import Endpoint

SCOPE = "admin"
WHERE = "/v1/retailer/webhooks/{endpoint}"
USUAL = (*CHECKED, "scope_missing")
KEYED = ("idempotency_key_missing", "idempotency_key_reused", "malformed_header")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _collection(app, context)
    _one(app, context)
    _ends(app, context)
    webhook_deliveries.install(app, context)


def _collection(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/v1/retailer/webhooks",
        status_code=201,
        tags=["webhooks"],
        operation_id="createWebhook",
        summary="Add an endpoint",
        responses=answers(
            201,
            WebhookSecret,
            "The endpoint, with its secret.",
            problems=(*USUAL, *BODY, *KEYED),
            headers=("Location",),
        ),
        openapi_extra={**takes(CreateWebhook), **secured("secret")},
        response_model=None,
    )
    async def create(
        request: Request, idempotency_key: Annotated[str | None, Header(max_length=255)] = None
    ) -> Response:
        """Events from now on are posted there. Keep the secret: it is shown this once."""
        caller = await context.guard.retailer(request, SCOPE)
        sent = await read_object(request)
        key = claim(request, caller, sent)
        body = parse(CreateWebhook, sent)
        if key is None:
            raise Problem("idempotency_key_missing", "Send an Idempotency-Key with this POST.")
        made, secret = await WebhookService(context).create(caller, body, key)
        headers = {"Location": f"/v1/retailer/webhooks/{made.id}"}
        return answer(_with_secret(made, secret), 201, headers=headers)

    @app.get(
        "/v1/retailer/webhooks",
        tags=["webhooks"],
        operation_id="listWebhooks",
        summary="List endpoints, the oldest first",
        responses=answers(200, WebhookPage, "A page.", problems=(*USUAL, "invalid_input")),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def listing(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 25,
    ) -> Response:
        """Disabled ones too; secrets are never shown again."""
        caller = await context.guard.retailer(request, SCOPE)
        try:
            page = await WebhookService(context).endpoints.page(
                caller.account, after=cursor, limit=limit
            )
        except ValueError:
            raise wrong_cursor() from None
        return answer({"items": [_body(one) for one in page.endpoints], "next_cursor": page.next})


def _one(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        WHERE,
        tags=["webhooks"],
        operation_id="getWebhook",
        summary="Read an endpoint",
        responses=answers(200, Webhook, "The endpoint.", problems=USUAL),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def read(request: Request, endpoint: str) -> Response:
        """Whether it is well, too."""
        caller = await context.guard.retailer(request, SCOPE)
        return answer(_body(await WebhookService(context).own(caller, endpoint)))

    @app.patch(
        WHERE,
        tags=["webhooks"],
        operation_id="changeWebhook",
        summary="Change, enable or disable an endpoint",
        responses=answers(
            200, Webhook, "The endpoint after it.", problems=(*USUAL, *BODY, "conflict")
        ),
        openapi_extra={**takes(ChangeWebhook), **secured("secret")},
        response_model=None,
    )
    async def change(request: Request, endpoint: str) -> Response:
        """What was pending goes on once it is enabled; what came meanwhile can be replayed."""
        caller = await context.guard.retailer(request, SCOPE)
        service = WebhookService(context)
        await service.own(caller, endpoint)
        body = parse(ChangeWebhook, await read_object(request))
        return answer(_body(await service.change(caller, endpoint, body)))


def _ends(app: FastAPI, context: ApiContext) -> None:
    @app.delete(
        WHERE,
        status_code=204,
        tags=["webhooks"],
        operation_id="deleteWebhook",
        summary="Delete an endpoint",
        responses=answers(204, None, "It is gone, and every delivery to it.", problems=USUAL),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def delete(request: Request, endpoint: str) -> Response:
        """For good; to stop for a while, disable it."""
        caller = await context.guard.retailer(request, SCOPE)
        service = WebhookService(context)
        await service.own(caller, endpoint)
        await service.endpoints.remove(endpoint)
        return Response(status_code=204)

    @app.post(
        WHERE + "/rotate",
        tags=["webhooks"],
        operation_id="rotateWebhookSecret",
        summary="Replace the secret",
        responses=answers(
            200, WebhookSecret, "The endpoint, with its new secret.", problems=(*USUAL, "conflict")
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def rotate(request: Request, endpoint: str) -> Response:
        """For 24 hours the secret before it signs as well, so no receiver has to hurry."""
        caller = await context.guard.retailer(request, SCOPE)
        found = await WebhookService(context).rotate(caller, endpoint)
        return answer(_with_secret(found, found.secret))


def _body(one: Endpoint) -> dict[str, Any]:
    return {
        "id": one.id,
        "livemode": is_live(one.retailer),
        "url": one.url,
        "types": one.types,
        "description": one.description,
        "state": one.state,
        "why": one.why,
        "failing_since": one.failing_since,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _with_secret(one: Endpoint, secret: str | None) -> dict[str, Any]:
    until = one.old_secrets[0].until if one.old_secrets else None
    return {**_body(one), "secret": secret, "old_secret_until": until}
