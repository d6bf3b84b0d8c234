"""Handlers of what the runner says: an effect is written ahead, or moved to another provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.events.route_events import RouteMoved
from unshackled.domain.events.step_events import StepFailed, StepInReview, StepReset, StepStarted
from unshackled.domain.records import replace
from unshackled.domain.states import BUSY, HOLDING, UNPAID, S
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import AFTER_PIVOT
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import used_up
from unshackled.flow.engine.outcomes import OutcomeSource, delay, note_no_room
from unshackled.flow.engine.papers.recording import record_sent
from unshackled.flow.engine.route_choice import holding
from unshackled.flow.engine.size_limits import NO_ROOM, has_room
from unshackled.flow.engine.unwind import take_back
from unshackled.flow.plan.plan import Plan, PlannedStep

# When a call is tried again whose request found no room: others end, and give theirs back.
ROOM_AGAIN: Final = replace(AFTER_PIVOT, initial=timedelta(minutes=1))


def _may_begin(draft: Draft, step: PlannedStep) -> bool:
    """Nothing begins in what was canceled, nor on what lapsed before it and is not renewed yet."""
    if draft.checkout.canceled is not None:
        return False
    return draft.pivot_sent or draft.upstream_settled(step)


def start(draft: Draft, command: c.Start) -> None:
    """Write ahead, unless the step has moved on: then nothing is written and nothing is sent."""
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.generation != command.generation:
        return
    if state.state is S.READY and _may_begin(draft, step):
        request = step.encode_request(draft.checkout)
    elif state.state is S.IN_DOUBT and state.provider == command.provider:
        request = draft.checkout.private.requests.get(step.name)
    else:
        return
    operation = step.definition.operation
    if operation is None or not operation.effect:
        return
    if state.state is S.READY and (missing := _unpaid(draft, step)):
        deadline_at = draft.now + step.deadline
        draft.emit(
            StepInReview(step=step.name, code=UNPAID, deadline_at=deadline_at, differs=missing)
        )
        return
    sent_before = state.state is S.IN_DOUBT
    if not sent_before and not has_room(draft.plan, draft.checkout, request):
        _without_room(draft, step, command.provider)
        return
    reference = reference_of(
        draft.checkout.id, draft.checkout.run, step.name, state.generation, command.provider
    )
    draft.emit(
        StepStarted(
            step=step.name,
            provider=command.provider,
            reference=reference,
            operation=operation.key,
            attempt=state.attempt + 1,
            send_by=command.send_by,
            give_up_at=command.give_up_at,
            request=request,
            route=(step.policy.route or None) if step.policy is not None else None,
            why=command.why,
        )
    )
    if not sent_before:
        record_sent(draft, step, step.build(draft.checkout))


def _without_room(draft: Draft, step: PlannedStep, provider: str) -> None:
    """Not sent: again once calls under way have given their room back; else a person decides."""
    note_no_room(draft, step, "not_sent", provider)
    if not draft.checkout.private.requests:
        draft.emit(StepFailed(step=step.name, code=NO_ROOM))
        return
    again = ROOM_AGAIN.ceiling(draft.state(step.name).attempt + 1)
    answer = OutcomeSource(provider=None, retry_at=draft.now + again)
    delay(draft, step, "provider_unavailable", answer)


def _unpaid(draft: Draft, step: PlannedStep) -> str | None:
    """As `unpaid`; a case collects nothing that is due today."""
    return unpaid(draft.plan, draft.checkout, step) if draft.case is None else None


def unpaid(plan: Plan, checkout: Checkout, step: PlannedStep) -> str | None:
    """Why the point of no return must not be passed: what was collected is not what is due today.

    None for any other step, and where it adds up. A pivot that collects takes the whole itself.
    """
    if not step.pivot:
        return None
    quote = checkout.quote
    owed = 0 if _collects(step) else quote.due_today
    found = [
        checkout.output(one.name) or {}
        for one in plan.steps.values()
        if _collects(one) and checkout.steps[one.name].state is S.PASSED
    ]
    paid = sum(int(output.get("amount") or 0) for output in found)
    foreign = {str(output.get("currency")) for output in found} - {quote.currency}
    if paid == owed and not foreign:
        return None
    currency = " ".join(sorted(foreign)) or quote.currency
    return f"collected {paid} {currency}, due today are {owed}"


def _collects(step: PlannedStep) -> bool:
    """Whether it takes what is due today, or holds it for a later step to take."""
    operation = step.definition.operation
    return operation is not None and "due_today" in operation.collects


def reroute(draft: Draft, command: c.Reroute) -> None:
    """Take back the route's effects at the provider, and let the step begin anew with another.

    Nothing moves while a call is under way or in doubt, after the point of no return, or where a
    sent hard search stands on it: then the step waits for the provider.
    """
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.generation != command.generation or state.state is not S.READY:
        return
    route = step.policy.route if step.policy is not None else ""
    held = list(holding(draft.plan, draft.checkout, route, command.provider))
    if not may_move(draft, held):
        return
    draft.emit(RouteMoved(route=route, provider=command.provider, reason=command.reason))
    for one in reversed(held):
        _reopen_after(draft, one)
        take_back(draft, one, S.PENDING, "moved", holding=False)
    if draft.state(step.name).state is S.READY:
        draft.emit(StepReset(step=step.name, reason="moved"))


def may_move(draft: Draft, steps: list[PlannedStep]) -> bool:
    """Whether what is held may be taken back now."""
    if draft.pivot_sent or draft.checkout.canceled is not None:
        return False
    return all(
        draft.state(one.name).state in HOLDING
        and not one.hard_search
        and not used_up(draft, one)
        and not _busy_after(draft, one)
        for one in steps
    )


def _busy_after(draft: Draft, step: PlannedStep) -> bool:
    return any(draft.state(name).state in BUSY for name in step.descendants)


def _reopen_after(draft: Draft, step: PlannedStep) -> None:
    """What was about to begin on it waits for it again."""
    for name in draft.plan.steps:
        if name in step.descendants and draft.state(name).state is S.READY:
            draft.emit(StepReset(step=name, reason="moved"))
