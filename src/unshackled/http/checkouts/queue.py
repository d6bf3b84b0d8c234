"""POST …/queue: another place in the waiting room, for whoever lost their turn."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.waiting_room import QueuePlace
from unshackled.flow.engine import commands as c
from unshackled.http.checkouts.checkout_schemas import Checkout as CheckoutAnswer
from unshackled.http.checkouts.queue_places import holder_of
from unshackled.http.context import ApiContext
from unshackled.http.route_documents import (
    CHECKED,
    COMMAND,
    CUSTOMER_OR_SERVER,
    answers,
    secured,
)
from unshackled.http.services import Services


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/checkouts/{checkout}/queue",
        tags=["checkouts"],
        operation_id="joinQueue",
        summary="Take another place in the waiting room",
        responses=answers(
            200,
            CheckoutAnswer,
            "The checkout with its place, or begun where nobody waits.",
            problems=(*CHECKED, *COMMAND),
            headers=("ETag",),
        ),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def join(request: Request, checkout: str) -> Response:
        """For whoever lost their turn; of any other checkout nothing changes."""
        caller = await context.guard.checkout(request, checkout, "checkouts:write")
        found = await context.load(checkout)
        if found.queue is not None and found.queue.lapsed_at is not None:
            place = await _again(context.services, found)
            found = await context.services.engine.command(checkout, c.JoinQueue(queue=place))
        return context.seen_by(caller).answer(found)


async def _again(services: Services, checkout: Checkout) -> QueuePlace:
    """The next place; where nobody waits it is their turn at once."""
    place = None
    if services.admission is not None:
        holder = holder_of(checkout.private.customer_ref, f"checkout:{checkout.id}")
        place = await services.admission.place(checkout.account, checkout.retailer, holder)
    now = services.clock.now()
    return place or QueuePlace(admit_at=now, joined_at=now, per_minute=0)
