"""GET /v1/checkouts and /v1/checkouts/{id}: reading."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.flow.status import Status
from unshackled.http.answers import answer, etag, not_modified, unchanged
from unshackled.http.document import CHECKED, CUSTOMER_OR_SERVER, answers, secured
from unshackled.http.house import House
from unshackled.http.problems import Problem, field_error
from unshackled.http.schemas import Checkout, CheckoutPage
from unshackled.steps import FieldError
from unshackled.store.port import Page


def install(app: FastAPI, house: House) -> None:
    """Add the routes."""

    @app.get(
        "/v1/checkouts",
        tags=["checkouts"],
        operation_id="listCheckouts",
        summary="List checkouts, newest first",
        responses=answers(
            200,
            CheckoutPage,
            "A page.",
            problems=(*CHECKED, "scope_missing", "invalid_input"),
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def listing(
        request: Request,
        status: Annotated[Status | None, Query(description="Only these.")] = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 25,
    ) -> Response:
        """The retailer's own checkouts; `next_cursor` leads to the page after this one."""
        caller = await house.guard.retailer(request, "checkouts:read")
        page = await checkout_page(house, caller.account, status, cursor, limit)
        items = [house.row(row) for row in page.rows]
        return answer({"items": items, "next_cursor": page.next})

    @app.get(
        "/v1/checkouts/{checkout}",
        tags=["checkouts"],
        operation_id="getCheckout",
        summary="Read a checkout",
        responses={
            **answers(
                200,
                Checkout,
                "The checkout.",
                problems=(*CHECKED, "scope_missing", "origin_not_allowed"),
                headers=("ETag",),
            ),
            304: {"description": "The caller's copy (If-None-Match) is good."},
        },
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(
        request: Request,
        checkout: str,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """What is done, what comes next, and every field that is still missing."""
        caller = await house.guard.checkout(request, checkout, "checkouts:read")
        found = await house.found(checkout)
        if not_modified(request, etag(found.version)):
            return unchanged(etag(found.version))
        return house.seen_by(caller).answer(found)


async def checkout_page(
    house: House, account: str, status: str | None, cursor: str | None, limit: int
) -> Page:
    """A page of an account's checkouts; a problem for a cursor that no list gave."""
    try:
        return await house.services.store.checkouts(
            account, status=status, after=cursor, limit=limit
        )
    except ValueError:
        raise wrong_cursor() from None


def wrong_cursor() -> Problem:
    """A cursor that no list gave."""
    error = FieldError(
        path="query.cursor", code="unknown_cursor", message="is not a cursor that this list gave"
    )
    return Problem("invalid_input", "Some parameters are wrong.", errors=[field_error(error)])
