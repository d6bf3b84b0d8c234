"""GET /v1/checkouts and /v1/checkouts/{id}: reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.flow.engine.status import Status
from unshackled.flow.plan.personal_data.search_terms import asked_term
from unshackled.http.checkouts.checkout_schemas import Checkout, CheckoutPage
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.results import result_of
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem, field_error
from unshackled.http.responses import answer, etag, not_modified, unchanged
from unshackled.http.route_documents import CHECKED, CUSTOMER_OR_SERVER, answers, secured
from unshackled.http.sold_flows import require_flow
from unshackled.steps import FieldError
from unshackled.store.stored_records import Filter, Page

Number = Annotated[str | None, Query(min_length=1, max_length=128)]
_REF: Final = "Only of this customer: your own number, in full."
_NUMBER: Final = "Only with this order number, in full."
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FORMAT: Final[dict[str, Any]] = {"format": "date-time"}
_SPAN: Final = "RFC 3339, with its offset; `created_from` is included, `created_to` is not."
Moment = Annotated[str | None, Query(max_length=40, description=_SPAN, json_schema_extra=_FORMAT)]


def install(app: FastAPI, context: ApiContext) -> None:
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
        *,
        status: Annotated[Status | None, Query(description="Only these.")] = None,
        flow: Annotated[str | None, Query(max_length=64, description="Only of this flow.")] = None,
        customer_ref: Annotated[Number, Query(description=_REF)] = None,
        order: Annotated[Number, Query(description=_NUMBER)] = None,
        created_from: Moment = None,
        created_to: Moment = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 25,
    ) -> Response:
        """The retailer's own checkouts; `next_cursor` leads to the page after this one."""
        caller = await context.guard.retailer(request, "checkouts:read")
        only = Filter(
            flow=flow,
            created_from=moment("created_from", created_from),
            created_to=moment("created_to", created_to),
            **searched({"customer_ref": customer_ref, "order": order}, country="GB"),
        )
        await require_flow(context, context.services.store.tables.reports, caller.account, flow)
        page = await checkout_page(
            context, caller.account, status=status, cursor=cursor, limit=limit, only=only
        )
        items = [context.row(row) for row in page.rows]
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
        caller = await context.guard.checkout(request, checkout, "checkouts:read")
        found, seen = await context.load(checkout), context.seen_by(caller)
        more = await result_of(seen, found)  # of an hour ago it counts no more
        if not more and not_modified(request, etag(found.version)):
            return unchanged(etag(found.version))
        return seen.answer(found, more=more)


def searched(sent: Mapping[str, str | None], country: str) -> dict[str, Any]:
    """What is looked up in the search index, by kind, in the one form that it has there."""
    return {
        kind: asked_term(kind, value, country) for kind, value in sent.items() if value is not None
    }


async def checkout_page(
    context: ApiContext,
    account: str,
    *,
    status: str | None,
    cursor: str | None,
    limit: int,
    only: Filter,
) -> Page:
    """A page of an account's checkouts; a problem for a cursor that no list gave."""
    try:
        return await context.services.store.checkouts(
            account, status=status, after=cursor, limit=limit, only=only
        )
    except ValueError:
        raise wrong_cursor() from None


def moment(name: str, text: str | None) -> datetime | None:
    """A time of a query parameter in UTC; a problem for what RFC 3339 does not write like this."""
    if text is None:
        return None
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # looks like a time, and there is none
        pass
    says = "is no time with its offset (RFC 3339; a + is written %2B)"
    raise wrong_field(f"query.{name}", "wrong_time", says, ("2026-11-30T09:00:00Z",))


def wrong_cursor() -> Problem:
    """A cursor that no list gave."""
    error = FieldError(
        path="query.cursor", code="unknown_cursor", message="is not a cursor that this list gave"
    )
    return Problem("invalid_input", "Some parameters are wrong.", errors=[field_error(error)])
