"""GET …/ledger: who owed whom what in a checkout and its cases, and what moved."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.ledger import Ledger
from unshackled.flow.plan.ledger.checkout_ledger import checkout_ledger
from unshackled.http.checkouts.ledger_schemas import CheckoutLedger, ledger_body
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, secured


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/checkouts/{checkout}/ledger",
        tags=["checkouts"],
        operation_id="readLedger",
        summary="Read who owed whom what, and what moved",
        responses=answers(
            200,
            CheckoutLedger,
            "The ledger.",
            problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
        ),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(request: Request, checkout: str) -> Response:
        """Of the purchase and every case; a customer reads what concerns them."""
        caller = await context.guard.checkout(request, checkout, "checkouts:read")
        found = await context.load(checkout)
        ledger = await ledger_now(context, found)
        if caller.kind == "customer":
            ledger = ledger.seen_by("customer")
        return answer(ledger_body(found.id, ledger))


async def ledger_now(context: ApiContext, checkout: Checkout) -> Ledger:
    """The ledger of a checkout as it is now, by the plans of its purchase and of its cases."""
    plans = context.services.engine.plans
    digests = {checkout.digest, *(run.digest for run in checkout.runs.values())}
    known = {digest: await plans.load(digest) for digest in digests}
    return checkout_ledger(known.__getitem__, checkout, context.services.clock.now())
