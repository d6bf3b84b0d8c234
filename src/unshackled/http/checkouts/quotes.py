"""POST /v1/quotes: what a package costs, before any checkout."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.checkout_schemas import AskQuote, Quoted
from unshackled.http.checkouts.create import locale_of, plan_of
from unshackled.http.checkouts.prices import priced, refuse_unsold, refuse_untaken
from unshackled.http.checkouts.prices_shown import quote_body, totals
from unshackled.http.checkouts.representation import package_body
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/quotes",
        tags=["package builder"],
        operation_id="quote",
        summary="Price a package",
        responses=answers(
            200,
            Quoted,
            "The price, and what it is made of.",
            problems=(
                *CHECKED,
                *BODY,
                "scope_missing",
                "origin_not_allowed",
                "invalid_package",
                "part_not_sold",
                "part_required",
                "catalogue_unavailable",
                "no_sandbox",
                "unsupported_locale",
            ),
        ),
        openapi_extra={**takes(AskQuote), **secured("secret", "publishable")},
        response_model=None,
    )
    async def quote(request: Request) -> Response:
        """Nothing is stored: a checkout is priced again when it begins."""
        caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
        body = parse(AskQuote, await read_object(request))
        retailer = context.tenant(caller.retailer)
        locale = locale_of(body.locale, retailer)
        plan = plan_of(context, retailer, body.flow) if body.flow is not None else None
        if plan is not None:
            refuse_unsold(plan, body.package, locale=locale)
        found = await priced(
            context.services, retailer, body.package, livemode=caller.livemode, locale=locale
        )
        if plan is not None:
            refuse_untaken(plan, retailer, found, locale=locale)
        return answer(
            {
                "currency": found.quote.currency,
                "package": package_body(found.package),
                "quote": quote_body(found.package, found.quote, locale),
                "totals": totals(found.quote, locale),
            }
        )
