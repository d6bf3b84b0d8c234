"""POST …/complete and …/cancel: the customer's yes, or the end."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Header
from starlette.requests import Request
from starlette.responses import Response

from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.change import IfMatch
from unshackled.http.checkouts.checkout_schemas import CancelCheckout, CompleteCheckout
from unshackled.http.checkouts.checkout_schemas import Checkout as CheckoutAnswer
from unshackled.http.checkouts.idempotency import Claim, claim
from unshackled.http.checkouts.prices import renew
from unshackled.http.checkouts.results import result_of
from unshackled.http.context import ApiContext, expected
from unshackled.http.problems import Problem
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    COMMAND,
    CUSTOMER_OR_SERVER,
    answers,
    secured,
    takes,
)

Key = Annotated[
    str | None, Header(max_length=255, description="Required of servers; customers may send one.")
]
KEYED = ("idempotency_key_missing", "idempotency_key_reused")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.post(
        "/v1/checkouts/{checkout}/complete",
        tags=["checkouts"],
        operation_id="completeCheckout",
        summary="Say yes to the quote",
        responses=answers(
            200,
            CheckoutAnswer,
            "The checkout; the order may still be on its way.",
            problems=(
                *CHECKED,
                *BODY,
                *COMMAND,
                *KEYED,
                "not_ready",
                "renewing",
                "step_not_due",
                "price_changed",
                "package_unavailable",
                "catalogue_unavailable",
            ),
            headers=("ETag",),
        ),
        openapi_extra={**takes(CompleteCheckout), **secured(*CUSTOMER_OR_SERVER)},
        response_model=None,
    )
    async def complete(
        request: Request, checkout: str, if_match: IfMatch = None, idempotency_key: Key = None
    ) -> Response:
        """An expired quote is priced again first; at another price, 409 with the new quote."""
        caller = await context.guard.checkout(request, checkout, "checkouts:write")
        sent = await read_object(request)
        command = c.Complete(quote_id=parse(CompleteCheckout, sent).quote_id)
        key = claim(request, caller, sent)
        return await _carry_out(context.seen_by(caller), checkout, command, expected(request), key)

    @app.post(
        "/v1/checkouts/{checkout}/cancel",
        tags=["checkouts"],
        operation_id="cancelCheckout",
        summary="End it without an order",
        responses=answers(
            200,
            CheckoutAnswer,
            "Canceled; what was done is being taken back until it is `settled`.",
            problems=(*CHECKED, *BODY, *COMMAND, *KEYED, "too_late"),
            headers=("ETag",),
        ),
        openapi_extra={
            **takes(CancelCheckout, required=False),
            **secured(*CUSTOMER_OR_SERVER),
        },
        response_model=None,
    )
    async def cancel(
        request: Request, checkout: str, if_match: IfMatch = None, idempotency_key: Key = None
    ) -> Response:
        """Possible until the order is being placed; the same again changes nothing."""
        caller = await context.guard.checkout(request, checkout, "checkouts:write")
        sent = await read_object(request)
        reason = parse(CancelCheckout, sent).reason
        by = "customer" if caller.kind == "customer" else "retailer"
        command = c.Cancel(code=reason, by=by)
        key = claim(request, caller, sent)
        return await _carry_out(context.seen_by(caller), checkout, command, expected(request), key)


async def _carry_out(
    context: ApiContext, checkout: str, command: c.Command, expect: int | None, key: Claim | None
) -> Response:
    """One command under its Idempotency-Key, answered with the checkout as it is then."""
    services = context.services
    if key is not None and await key.earlier(services.store) is not None:
        found = await context.load(checkout)
        return context.answer(found, more=await result_of(context, found))
    if isinstance(command, c.Complete):
        expect = await renew(services, await context.recent(checkout), expect, must=True)
    record = key.record(checkout, 200, services.clock) if key else None
    try:
        found = await services.engine.command(checkout, command, expect=expect, idempotency=record)
    except KeyTaken:
        if key is not None:
            await key.earlier(services.store)
        found = await context.load(checkout)
    except Rejected as rejection:
        if rejection.code != "price_changed":
            raise
        quote = context.body(await context.load(checkout))["quote"]
        detail = "The price is not the one that was quoted."
        raise Problem("price_changed", detail, quote=quote) from None
    return context.answer(found, more=await result_of(context, found))
