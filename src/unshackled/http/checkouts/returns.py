"""GET /v1/returns/{reference}: the customer's browser comes back from a provider's page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.errors import StoreError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.http.checkouts.return_urls import first_page, usable, with_checkout
from unshackled.http.context import ApiContext
from unshackled.http.problems import not_found
from unshackled.http.route_documents import answers

LONGEST_QUERY: Final = 8_000
# A browser that buys on our page has it for each checkout, without any value that counts.
PAGE_COOKIE: Final = "unshackled_page"


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/returns/{reference}",
        status_code=303,
        tags=["providers"],
        operation_id="returnFromProvider",
        summary="Come back from a provider's page",
        responses=answers(303, None, "On to the retailer's page.", headers=("Location",)),
        openapi_extra={"security": []},
        response_model=None,
    )
    async def come_back(request: Request, reference: str) -> Response:
        """A hint to ask the provider now; what the query says is no evidence."""
        services = context.services
        checkout = await services.store.by_reference(reference)
        found = await services.engine.read(checkout) if checkout else None
        if found is None:
            raise not_found()
        with suppress(TimeoutError, Rejected, StoreError):
            async with asyncio.timeout(services.return_wait.total_seconds()):
                back = c.Returned(reference=reference, query=_query(request))
                await services.engine.command(found.id, back)
        ours = f"{PAGE_COOKIE}_{found.id}" in request.cookies
        target = page_of(context, found) if ours else way_back(context, found)
        return Response(status_code=303, headers={"Location": target})


def _query(request: Request) -> dict[str, str]:
    """What the browser brought, for the provider to judge; nothing where it is too much."""
    if len(request.url.query) > LONGEST_QUERY:
        return {}
    return dict(request.query_params)


def page_of(context: ApiContext, checkout: Checkout) -> str:
    """Our own page of a checkout: a browser that left from there comes back to it."""
    return f"{context.services.public_url}/checkout#{checkout.id}"


def way_back(context: ApiContext, checkout: Checkout) -> str:
    """The page that the checkout names, else the retailer's first; the checkout's id in its query.

    A retailer without any gets the resource itself, which the customer's cookie may read.
    """
    pages = context.tenant(checkout.retailer).return_urls
    wanted = checkout.private.return_url
    target = wanted if usable(wanted) else first_page(pages)
    if target is None:
        return f"{context.services.public_url}/v1/checkouts/{checkout.id}"
    return with_checkout(target, checkout.id)
