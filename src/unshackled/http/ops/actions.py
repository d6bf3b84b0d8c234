"""POST /ops/checkouts/…: retry, skip, resolve, cancel. Each is a command like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.records import replace
from unshackled.domain.states import AMOUNT_DIFFERS, RESOLVABLE, State
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import decide
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.handlers.operator import ANSWERED, in_doubt
from unshackled.flow.plan.plan import Plan
from unshackled.http.body import invalid, parse, read_object
from unshackled.http.checkouts.checkout_schemas import Checkout as CheckoutAnswer
from unshackled.http.context import ApiContext
from unshackled.http.ops.audit import request_body
from unshackled.http.ops.case_targets import target_of
from unshackled.http.ops.execution import Action, audited, need_clean, needs_second, put_request
from unshackled.http.ops.ops_schemas import (
    CheckoutAction,
    OperatorBody,
    OperatorRequest,
    ResolveStep,
)
from unshackled.http.problems import Problem, field_error, not_found
from unshackled.http.responses import answer
from unshackled.http.route_documents import (
    BODY,
    CHECKED,
    answers,
    second_person_response,
    secured,
    takes,
)
from unshackled.steps import FieldError

Json = Any
ACTED: Final = (*CHECKED, *BODY, "conflict", "step_not_due")
STEP: Final = ("unknown_case", "unknown_step", "effect_in_doubt", "call_under_way")
# What is said of a doubt must be shown: nobody else can tell any more.
SHOWN: Final = ("passed", "declined", "absent")


def install(app: FastAPI, context: ApiContext) -> None:
    """Add the routes."""
    _on_step(app, context, "retry", "retryStep")
    _on_step(app, context, "skip", "skipStep")
    _resolving(app, context)
    _canceling(app, context)


def responses(*problems: str) -> dict[int | str, dict[str, Json]]:
    """The checkout, or 202 with the request where a second person must approve."""
    found = answers(200, CheckoutAnswer, "The checkout after it.", problems=(*ACTED, *problems))
    return {**found, **second_person_response(OperatorRequest)}


def _on_step(app: FastAPI, context: ApiContext, name: str, operation: str) -> None:
    summary, says, problems = _SAYS[name]

    @app.post(
        f"/ops/checkouts/{{checkout}}/steps/{{step}}/{name}",
        tags=["operations"],
        operation_id=operation,
        summary=summary,
        description=says,
        responses=responses(*STEP, *problems),
        openapi_extra={**takes(CheckoutAction), **secured("operator")},
        response_model=None,
    )
    async def act(request: Request, checkout: str, step: str) -> Response:
        operator = await context.guard.operator(request)
        body = parse(CheckoutAction, await read_object(request))
        need_clean(body)
        return await ask(context, _action(name, operator.id, body, checkout, step))


_SAYS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "retry": (
        "Try, ask or undo now",
        (
            "A step in review starts over, a failed undo is sent again; what waits for its next "
            "try, look-up or undo gets it now. An effect in doubt is never sent blindly."
        ),
        (),
    ),
    "skip": (
        "Go on without a step",
        (
            "Only where the flow can do without the step (`best_effort` or `on_decline: skip`); "
            "the problem says why not, and names the steps that come after it."
        ),
        ("step_needed", "checkout_canceled", "checkout_completed"),
    ),
}


def _resolving(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/checkouts/{checkout}/steps/{step}/resolve",
        tags=["operations"],
        operation_id="resolveStep",
        summary="Decide a step in review or in doubt, or an undo that failed",
        responses=responses(*STEP),
        openapi_extra={**takes(ResolveStep), **secured("operator")},
        response_model=None,
    )
    async def resolve(request: Request, checkout: str, step: str) -> Response:
        """What became of a call in doubt needs evidence, once the call was given up."""
        operator = await context.guard.operator(request)
        body = parse(ResolveStep, await read_object(request))
        need_clean(body)
        action = _action("resolve", operator.id, body, checkout, step)
        return await ask(context, action)


def _canceling(app: FastAPI, context: ApiContext) -> None:
    @app.post(
        "/ops/checkouts/{checkout}/cancel",
        tags=["operations"],
        operation_id="cancelByOperator",
        summary="End a checkout",
        responses=responses("too_late", "checkout_canceled", "unknown_case"),
        openapi_extra={**takes(CheckoutAction), **secured("operator")},
        response_model=None,
    )
    async def cancel(request: Request, checkout: str) -> Response:
        """Possible until the order is being placed; everything is taken back."""
        operator = await context.guard.operator(request)
        body = parse(CheckoutAction, await read_object(request))
        need_clean(body)
        return await ask(context, _action("cancel", operator.id, body, checkout))


def _action(name: str, operator: str, body: OperatorBody, checkout: str, step: str = "") -> Action:
    more = body.model_dump(mode="json", exclude={"reason", "evidence"}, exclude_none=True)
    return Action(
        name=name,
        operator=operator,
        reason=body.reason,
        evidence=body.evidence,
        subject=checkout,
        step=step,
        body=more,
        detail={key: value for key, value in more.items() if key != "output"},
    )


async def ask(context: ApiContext, action: Action) -> Response:
    """Carry it out, or keep it for a second person; written down either way."""
    found = await context.services.engine.read(action.subject)
    retailer = found.retailer if found is not None else ""
    async with audited(context, _at(action, retailer)) as trail:
        if found is None:
            raise not_found()
        plan, seen_as = await target_of(context, found, action.case)
        if needs_second(context, action) or accepts_difference(action, seen_as):
            _try_out(context, action, plan, seen_as)
            seen = how_it_stands(seen_as, action.step)
            request = await put_request(context, _at(action, retailer, seen), trail)
            return answer(request_body(request), 202)
        return context.answer(await carry_out(context, action))


def accepts_difference(action: Action, checkout: Checkout) -> bool:
    """Whether it lets an amount pass that is not the one that was asked for.

    That takes two persons whatever the settings say.
    """
    state = checkout.steps.get(action.step)
    differs = state is not None and state.state is State.IN_REVIEW and state.code == AMOUNT_DIFFERS
    return differs and action.body.get("verdict") == "passed"


def _at(action: Action, retailer: str, state: str = "") -> Action:
    return replace(action, retailer=retailer, seen=state)


async def carry_out(context: ApiContext, action: Action) -> Checkout:
    """Send the command; a problem when the checkout stands otherwise than it did when asked."""
    plan, found = await target_of(context, await context.load(action.subject), action.case)
    if action.seen and how_it_stands(found, action.step) != action.seen:
        raise Problem("request_outdated", "It stands otherwise than when this was asked for.")
    _check(context, action, plan, found)
    return await context.services.engine.command(action.subject, _about(action, found))


def _about(action: Action, checkout: Checkout) -> c.ByOperator:
    """The command, about the attempt that was checked: another may begin before it is decided."""
    command, state = command_of(action), checkout.steps.get(action.step)
    if not isinstance(command, c.Resolve) or command.reference or state is None:
        return command
    decided = state.state in RESOLVABLE
    return replace(command, reference=state.reference) if decided else command


def _try_out(context: ApiContext, action: Action, plan: Plan, checkout: Checkout) -> None:
    """Refuse at once what could not be done now."""
    _check(context, action, plan, checkout)
    decide(plan, checkout, command_of(action), context.services.clock.now())


def how_it_stands(checkout: Checkout, step: str) -> str:
    """What a second person's approval counts for: the same text, the same situation."""
    state = checkout.steps.get(step)
    if state is None:
        return "canceled" if checkout.canceled else "open"
    failed = sorted(k for k, one in checkout.undos.items() if one.step == step and one.failed)
    parts = (state.state, state.generation, state.code, state.reference, *failed)
    return "/".join(str(part or "-") for part in parts)


