"""GET /ops/checkouts/{checkout}: all that operators need to know of one, and nothing personal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.problems import ProviderProblem
from unshackled.domain.states import State
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import decide
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.handlers.operator import failed_undos, in_doubt
from unshackled.flow.engine.status import status_of
from unshackled.flow.plan.plan import Plan
from unshackled.http.answers import answer
from unshackled.http.document import CHECKED, answers, secured
from unshackled.http.house import House
from unshackled.http.ops.desk import books
from unshackled.http.ops.trail import entry_body
from unshackled.http.ops_schemas import OpsCheckout


def install(app: FastAPI, house: House) -> None:
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
        await house.guard.operator(request)
        found = await house.found(checkout)
        plan, now = house.services.engine.plans.by_digest(found.digest), house.services.clock.now()
        audit, _ = books(house)
        page = await audit.page({"subject": found.id}, limit=50)
        body = _body(plan, found, now)
        return answer({**body, "audit": [entry_body(entry) for entry in page.entries]})


def _body(plan: Plan, found: Checkout, now: datetime) -> Mapping[str, Any]:
    status, settled = status_of(plan, found, now)
    return {
        "checkout": found.id,
        "retailer": found.retailer,
        "livemode": found.livemode,
        "flow": found.flow,
        "status": status,
        "settled": settled,
        "version": found.version,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "can": ["cancel"] if _allowed(plan, found, c.Withdraw(reason="look"), now) else [],
        "steps": [step_body(plan, found, name, now) for name in plan.steps if name in found.steps],
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
            for reference, undo in found.undos.items()
        ],
    }


def step_body(plan: Plan, found: Checkout, name: str, now: datetime) -> Mapping[str, Any]:
    """A step as operators see it."""
    state = found.steps[name]
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
        "can": list(_can(plan, found, name, now)),
        "problems": [_problem(one) for one in reversed(found.problems.get(name, ()))],
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


def _can(plan: Plan, found: Checkout, name: str, now: datetime) -> Iterator[str]:
    """What an operator may do with the step now, as the engine itself would decide."""
    if _allowed(plan, found, c.Hurry(step=name, reason="look"), now):
        yield "retry"
    if _allowed(plan, found, c.Skip(step=name, reason="look"), now):
        yield "skip"
    draft = Draft(plan=plan, checkout=found, now=now)
    verdicts: tuple[str, ...] = ()
    if in_doubt(draft, plan.steps[name]):
        verdicts = ("declined", "absent")
        yield "resolve passed"
    elif found.steps[name].state is State.IN_REVIEW:
        verdicts = ("declined", "retry")
        yield "resolve passed"
    elif failed_undos(draft, plan.steps[name]):
        yield from ("resolve retry", "resolve undone")
    for verdict in verdicts:
        asked: Any = {"step": name, "verdict": verdict, "reason": "look"}
        if _allowed(plan, found, c.Resolve(**asked), now):
            yield f"resolve {verdict}"


def _allowed(plan: Plan, found: Checkout, command: c.Command, now: datetime) -> bool:
    try:
        decide(plan, found, command, now)
    except Rejected:
        return False
    return True
