"""POST /v1/checkouts/search: a person's checkouts, by what a URL and a log must not have."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.body import parse, read_object
from unshackled.http.checkouts.checkout_schemas import CheckoutPage
from unshackled.http.checkouts.privacy_schemas import PersonSearch, SearchCheckouts
from unshackled.http.checkouts.read import checkout_page, searched
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, field_error
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.steps import FieldError
from unshackled.store.lookups import KINDS
from unshackled.store.stored_records import Filter


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.post(
        "/v1/checkouts/search",
        tags=["checkouts"],
        operation_id="searchCheckouts",
        summary="Find a person's checkouts, newest first",
        responses=answers(
            200,
            CheckoutPage,
            "A page; a checkout whose data was erased is in none.",
            problems=(*CHECKED, *BODY, "scope_missing"),
        ),
        openapi_extra={**takes(SearchCheckouts), **secured("secret")},
        response_model=None,
    )
    async def search(request: Request) -> Response:
        """It changes nothing, so it needs no Idempotency-Key; `next_cursor` goes on."""
        caller = await context.guard.retailer(request, "checkouts:read")
        wanted = parse(SearchCheckouts, await read_object(request))
        page = await checkout_page(
            context,
            caller.account,
            status=None,
            cursor=wanted.cursor,
            limit=wanted.limit,
            only=person(wanted, context.country(caller.retailer)),
        )
        items = [context.row(row) for row in page.rows]
        return answer({"items": items, "next_cursor": page.next})


def person(wanted: PersonSearch, country: str) -> Filter:
    """The filter of a search; a problem where nothing is named to search by."""
    if not wanted.terms:
        says = f"names nothing to search by: allowed are {', '.join(KINDS)}"
        error = FieldError(path="$", code="missing", message=says, allowed=KINDS)
        raise Problem("invalid_input", "Some fields are wrong.", errors=[field_error(error)])
    return Filter(**searched(wanted.terms, country))
