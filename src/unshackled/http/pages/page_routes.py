"""GET / and the pages of `web/`: HTML is never kept, assets carry their digest and are for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.checkouts.card_forms import frames
from unshackled.http.context import ApiContext
from unshackled.http.pages.page_files import page_files, page_folder
from unshackled.http.pages.page_policy import page_policy
from unshackled.http.problems import not_found

CHECKOUT: Final = "checkout.html"
ELEMENT: Final = "element.js"
# Any shop's page loads it from an address that stays, so it is kept for minutes only.
SHARED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
PAGE: Final = {"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"}


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes; they are no part of the API."""

    @app.get("/checkout", include_in_schema=False, response_model=None)
    async def checkout(request: Request) -> Response:
        """The hosted checkout: whose it is says the fragment, which no server sees."""
        return page(request, CHECKOUT, page_policy(frames=_frames(context)))

    @app.get("/checkout/{retailer}", include_in_schema=False, response_model=None)
    async def checkout_in_frame(request: Request, retailer: str) -> Response:
        """The same for a frame: on the retailer's own origins, and nowhere else."""
        origins = context.tenant(retailer).origins
        return page(request, CHECKOUT, page_policy(frames=_frames(context), framed_by=origins))

    @app.get(f"/{ELEMENT}", include_in_schema=False, response_model=None)
    async def element(request: Request) -> Response:
        """The element that opens the checkout in a frame of a shop's page."""
        return _file(request, ELEMENT, SHARED)

    @app.get("/assets/{name}", include_in_schema=False, response_model=None)
    async def asset(request: Request, name: str) -> Response:
        """A script or a style; its name changes with what is in it."""
        return _file(request, f"assets/{name}", FOR_EVER)


def page(request: Request, name: str, policy: str) -> Response:
    """A built page under its policy; 404 where it was not built."""
    return _file(request, name, {**PAGE, "Content-Security-Policy": policy})


def _file(request: Request, name: str, extra: Mapping[str, str]) -> Response:
    found = page_files(page_folder()).get(name)
    if found is None:
        raise not_found()
    content, headers = found.form_for(request)
    return Response(content, 200, {**extra, **headers}, found.media)


def _frames(context: ApiContext) -> frozenset[str]:
    """The card pages of every retailer: which one it is, the address does not tell."""
    found = set[str]()
    for retailer in context.services.book.retailers.values():
        plans = {name: context.services.book.plan(retailer.id, name) for name in retailer.flows}
        for account in (retailer.id, f"{retailer.id}:test"):
            found |= frames(context.services, account, plans)
    return frozenset(found)
