"""GET …/events: what happened to a checkout, without anything personal."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live
from unshackled.http.checkouts.checkout_schemas import EventPage
from unshackled.http.checkouts.read import wrong_cursor
from unshackled.http.context import ApiContext
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured
from unshackled.store.stored_records import EventRow

_CURSOR: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,6})")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/v1/checkouts/{checkout}/events",
        tags=["checkouts"],
        operation_id="listEvents",
        summary="Read what happened, oldest first",
        responses=answers(
            200,
            EventPage,
            "A page of events.",
            problems=(*CHECKED, "scope_missing", "invalid_input"),
        ),
        openapi_extra=secured("secret"),
        response_model=None,
    )
    async def events(
        request: Request,
        checkout: str,
        cursor: Annotated[str | None, Query(max_length=40)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
    ) -> Response:
        """`next_cursor` stays after the last page, so that a reader can go on later from it."""
        caller = await context.guard.retailer(request, "checkouts:read")
        await context.guard.own(caller, checkout)
        after = _after(cursor)
        rows = await context.services.store.events(checkout, after=after, limit=limit)
        last = f"{rows[-1].version}-{rows[-1].index}" if rows else cursor
        return answer({"items": [_event(row) for row in rows], "next_cursor": last})


def _after(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise wrong_cursor()
    return int(match[1]), int(match[2])


def _event(row: EventRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "at": row.at,
        "version": row.version,
        "livemode": is_live(row.retailer),
        "data": row.data,
    }
