"""/ops/waiting-rooms: how many customers wait at each retailer's door, and how fast it lets in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.account import is_live, retailer_of
from unshackled.http.context import ApiContext
from unshackled.http.ops.routing_schemas import WaitingRoomList
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/ops/waiting-rooms",
        tags=["operations"],
        operation_id="listWaitingRooms",
        summary="List waiting rooms with their rate and length",
        responses=answers(200, WaitingRoomList, "Every waiting room.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def listing(
        request: Request, *, retailer: Annotated[str | None, Query(max_length=64)] = None
    ) -> Response:
        """Of all replicas, as the store has them now."""
        await context.guard.operator(request)
        admission = context.services.admission
        rooms = await admission.lengths() if admission is not None else {}
        items: list[dict[str, Any]] = [
            {
                "retailer": retailer_of(account),
                "livemode": is_live(account),
                "rate_per_minute": rate.per_minute,
                "waiting": waiting,
                "wait_seconds": waiting * rate.interval // timedelta(seconds=1),
            }
            for account, (rate, waiting) in sorted(rooms.items())
            if retailer in (None, account, retailer_of(account))
        ]
        return answer({"items": items})
