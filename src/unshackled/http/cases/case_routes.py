"""GET …/cases and what is done in a case: the customer's data, and its end."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.run_records import Run
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.http.body import parse, read_object, require_bounds
from unshackled.http.cases.case_access import acting, case_answer, list_answer, plan_of_case
from unshackled.http.cases.case_schemas import Case, CaseList
from unshackled.http.cases.case_shown import may_end
from unshackled.http.checkouts.change import STEP_BODY, IfMatch
from unshackled.http.checkouts.checkout_schemas import CancelCheckout
from unshackled.http.checkouts.end import KEYED, Key
from unshackled.http.checkouts.idempotency import claim
from unshackled.http.context import ApiContext, expected
from unshackled.http.problems import Problem
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    CUSTOMER_OR_SERVER,
    answers,
    secured,
    takes,
)

READ: Final = (*CHECKED, "scope_missing", "origin_not_allowed")
CHANGED: Final = (*READ, *BODY, "malformed_header", "version_mismatch", "conflict")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _reading(app, context)
    _submitting(app, context)
    _ending(app, context)


def _reading(app: FastAPI, context: ApiContext) -> None:
    @app.get(
        "/v1/checkouts/{checkout}/cases",
        tags=["cases"],
        operation_id="listCases",
        summary="List the cases of a checkout, and what may be opened",
        responses=answers(200, CaseList, "The cases.", problems=READ, headers=("ETag",)),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def listing(request: Request, checkout: str) -> Response:
        """Oldest first; `possible` says how much of what can be given back, and until when."""
        caller = await context.guard.checkout(request, checkout, "checkouts:read")
        return await list_answer(context, caller, await context.load(checkout))

    @app.get(
        "/v1/checkouts/{checkout}/cases/{case}",
        tags=["cases"],
        operation_id="getCase",
        summary="Read a case",
        responses=answers(200, Case, "The case.", problems=READ, headers=("ETag",)),
        openapi_extra=secured(*CUSTOMER_OR_SERVER),
        response_model=None,
    )
    async def read(request: Request, checkout: str, case: str) -> Response:
        """Its steps and money, what comes next, who is at work and until when."""
        caller = await context.guard.checkout(request, checkout, "checkouts:read")
        return await case_answer(context, caller, await context.load(checkout), case)


def _submitting(app: FastAPI, context: ApiContext) -> None:
    @app.put(
        "/v1/checkouts/{checkout}/cases/{case}/steps/{step}",
        tags=["cases"],
        operation_id="submitCaseStep",
        summary="Send what a step of a case asks for",
        responses=answers(
            200,
            Case,
            "The case after it.",
            problems=(
                *CHANGED,
                "unknown_step",
                "step_not_due",
                "case_canceled",
                "case_completed",
                "case_in_progress",
            ),
            headers=("ETag",),
        ),
        openapi_extra={**STEP_BODY, **secured(*CUSTOMER_OR_SERVER)},
        response_model=None,
    )
    async def submit(
        request: Request, checkout: str, case: str, step: str, if_match: IfMatch = None
    ) -> Response:
        """As the `schema` of its next action says."""
        caller = await context.guard.checkout(request, checkout, "refunds")
        body = await read_object(request)
        require_bounds(body)
        known = await context.load(checkout)
        await plan_of_case(context, known, case)
        command = c.Submit(
            run=case,
            step=step,
            body=body,
            country=context.country(known.retailer),
            bank=context.services.bank,
        )
        try:
            done = await context.services.engine.command(
                checkout, command, expect=expected(request)
            )
        except Rejected as refusal:
            raise _of_case(refusal, (await context.load(checkout)).runs[case]) from None
        return await case_answer(context, caller, done, case)


def _of_case(refusal: Rejected, run: Run) -> Rejected:
    """What was refused because of how the case stands, in words of cases."""
    if refusal.code == "checkout_canceled":
        return Rejected("case_canceled", "the case was ended")
    if refusal.code == "checkout_completed" or (refusal.code == "too_late" and run.completed_at):
        return Rejected("case_completed", "the case is done")
    if refusal.code == "too_late":
        return Rejected("case_in_progress", "the case is being carried out")
    return refusal


def _ending(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/v1/checkouts/{checkout}/cases/{case}/cancel",
        tags=["cases"],
        operation_id="cancelCase",
        summary="End a case without result",
        responses=answers(
            200,
            Case,
            "Canceled; what was done is being taken back until it is `settled`.",
            problems=(
                *CHANGED,
                *KEYED,
                "case_in_progress",
                "case_completed",
                "case_opener_not_allowed",
            ),
            headers=("ETag",),
        ),
        openapi_extra={
            **takes(CancelCheckout, required=False),
            **secured(*CUSTOMER_OR_SERVER),
        },
        response_model=None,
    )
    async def cancel(
        request: Request,
        checkout: str,
        case: str,
        if_match: IfMatch = None,
        idempotency_key: Key = None,
    ) -> Response:
        """Possible while it is `open`; a customer ends what they opened. Again changes nothing."""
        caller = await context.guard.checkout(request, checkout, "refunds")
        sent = await read_object(request)
        reason, by = parse(CancelCheckout, sent).reason, acting(caller)
        known = await context.load(checkout)
        await plan_of_case(context, known, case)
        if not may_end(known.runs[case], by):
            openers = ["operator" if known.runs[case].opened.opened_by == "flow" else "retailer"]
            raise Problem("case_opener_not_allowed", "You did not open this case.", openers=openers)
        key, services = claim(request, caller, sent), context.services
        if key is not None and await key.earlier(services.store) is not None:
            return await case_answer(context, caller, known, case)
        command = c.Cancel(run=case, code=reason, by=by)
        record = key.record(checkout, 200, services.clock) if key else None
        try:
            done = await services.engine.command(
                checkout, command, expect=expected(request), idempotency=record
            )
        except KeyTaken:
            if key is not None:
                await key.earlier(services.store)
            done = await context.load(checkout)
        except Rejected as refusal:
            raise _of_case(refusal, (await context.load(checkout)).runs[case]) from None
        return await case_answer(context, caller, done, case)
