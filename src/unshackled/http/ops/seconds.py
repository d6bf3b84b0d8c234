"""/ops/requests: actions that wait for a second person, approved or rejected."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from unshackled.http.body import parse, read_object
from unshackled.http.context import ApiContext
from unshackled.http.ops import actions, bulk, letters, personal_data
from unshackled.http.ops import routing as routes
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.execution import (
    Action,
    AuditScope,
    asked_again,
    audited,
    books,
    need_clean,
    outcome_of,
)
from unshackled.http.ops.ops_schemas import OperatorAction, RequestPage, RequestState
from unshackled.http.ops.ops_schemas import OperatorRequest as RequestAnswer
from unshackled.http.problems import Problem, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import BODY, CHECKED, answers, secured, takes
from unshackled.settings import ON_LETTERS, ON_PEOPLE, ON_PROVIDERS, ON_ROUTES
from unshackled.store.side_tables.operator_requests import WAITING, ApprovalRequest

REFUSED = ("request_closed", "request_outdated", "selection_unknown", "letter_closed")
MOVED = ("step_not_due", "effect_in_doubt", "call_under_way", "step_needed", "too_late")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _listing(app, context)
    _approving(app, context)
    _rejecting(app, context)


def _listing(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/ops/requests",
        tags=["operations"],
        operation_id="listRequests",
        summary="What waits for a second person",
        responses=answers(200, RequestPage, "Newest first.", problems=(*CHECKED, "invalid_input")),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def listing(
        request: Request,
        state: Annotated[RequestState | None, Query()] = "waiting",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """A request ends by itself after 24 hours."""
        await context.guard.operator(request)
        _, requests = books(context)
        found = await requests.page(state=state, now=context.services.clock.now(), limit=limit)
        return answer({"items": [request_body(one) for one in found]})


def _approving(app: FastAPI, context: ApiContext) -> None:
    problems = (*CHECKED, *BODY, "second_person_needed", *REFUSED, *MOVED)

    @app.post(
        "/ops/requests/{request_id}/approve",
        tags=["operations"],
        operation_id="approveRequest",
        summary="Carry out what another operator asked for",
        responses=answers(
            200, RequestAnswer, "Done.", problems=(*problems, "unknown_step", "checkout_canceled")
        ),
        openapi_extra={**takes(OperatorAction), **secured("operator")},
        response_model=None,
    )
    async def approve(request: Request, request_id: str) -> Response:
        """Refused, and closed, when things stand otherwise than when it was asked for."""
        action, found = await _decision(context, request, request_id, "approve")
        async with audited(context, action):
            if found is None:
                raise not_found()
            if found.operator == action.operator:
                raise Problem("second_person_needed", "Somebody else must approve it.")
            await _take(context, found, "approved", action.operator)
            await _carry_out(context, found)
        return answer(request_body(await _now(context, found)))


def _rejecting(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/requests/{request_id}/reject",
        tags=["operations"],
        operation_id="rejectRequest",
        summary="Turn a request down, or take it back",
        responses=answers(
            200, RequestAnswer, "Rejected.", problems=(*CHECKED, *BODY, "request_closed")
        ),
        openapi_extra={**takes(OperatorAction), **secured("operator")},
        response_model=None,
    )
    async def reject(request: Request, request_id: str) -> Response:
        """Nothing is done; the first person may take it back like this."""
        action, found = await _decision(context, request, request_id, "reject")
        async with audited(context, action):
            if found is None:
                raise not_found()
            await _take(context, found, "rejected", action.operator)
            await books(context)[1].close(found.id, "rejected")
        return answer(request_body(await _now(context, found)))


async def _decision(
    context: ApiContext, request: Request, request_id: str, name: str
) -> tuple[Action, ApprovalRequest | None]:
    """Who decides on what, as it is written down."""
    operator = await context.guard.operator(request)
    body = parse(OperatorAction, await read_object(request))
    need_clean(body)
    found = await books(context)[1].get(request_id)
    action = Action(
        name=name,
        operator=operator.id,
        reason=body.reason,
        evidence=body.evidence,
        subject=found.subject if found is not None else request_id,
        step=found.step if found is not None else "",
        retailer=found.retailer if found is not None else "",
        detail={"action": found.action, "asked_by": found.operator} if found is not None else {},
        request=request_id[:100],
    )
    return action, found


async def _take(context: ApiContext, request: ApprovalRequest, state: str, by: str) -> None:
    """Only one decision counts, and only in time."""
    _, requests = books(context)
    now = context.services.clock.now()
    if await requests.decide(request.id, state, by, now=now):
        return
    expired = request.state == WAITING and request.expires_at <= now
    word = "expired" if expired else (await _now(context, request)).state
    raise Problem("request_closed", f"The request is {word}.", state=word)


async def _carry_out(context: ApiContext, request: ApprovalRequest) -> None:
    """Do it in the name of the first person, with an entry of its own in the audit log."""
    _, requests = books(context)
    action = asked_again(request)
    try:
        async with audited(context, action) as trail:
            await _perform(context, action, trail)
    except Exception as error:
        await requests.close(request.id, "refused", code=outcome_of(error)[1])
        raise
    await requests.close(request.id, "done")


async def _perform(context: ApiContext, action: Action, trail: AuditScope) -> Any:
    if action.name == "bulk":
        return await bulk.carry_out(context, action, trail)
    if action.name in ON_PEOPLE:
        return await personal_data.carry_out(context, action)
    if action.name in ON_LETTERS:
        return await letters.carry_out(context, action)
    if action.name in (*ON_ROUTES, *ON_PROVIDERS):
        return await routes.carry_out(context, action)
    return await actions.carry_out(context, action)


async def _now(context: ApiContext, request: ApprovalRequest) -> ApprovalRequest:
    return await books(context)[1].get(request.id) or request
