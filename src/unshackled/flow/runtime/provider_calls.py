"""Sending the work of a checkout: one call to one provider, and what it brought as a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from unshackled.domain.checkout import (
    Checkout,
    reference_of,
    supply_reference_of,
    undo_reference_of,
)
from unshackled.domain.codec import decode, digest
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.records import Record
from unshackled.domain.runs import RunView
from unshackled.errors import NotSent, ProviderError, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import (
    SKEW,
    given_up_by,
    lease_from,
    retry_at,
)
from unshackled.flow.engine.due import Work
from unshackled.flow.engine.size_limits import bounded
from unshackled.flow.engine.vendor_problems import personal_of, where
from unshackled.flow.engine.waiting import supply_key
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.runtime.provider_caller import ProviderCaller, answer_of
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call, Followed, Undo
from unshackled.ports.outcome import Absent, Found, Passed
from unshackled.telemetry import (
    CheckoutTrace,
    get_logger,
    outcome_word,
    problem_of,
    tell_problem,
    telling,
)

MESSAGES: Final = "notification"  # the capability that a customer is told things by
REQUEST_KINDS: Final[Mapping[str, c.RequestKind]] = {"call": "call", "undo": "undo"}
Send = Callable[[ProviderCaller, Plan, Checkout, PlannedStep, Work], Awaitable[Found[Any]]]
log = get_logger(__name__)


def trace_of(checkout: Checkout) -> CheckoutTrace:
    """What the spans of a checkout have in common."""
    return CheckoutTrace(
        checkout=checkout.id,
        retailer=checkout.retailer,
        livemode=checkout.livemode,
        flow=checkout.flow,
        digest=checkout.digest,
        first_trace=checkout.trace,
    )


def frame(
    caller: ProviderCaller,
    plan: Plan,
    checkout: Checkout,
    step: PlannedStep,
    provider: str,
    **more: Any,
) -> Call:
    """The call's frame: our reference, where to call back, and what it follows."""
    state = checkout.steps[step.name]
    reference = more.pop("reference", None) or reference_of(
        checkout.id, checkout.run, step.name, state.generation, provider
    )
    if _is_message(step):
        more["documents_url"] = caller.documents_url(checkout)
    return caller.frame(
        checkout.account,
        provider,
        reference,
        checkout=checkout.id,
        currency=checkout.currency,
        locale=checkout.locale,
        time_zone=plan.time_zone,
        attempt=max(state.attempt, 1),
        timeout=step.timeout,
        follows=_followed(plan, checkout, step),
        route=(step.policy.route or None) if step.policy is not None else None,
        **{"handle": state.handle, **more},
    )


def _is_message(step: PlannedStep) -> bool:
    operation = step.definition.operation
    return operation is not None and operation.capability == MESSAGES


def _followed(plan: Plan, checkout: Checkout, step: PlannedStep) -> Followed | None:
    if isinstance(checkout, RunView) and step.follows_sale:
        return _followed_sale(checkout, step)
    if step.follows is None:
        return None
    shape = plan.steps[step.follows].definition.output
    output = checkout.output(step.follows)
    state = checkout.steps[step.follows]
    typed = decode(shape, output) if shape is not None and output is not None else None
    return Followed(reference=state.reference, handle=state.handle, output=typed)


def _followed_sale(view: RunView, step: PlannedStep) -> Followed | None:
    """What a step of a case goes on from: an effect of the sale, with what that gave."""
    found = view.followed(step.follows_sale)
    if found is None:
        return None
    done, state = found
    output = view.output_of_sale(done.name)
    typed = decode(done.output, output) if done.output is not None and output is not None else None
    return Followed(reference=state.reference, handle=state.handle, output=typed)


async def carry_out(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, work: Work
) -> c.RecordResult:
    """Do one piece of work and tell what it brought; never raises."""
    step = plan.steps[work.step]
    state = checkout.steps[work.step]
    started = caller.clock.now()
    provider = work.provider or ""
    reference = work.reference or reference_of(
        checkout.id, checkout.run, step.name, state.generation, provider
    )
    attempts = checkout.undos[reference].attempts if work.what == "undo" else state.attempt
    operation = step.definition.operation
    key = (step.undo if work.what == "undo" else operation.key if operation else None) or ""
    if work.what == "ask" and state.supplying:
        key = supply_key(step)
    sending = _Sending(
        provider=provider,
        operation=key,
        reference=reference,
        request_kind=REQUEST_KINDS.get(work.what, "look_up"),
        attempt=max(attempts, 1),
    )
    trace = trace_of(checkout)
    with (
        caller.recorder.step_span(trace, step.name, sending.attempt) as whole,
        caller.recorder.call_span(
            trace,
            step=step.name,
            provider=provider,
            operation=key,
            kind=sending.request_kind,
            attempt=sending.attempt,
        ) as span,
        telling(**where(checkout, step.name).fields(), **sending.fields()),
    ):
        result = bounded(await _attempt(caller, plan, checkout, step, work), provider)
        whole.outcome = span.outcome = outcome_word(result)
        problem = _told(caller, checkout, step, sending, result)
    return c.RecordResult(
        run=work.run,
        step=step.name,
        generation=work.generation,
        attempt=state.attempt,
        provider=provider,
        reference=reference,
        operation=key,
        result=result,
        retry_at=retry_at(step, attempts, caller.clock.now(), caller.random),
        asked=sending.request_kind,
        asked_at=started,
        problem=problem,
    )


