"""GET /ops/checkouts/{checkout}: all that operators need to know of one, and nothing personal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.decline_details import DeclineDetails
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.runs import RunView
from unshackled.domain.states import State
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import decide
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.handlers.operator import failed_undos, in_doubt
from unshackled.flow.engine.status import status_of
from unshackled.flow.plan.plan import Plan
from unshackled.http.cases.case_shown import case_status
from unshackled.http.checkouts.ledger_routes import ledger_now
from unshackled.http.checkouts.ledger_schemas import ledger_body
from unshackled.http.context import ApiContext
from unshackled.http.ops.audit import entry_body
from unshackled.http.ops.case_targets import targets_of
from unshackled.http.ops.execution import books
from unshackled.http.ops.ops_schemas import OpsCheckout
from unshackled.http.responses import answer
from unshackled.http.route_documents import CHECKED, answers, secured


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the route."""

    @app.get(
        "/ops/checkouts/{checkout}",
        tags=["operations"],
        operation_id="showCheckout",
        summary="Read a checkout as operators see it",
        responses=answers(200, OpsCheckout, "The checkout.", problems=CHECKED),
        openapi_extra=secured("operator"),
        response_model=None,
    )
    async def show(request: Request, checkout: str) -> Response:
        """Each step with its timers and what can be done now, open undos, and the audit log."""
        await context.guard.operator(request)
        found = await context.load(checkout)
        plan, now = (
            context.services.engine.plans.by_digest(found.digest),
            context.services.clock.now(),
        )
        audit, _ = books(context)
        page = await audit.page({"subject": found.id}, limit=50)
        ledger = ledger_body(found.id, await ledger_now(context, found))
        cases = [_case(*target, now) for target in await targets_of(context, found)]
        trail = [entry_body(entry) for entry in page.entries]
        body = _body(plan, found, now)
        return answer({**body, "ledger": ledger, "cases": cases, "audit": trail})


def _body(plan: Plan, checkout: Checkout, now: datetime) -> Mapping[str, Any]:
    status, settled = status_of(plan, checkout, now)
    return {
        "checkout": checkout.id,
        "retailer": checkout.retailer,
        "livemode": checkout.livemode,
        "flow": checkout.flow,
        "status": status,
        "settled": settled,
        "version": checkout.version,
        "created_at": checkout.created_at,
        "updated_at": checkout.updated_at,
        **_moving(plan, checkout, now),
    }


def _moving(plan: Plan, checkout: Checkout, now: datetime) -> Mapping[str, Any]:
    """What can be done with the whole, its steps, and its undos."""
    ends = _allowed(plan, checkout, c.CancelByOperator(reason="look"), now)
    return {
        "can": ["cancel"] if ends else [],
        "steps": [
            step_body(plan, checkout, name, now) for name in plan.steps if name in checkout.steps
        ],
        "undos": [
            {
                "reference": reference,
                "step": undo.step,
                "provider": undo.provider,
                "attempts": undo.attempts,
                "failed": undo.failed,
                "next_at": undo.next_at,
                "give_up_at": undo.give_up_at,
            }
            for reference, undo in checkout.undos.items()
        ],
    }


def _case(name: str, plan: Plan, viewed: RunView, now: datetime) -> Mapping[str, Any]:
    """A case with its own steps."""
    run = viewed.sale.runs[name]
    return {
        "case": name,
        "kind": viewed.case.kind,
        "flow": run.flow,
        "status": case_status(plan, run),
        "settled": run.settled,
        "amount": viewed.case.amount,
        "currency": viewed.case.currency,
        "reason": viewed.case.reason,
        "opened_at": viewed.case.opened_at,
        "opened_by": viewed.case.opened_by,
        **_moving(plan, viewed, now),
    }


def step_body(plan: Plan, checkout: Checkout, name: str, now: datetime) -> Mapping[str, Any]:
    """A step as operators see it."""
    state = checkout.steps[name]
    return {
        "step": name,
        "state": state.state,
        "code": state.code,
        "vendor_code": state.vendor_code,
        "provider": state.provider,
        "reference": state.reference,
        "generation": state.generation,
        "attempt": state.attempt,
        "since": state.updated_at,
        "next_at": state.next_at,
        "give_up_at": state.give_up_at,
        "deadline_at": state.deadline_at,
        "can": list(_can(plan, checkout, name, now)),
        "declines": [_decline(one) for one in checkout.private.declines.get(name, ())],
        "problems": [_problem(one) for one in reversed(checkout.problems.get(name, ()))],
    }


def _decline(details: DeclineDetails) -> Mapping[str, Any]:
    figures = details.figures
    return {
        "lender": details.lender,
        "agencies": [agency.name for agency in details.agencies],
        "disposable": figures.disposable if figures is not None else None,
        "most": figures.most if figures is not None else None,
        "instalment": figures.instalment if figures is not None else None,
    }


def _problem(problem: ProviderProblem) -> Mapping[str, Any]:
    return {
        "at": problem.at,
        "since": problem.since or problem.at,
        "times": problem.times,
        "provider": problem.provider,
        "operation": problem.operation,
        "asked": problem.asked,
        "outcome": problem.outcome,
        "code": problem.code,
        "status": problem.status,
        "vendor_code": problem.vendor_code,
        "request_id": problem.request_id,
        "reference": problem.reference,
        "attempt": problem.attempt,
        "trace_id": problem.trace_id,
    }


def _can(plan: Plan, checkout: Checkout, name: str, now: datetime) -> Iterator[str]:
    """What an operator may do with the step now, as the engine itself would decide."""
    if _allowed(plan, checkout, c.RetryNow(step=name, reason="look"), now):
        yield "retry"
    if _allowed(plan, checkout, c.Skip(step=name, reason="look"), now):
        yield "skip"
    draft = Draft(plan=plan, checkout=checkout, now=now)
    verdicts: tuple[str, ...] = ()
    if in_doubt(draft, plan.steps[name]):
        verdicts = ("declined", "absent")
        yield "resolve passed"
    elif checkout.steps[name].state is State.IN_REVIEW:
        verdicts = ("declined", "retry")
        yield "resolve passed"
    elif failed_undos(draft, plan.steps[name]):
        yield from ("resolve retry", "resolve undone")
    for verdict in verdicts:
        asked: Any = {"step": name, "verdict": verdict, "reason": "look"}
        if _allowed(plan, checkout, c.Resolve(**asked), now):
            yield f"resolve {verdict}"


def _allowed(plan: Plan, checkout: Checkout, command: c.Command, now: datetime) -> bool:
    try:
        decide(plan, checkout, command, now)
    except Rejected:
        return False
    return True