def command_of(action: Action) -> c.ByOperator:
    """The engine's command."""
    who: dict[str, Any] = {
        "reason": action.reason,
        "operator": action.operator,
        "evidence": action.evidence,
        "run": action.case,
    }
    return COMMANDS[action.name](action, who)


def _resolve(action: Action, who: Mapping[str, Any]) -> c.Resolve:
    """The verdict, with the one field of its body that JSON has no type for."""
    until = action.body.get("valid_until")
    body = {**action.body, "valid_until": datetime.fromisoformat(until) if until else None}
    body.pop("case", None)
    return c.Resolve(step=action.step, **body, **who)


COMMANDS: Final[Mapping[str, Callable[[Action, dict[str, Any]], c.ByOperator]]] = {
    "retry": lambda action, who: c.RetryNow(step=action.step, **who),
    "skip": lambda action, who: c.Skip(step=action.step, **who),
    "cancel": lambda _, who: c.CancelByOperator(**who),
    "resolve": _resolve,
}


def _check(context: ApiContext, action: Action, plan: Plan, checkout: Checkout) -> None:
    """A verdict `passed` needs an output as the step's port would have given; a doubt, evidence."""
    planned, now = plan.steps.get(action.step), context.services.clock.now()
    verdict = action.body.get("verdict")
    if planned is None or verdict not in SHOWN:
        return
    if action.evidence is None and in_doubt(Draft(plan=plan, checkout=checkout, now=now), planned):
        says = "is needed: an effect in doubt is decided by what shows it"
        error = FieldError(path="evidence", code="missing", message=says)
        raise Problem("invalid_input", "Some fields are wrong.", errors=[field_error(error)])
    shape = planned.definition.output
    if shape is None or verdict != "passed":
        return
    state = checkout.steps.get(action.step)
    reviewed = state is not None and state.state is State.IN_REVIEW and state.code in ANSWERED
    kept = checkout.output(action.step) if reviewed else None
    try:
        decode(shape, action.body.get("output") or kept or {})
    except ValidationError as error:
        raise invalid(error, shape, "output") from None
