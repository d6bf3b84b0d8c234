"""GET /v1/handsets, /tariffs, /credit-plans, /accessories, /trade-ins: what goes with a choice."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.catalogue.catalogue_schemas import (
    Accessories,
    CreditPlans,
    Handsets,
    Tariffs,
    TradeIns,
)
from unshackled.http.catalogue.choices import TheChoice
from unshackled.http.catalogue.credit_list import credit_plans_of
from unshackled.http.catalogue.item_list import answered, by_model, list_of, opened
from unshackled.http.catalogue.plan_examples import with_examples
from unshackled.http.catalogue.stock_shown import InStock, with_stock
from unshackled.http.context import ApiContext
from unshackled.http.route_documents import CHECKED, answers, secured

Flow = Annotated[
    str | None,
    Query(max_length=64, description="Flow whose providers' limits count; without it, any flow's."),
]


def _says(model: type[BaseModel], what: str) -> dict[str, Any]:
    """What these routes have in common."""
    problems = (
        *CHECKED,
        "scope_missing",
        "origin_not_allowed",
        "invalid_input",
        "unsupported_locale",
        "catalogue_unavailable",
        "no_sandbox",
    )
    return {
        "tags": ["package builder"],
        "responses": {
            **answers(
                200, model, what, problems=problems, headers=("ETag", "Age", "Cache-Control")
            ),
            304: {"description": "The caller's copy (If-None-Match) is good."},
        },
        "openapi_extra": secured("secret", "publishable"),
        "response_model": None,
    }


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.get(
        "/v1/handsets",
        operation_id="listHandsets",
        summary="Handsets that go with what is chosen",
        **_says(Handsets, "The handsets."),
    )
    async def handsets(request: Request, choice: TheChoice, in_stock: InStock) -> Response:
        """All of them, or those with which everything that is chosen can be priced."""
        asker = await opened(context, request, choice)
        found = list_of(asker, "handset", asker.catalogue.handsets)
        return await with_stock(context, request, asker, found, in_stock=in_stock)

    @app.get(
        "/v1/tariffs",
        operation_id="listTariffs",
        summary="Tariffs that go with what is chosen",
        **_says(Tariffs, "The tariffs."),
    )
    async def tariffs(request: Request, choice: TheChoice) -> Response:
        """All of them, or those with which everything that is chosen can be priced."""
        asker = await opened(context, request, choice)
        found = list_of(asker, "tariff", asker.catalogue.tariffs)
        return answered(request, asker, found)

    @app.get(
        "/v1/credit-plans",
        operation_id="listCreditPlans",
        summary="Credit plans that can pay what is chosen",
        **_says(CreditPlans, "The credit plans."),
    )
    async def credit_plans(request: Request, choice: TheChoice, flow: Flow = None) -> Response:
        """All of them, or those that can pay what is chosen, as far as the flow's providers go.

        Without `flow` a plan is as wide as any of the flows that sell credit.
        """
        asker = await opened(context, request, choice)
        found = credit_plans_of(context, asker, flow)
        return answered(request, asker, found, with_examples(asker, found))

    @app.get(
        "/v1/accessories",
        operation_id="listAccessories",
        summary="Accessories that go with what is chosen",
        **_says(Accessories, "The accessories."),
    )
    async def accessories(request: Request, choice: TheChoice, in_stock: InStock) -> Response:
        """All of them, or those that can be bought beside everything that is chosen."""
        asker = await opened(context, request, choice)
        found = list_of(asker, "accessories", asker.catalogue.accessories)
        return await with_stock(context, request, asker, found, in_stock=in_stock)

    @app.get(
        "/v1/trade-ins",
        operation_id="listTradeIns",
        summary="Old devices that are taken, and what they are worth",
        **_says(TradeIns, "The old devices, with a guide price for each grade."),
    )
    async def trade_ins(request: Request, choice: TheChoice) -> Response:
        """All of them, or those with whose value everything that is chosen can be priced."""
        asker = await opened(context, request, choice)
        found = list_of(asker, "trade_in", asker.catalogue.trade_ins)
        return answered(request, asker, found, by_model)
