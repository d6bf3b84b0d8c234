"""POST and GET /v1/quotes: what a package costs, before any checkout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.stock_level import promised_day
from unshackled.domain.stored_quote import StoredQuote, stored_quote
from unshackled.http.auth.credentials import Caller
from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.create import locale_of, plan_of
from unshackled.http.checkouts.prices import priced, refuse_unsold, refuse_untaken
from unshackled.http.checkouts.quote_schemas import AskQuote, Quoted
from unshackled.http.checkouts.quote_service import PATH, quote_resource, read_quote, store_quote
from unshackled.http.context import ApiContext
from unshackled.http.problems import not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes

PROBLEMS: Final = (
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
    "too_many_requests",
)
Locale = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z]{2}-[A-Z]{2}$",
        description="What it is told in: English or German. By default the retailer's.",
    ),
]


def _stored_answers() -> Mapping[int | str, Mapping[str, Any]]:
    """201 for a new quote, 200 for one that was there, and the problems."""
    new = answers(201, Quoted, "The price, stored.", problems=PROBLEMS, headers=("Location",))
    there = {**new[201], "description": "The same was asked for a moment ago: the same quote."}
    return {200: there, **new}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""

    @app.post(
        PATH,
        status_code=201,
        tags=["package builder"],
        operation_id="quote",
        summary="Price a package",
        responses={status: dict(one) for status, one in _stored_answers().items()},
        openapi_extra={**takes(AskQuote), **secured("secret", "publishable")},
        response_model=None,
    )
    async def quote(request: Request) -> Response:
        """The price is stored, and kept while it is valid: a checkout can begin from it.

        An API key may store 60 new quotes in a minute.
        """
        caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
        body = parse(AskQuote, await read_object(request))
        locale = locale_of(body.locale, context.tenant(caller.retailer))
        asked = await _price(context, caller, body, locale)
        stored, new = await store_quote(context.services, asked)
        status, headers = 201 if new else 200, {"Location": f"{PATH}/{stored.id}"}
        return answer(_body(context, stored, caller, locale), status, headers=headers)

    @app.get(
        PATH + "/{quote}",
        tags=["package builder"],
        operation_id="getQuote",
        summary="Read a quote",
        responses=answers(
            200,
            Quoted,
            "The price as it was stored, valid or expired.",
            problems=(
                *CHECKED,
                "scope_missing",
                "origin_not_allowed",
                "invalid_input",
                "unsupported_locale",
            ),
        ),
        openapi_extra=secured("secret", "publishable"),
        response_model=None,
    )
    async def read(request: Request, quote: str, locale: Locale = None) -> Response:
        """By any key of its retailer, of the same mode; until 7 days after its validity."""
        caller = await context.guard.retailer(request, "checkouts:read", publishable=True)
        words = locale_of(locale, context.tenant(caller.retailer))
        stored = await read_quote(context.services, caller.account, quote)
        if stored is None:
            raise not_found()
        return answer(_body(context, stored, caller, words))


async def _price(context: ApiContext, caller: Caller, body: AskQuote, locale: str) -> StoredQuote:
    """What is asked for with its price, not stored yet; or what is wrong with it."""
    services, retailer = context.services, context.tenant(caller.retailer)
    selection = body.package.to_price()
    plan = plan_of(context, retailer, body.flow) if body.flow is not None else None
    if plan is not None:
        refuse_unsold(plan, selection, locale=locale)
    found = await priced(services, retailer, selection, livemode=caller.livemode, locale=locale)
    if plan is not None:
        refuse_untaken(plan, retailer, found, locale=locale)
    return stored_quote(
        caller.account,
        caller.id,
        body.flow,
        selection,
        found,
        now=services.clock.now(),
        validity=retailer.quote_validity,
    )


def _body(context: ApiContext, stored: StoredQuote, caller: Caller, locale: str) -> Any:
    services, retailer = context.services, context.tenant(caller.retailer)
    known = services.stock.recent_levels(caller.account) if services.stock is not None else {}
    return {
        **quote_resource(retailer, stored, services.clock.now(), locale),
        "promised": promised_day(known, stored.bought()),
    }
