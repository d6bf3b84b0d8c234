"""POST …/erasure: a customer's data goes for good, as far as nothing keeps it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Header
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.flow.engine import commands as c
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.idempotency import claim
from unshackled.http.checkouts.privacy_schemas import AskErasure, Erasure
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes

Key = Annotated[str | None, Header(max_length=255, description="Required.")]
SCOPE = "personal:erase"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/checkouts/{checkout}/erasure",
        tags=["personal data"],
        operation_id="erasePersonalData",
        summary="Erase what is stored of the customer",
        responses=answers(
            200,
            Erasure,
            "Nothing personal is left; the same again changes nothing.",
            problems=(
                *CHECKED,
                *BODY,
                "malformed_header",
                "scope_missing",
                "idempotency_key_missing",
                "idempotency_key_reused",
                "conflict",
                "personal_data_needed",
            ),
        ),
        openapi_extra={**takes(AskErasure, required=False), **secured("secret")},
        response_model=None,
    )
    async def erase(request: Request, checkout: str, idempotency_key: Key = None) -> Response:
        """409 says what keeps the data or a part of it; the rest is erased even so."""
        caller = await context.guard.retailer(request, SCOPE)
        await context.guard.own(caller, checkout)
        sent = await read_object(request)
        command = c.Erase(by="retailer", reason=parse(AskErasure, sent).reason)
        key = claim(request, caller, sent)
        services = context.services
        if key is not None and await key.earlier(services.store) is not None:
            return answer(erasure_body(await context.load(checkout)))
        record = key.record(checkout, 200, services.clock) if key else None
        try:
            found = await services.engine.command(checkout, command, idempotency=record)
        except KeyTaken:
            found = await context.load(checkout)
        return answer(erasure_body(found))


def erasure_body(checkout: Checkout) -> dict[str, Any] | None:
    """What was erased of a checkout; None where nothing was."""
    erasure = checkout.erasure
    if erasure is None:
        return None
    return {
        "checkout": checkout.id,
        "erased_at": erasure.at,
        "by": erasure.by,
        "reason": erasure.reason,
        "whole": erasure.whole,
        "steps": erasure.steps,
        "duties": [encode(duty) for duty in erasure.duties],
    }
