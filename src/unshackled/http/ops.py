"""/ops: what needs a person, and that person's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.flow import commands as c
from unshackled.http.answers import answer
from unshackled.http.body import invalid, parse, read_object
from unshackled.http.checkouts import checkout_page
from unshackled.http.create import wrong_field
from unshackled.http.document import BODY, CHECKED, answers, secured, takes
from unshackled.http.house import House
from unshackled.http.schemas import Checkout as CheckoutAnswer
from unshackled.http.schemas import ResolveStep, StuckPage
from unshackled.telemetry import get_logger

log = get_logger(__name__)
Stuck = Literal["in_review", "in_doubt", "undo_failed", "waiting_provider"]


def install(app: FastAPI, house: House) -> None:
    """Add the routes."""

    @app.get(
        "/ops/checkouts",
        tags=["operations"],
        operation_id="listStuckCheckouts",
        summary="Checkouts with steps that need a person",
        responses=answers(200, StuckPage, "A page.", problems=(*CHECKED, "invalid_input")),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def stuck(
        request: Request,
        retailer: Annotated[str, Query(max_length=64)],
        state: Annotated[Stuck, Query()] = "in_review",
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100, description="Looked at, not found.")] = 100,
    ) -> Response:
        """Newest first; a page holds those of `limit` checkouts that are stuck."""
        await house.guard.operator(request)
        if retailer not in house.services.book.retailers:
            known = tuple(sorted(house.services.book.retailers))
            raise wrong_field("query.retailer", "unknown_retailer", "is not a retailer", known)
        page = await checkout_page(house, retailer, None, cursor, limit)
        rows = [_stuck(row.checkout, row.status, state) for row in page.rows]
        return answer({"items": [row for row in rows if row["steps"]], "next_cursor": page.next})

    @app.post(
        "/ops/checkouts/{checkout}/steps/{step}/resolve",
        tags=["operations"],
        operation_id="resolveStep",
        summary="Decide a step in review, or an undo that failed",
        responses=answers(
            200,
            CheckoutAnswer,
            "The checkout after it.",
            problems=(*CHECKED, *BODY, "unknown_step", "step_not_due"),
        ),
        openapi_extra={**takes(ResolveStep), **secured("operator")},
        response_model=None,
    )
    async def resolve(request: Request, checkout: str, step: str) -> Response:
        """The verdict, the reason and the operator's name are kept in the audit log."""
        operator = await house.guard.operator(request)
        body = parse(ResolveStep, await read_object(request))
        found = await house.found(checkout)
        _check_output(house, found, step, body)
        command = c.Resolve(
            step=step,
            verdict=body.verdict,
            reason=body.reason,
            operator=operator.id,
            output=body.output,
        )
        done = await house.services.engine.command(checkout, command)
        log.info(
            "ops.resolved",
            checkout=checkout,
            step=step,
            verdict=body.verdict,
            operator=operator.id,
            reason=body.reason,
        )
        return house.answer(done)


def _check_output(house: House, checkout: Checkout, step: str, body: ResolveStep) -> None:
    """A verdict `passed` needs an output that the step's port would have given."""
    planned = house.services.engine.plans.by_digest(checkout.digest).steps.get(step)
    shape = planned.definition.output if planned is not None else None
    if shape is None or body.verdict != "passed":
        return
    try:
        decode(shape, body.output or {})
    except ValidationError as error:
        raise invalid(error, shape, "output") from None


def _stuck(checkout: Checkout, status: str, state: str) -> Mapping[str, Any]:
    steps = [
        {
            "step": name,
            "state": found.state,
            "code": found.code,
            "provider": found.provider,
            "reference": found.reference,
            "since": found.updated_at,
        }
        for name, found in checkout.steps.items()
        if found.state == state
    ]
    return {
        "checkout": checkout.id,
        "retailer": checkout.retailer,
        "status": status,
        "steps": steps,
    }
