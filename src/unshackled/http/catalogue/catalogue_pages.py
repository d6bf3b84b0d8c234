"""GET /v1/handsets, /tariffs, /credit-plans, /accessories, /trade-ins: what goes with a choice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.catalogue import Catalogue, Freshness, TradeInPrice
from unshackled.domain.codec import encode
from unshackled.domain.time_zones import local
from unshackled.flow.engine.sellable import sold
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.credit_offers import Market, offered
from unshackled.flow.plan.plan import Plan
from unshackled.http.catalogue.catalogue_schemas import (
    Accessories,
    CreditPlans,
    Handsets,
    Tariffs,
    TradeIns,
)
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.prices import NAMED_AT_MOST, catalogue_of
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer, etag, not_modified, unchanged
from unshackled.http.route_documents import CHECKED, answers, secured
from unshackled.markets import market_pack

Sku = Annotated[str | None, Query(max_length=64)]
VARY = "Authorization, Origin"


def _says(model: type[BaseModel], what: str) -> dict[str, Any]:
    """What these routes have in common."""
    problems = (
        *CHECKED,
        "scope_missing",
        "origin_not_allowed",
        "invalid_input",
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
        summary="Handsets that go with a tariff and a credit plan",
        **_says(Handsets, "The handsets."),
    )
    async def handsets(request: Request, tariff: Sku = None, credit_plan: Sku = None) -> Response:
        """All of them, or those that go with what is chosen."""
        found, age = await _catalogue(context, request)
        _known("tariff", tariff, [one.sku for one in found.tariffs])
        _known("credit_plan", credit_plan, [one.code for one in found.credit_plans])
        fitting = found.handsets_with(tariff=tariff, plan=credit_plan)
        return _items(request, found, age, map(encode, fitting))

    @app.get(
        "/v1/tariffs",
        operation_id="listTariffs",
        summary="Tariffs that go with a handset",
        **_says(Tariffs, "The tariffs."),
    )
    async def tariffs(request: Request, handset: Sku = None) -> Response:
        """All of them, or those that are sold with the handset."""
        found, age = await _catalogue(context, request)
        _known("handset", handset, [one.sku for one in found.handsets])
        fitting = found.tariffs_with(handset=handset)
        return _items(request, found, age, map(encode, fitting))

    @app.get(
        "/v1/credit-plans",
        operation_id="listCreditPlans",
        summary="Credit plans that can pay a handset",
        **_says(CreditPlans, "The credit plans."),
    )
    async def credit_plans(request: Request, handset: Sku = None, flow: Sku = None) -> Response:
        """All of them, or those that fit the handset's price, as far as the flow's providers go.

        Without `flow` a plan is as wide as any of the flows that sell credit.
        """
        return await _credit_plans(context, request, handset, flow)

    @app.get(
        "/v1/accessories",
        operation_id="listAccessories",
        summary="Accessories that go with a handset",
        **_says(Accessories, "The accessories."),
    )
    async def accessories(request: Request, handset: Sku = None) -> Response:
        """All of them, or those that are sold with the handset."""
        found, age = await _catalogue(context, request)
        _known("handset", handset, [one.sku for one in found.handsets])
        fitting = found.accessories_with(handset=handset)
        return _items(request, found, age, map(encode, fitting))

    @app.get(
        "/v1/trade-ins",
        operation_id="listTradeIns",
        summary="Old devices that are taken, and what they are worth",
        **_says(TradeIns, "The old devices, with a guide price for each grade."),
    )
    async def trade_ins(request: Request, handset: Sku = None, credit_plan: Sku = None) -> Response:
        """All of them, or those whose value the credit plan can set against the handset."""
        found, age = await _catalogue(context, request)
        _known("handset", handset, [one.sku for one in found.handsets])
        _known("credit_plan", credit_plan, [one.code for one in found.credit_plans])
        fitting = found.trade_ins_with(handset=handset, plan=credit_plan)
        return _items(request, found, age, _by_model(fitting))


async def _credit_plans(
    context: ApiContext, request: Request, handset: str | None, flow: str | None
) -> Response:
    tenant, found, age = await _stock(context, request)
    _known("handset", handset, [one.sku for one in found.handsets])
    selling = _selling_credit(context, tenant)
    _known("flow", flow, list(selling))
    now = local(context.services.clock.now(), tenant.time_zone)
    market = Market(
        catalogue=found,
        now=now,
        rules=market_pack(tenant.market).on(now.date()),
        retailer={"id": tenant.id, "currency": tenant.currency},
        of=tenant.amounts,
    )
    device = found.handset(handset) if handset is not None else None
    flows = [selling[flow]] if flow is not None else list(selling.values())
    plans = (
        offered(one, device, flows, market) for one in found.credit_plans_with(handset=handset)
    )
    items = [encode(one) for one in plans if one is not None]
    return _items(request, found, age, items, mark=_mark(items))


def _selling_credit(context: ApiContext, tenant: Retailer) -> dict[str, Plan]:
    """The flows of a retailer that sell credit, by name."""
    plans = {name: context.services.book.plan(tenant.id, name) for name in tenant.flows}
    return {name: plan for name, plan in plans.items() if "credit" in sold(plan)}


def _mark(items: Sequence[Any]) -> str:
    """Changes with the items: limits of providers are in no version of the catalogue."""
    return sha256(orjson.dumps(items, default=str)).hexdigest()[:16]


async def _catalogue(context: ApiContext, request: Request) -> tuple[Catalogue, Freshness]:
    _, found, freshness = await _stock(context, request)
    return found, freshness


async def _stock(context: ApiContext, request: Request) -> tuple[Retailer, Catalogue, Freshness]:
    caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
    tenant = context.tenant(caller.retailer)
    found = await catalogue_of(context.services, tenant, livemode=caller.livemode)
    return tenant, found, context.services.catalogues.freshness(caller.account)


def _kept(freshness: Freshness) -> dict[str, str]:
    """How old the answer is, and how long a browser may keep it (RFC 9111, RFC 5861)."""
    fresh, stale = (int(one.total_seconds()) for one in (freshness.fresh, freshness.stale))
    return {
        "Age": str(int(freshness.age.total_seconds())),
        "Cache-Control": f"private, max-age={fresh}, stale-if-error={max(stale - fresh, 0)}",
        "Vary": VARY,
    }


def _known(name: str, chosen: str | None, known: Sequence[str]) -> None:
    if chosen is not None and chosen not in known:
        allowed = tuple(known[:NAMED_AT_MOST])
        raise wrong_field(f"query.{name}", "unknown_sku", "is not in the catalogue", allowed)


def _by_model(prices: Sequence[TradeInPrice]) -> list[dict[str, Any]]:
    """The guide prices of each model together, in the catalogue's order."""
    models: dict[str, list[dict[str, Any]]] = {}
    for one in prices:
        models.setdefault(one.model, []).append({"grade": one.grade, "value": one.value})
    return [{"model": model, "grades": grades} for model, grades in models.items()]


def _items(
    request: Request,
    catalogue: Catalogue,
    freshness: Freshness,
    items: Iterable[Any],
    *,
    mark: str = "",
) -> Response:
    tag = etag(f"{catalogue.version}-{mark}" if mark else catalogue.version)
    kept = _kept(freshness)
    if not_modified(request, tag):
        return unchanged(tag, kept)
    body = {
        "currency": catalogue.currency,
        "version": catalogue.version,
        "items": list(items),
    }
    return answer(body, headers={**kept, "ETag": tag})
