"""GET /v1/flows: what a checkout can begin with, and what each flow sells."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.flow.engine.sellable import sold
from unshackled.http.catalogue.flow_schemas import Flows
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/flows",
        tags=["package builder"],
        operation_id="listFlows",
        summary="What a checkout can begin with",
        responses=answers(
            200,
            Flows,
            "The flows, in the order of the retailer's file.",
            problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
        ),
        openapi_extra=secured("secret", "publishable"),
        response_model=None,
    )
    async def flows(request: Request) -> Response:
        """Every flow with the parts of a package that it sells; the first is the default."""
        caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
        retailer = context.tenant(caller.retailer)
        plans = [context.services.book.plan(retailer.id, name) for name in retailer.flows]
        items = [
            {
                "name": plan.name,
                "title": plan.title,
                "sells": dict(sold(plan)),
                "default": number == 0,
            }
            for number, plan in enumerate(plans)
        ]
        return answer({"items": items})