class _Sending(Record):
    """Which call it is, as its lines and its record name it."""

    provider: str
    operation: str
    reference: str
    request_kind: c.RequestKind
    attempt: int

    def fields(self) -> dict[str, str]:
        """What every line that is written during the call has."""
        return {
            "provider": self.provider,
            "operation": self.operation,
            "reference": self.reference,
        }


def _told(
    caller: ProviderCaller, checkout: Checkout, step: PlannedStep, sending: _Sending, result: object
) -> ProviderProblem | None:
    """One line about a call without an outcome, and what is kept of it."""
    if not isinstance(result, ProviderError):
        return None
    problem = problem_of(
        result,
        at=caller.clock.now(),
        provider=sending.provider,
        operation=sending.operation,
        reference=sending.reference,
        kind=sending.request_kind,
        attempt=sending.attempt,
        personal=personal_of(checkout),
    )
    tell_problem(log, caller.recorder.meters, where(checkout, step.name), problem)
    if isinstance(result, Refused):
        # It goes into events too: a code that repeats what the customer typed stays here.
        result.code = problem.code
    return problem


async def _attempt(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, step: PlannedStep, work: Work
) -> Found[Any] | ProviderError:
    """Whatever an adapter does, the checkout must learn of it."""
    send: Send = _BY_KIND.get(work.what, _look_up)
    try:
        return await answer_of(work.provider, send(caller, plan, checkout, step, work))
    except ProviderError as error:
        return error


async def _perform(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, step: PlannedStep, work: Work
) -> Found[Any]:
    operation, provider = step.definition.operation, work.provider or ""
    if operation is None:
        raise NotSent("no operation", provider=provider)
    state = checkout.steps[step.name]
    stored = checkout.private.requests.get(step.name) if step.is_effect else None
    request = decode(operation.request, stored) if stored is not None else step.build(checkout)
    call = frame(caller, plan, checkout, step, provider, send_by=state.send_by)
    lease = state.give_up_at if step.is_effect else None
    lease = lease or lease_from(caller.clock.now(), step.timeout).give_up_at
    return await caller.perform(
        checkout.account,
        provider,
        operation.key,
        request,
        call,
        policy=step.retry,
        ends_by=lease - SKEW,
        query=not step.is_effect,
    )


async def _look_up(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, step: PlannedStep, work: Work
) -> Found[Any]:
    if not step.is_effect:
        # What only reads is asked again.
        return await _perform(caller, plan, checkout, step, work)
    operation, state = step.definition.operation, checkout.steps[step.name]
    if state.supplying and work.what == "ask":
        return await _supply(caller, plan, checkout, step, work)
    mine = work.reference in (None, state.reference)
    stored = checkout.private.requests.get(step.name) if mine else None
    known = operation is not None and stored is not None
    call = frame(
        caller,
        plan,
        checkout,
        step,
        work.provider or "",
        reference=work.reference,
        send_by=state.give_up_at if mine else None,
        returned=checkout.private.returns.get(step.name) if mine else None,
        request=decode(operation.request, stored) if operation and known else None,
    )
    key = operation.key if operation else ""
    return await caller.look_up(checkout.account, work.provider or "", key, call)


async def _supply(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, step: PlannedStep, work: Work
) -> Found[Any]:
    """Tell the provider what it wanted to know; it may be told the same again."""
    operation, effect = all_operations()[supply_key(step)], work.reference or ""
    known = checkout.private.inputs.get(step.name)
    shape: Any = operation.request
    request = decode(shape, {"reference": effect, "information": known})
    reference = supply_reference_of(effect, digest(known))
    call = frame(caller, plan, checkout, step, work.provider or "", reference=reference)
    ends_by = lease_from(caller.clock.now(), step.timeout).give_up_at - SKEW
    return await caller.perform(
        checkout.account,
        work.provider or "",
        operation.key,
        request,
        call,
        policy=step.retry,
        ends_by=ends_by,
        query=True,
    )


async def _undo(
    caller: ProviderCaller, plan: Plan, checkout: Checkout, step: PlannedStep, work: Work
) -> Passed[None] | Absent:
    reference = work.reference or ""
    undo = checkout.undos[reference]
    shape, data = step.definition.output, checkout.private.undos.get(reference)
    output = decode(shape, data) if shape is not None and data is not None else None
    call = frame(
        caller,
        plan,
        checkout,
        step,
        undo.provider,
        reference=undo_reference_of(reference, undo.since),
        handle=undo.handle,
        send_by=given_up_by(checkout, step, reference),
        undecided_since=undo.undecided_since or caller.clock.now(),
    )
    effect: Undo[Any] = Undo(reference=reference, output=output)
    absent = await caller.undo(checkout.account, undo.provider, step.undo or "", effect, call)
    return absent or Passed(output=None)


_BY_KIND: Final[Mapping[str, Send]] = {
    "call": _perform,
    "undo": _undo,
}
