"""Handler of the write-ahead: an effect is committed before it is sent."""

from __future__ import annotations

from unshackled.domain.checkout import reference_of
from unshackled.domain.states import State
from unshackled.domain.step_events import StepStarted
from unshackled.flow import commands as c
from unshackled.flow.draft import Draft
from unshackled.flow.plan import PlannedStep


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
    if state.state is State.READY and _may_begin(draft, step):
        request = step.encode_request(draft.checkout)
    elif state.state is State.IN_DOUBT and state.provider == command.provider:
        request = draft.checkout.private.requests.get(step.name)
    else:
        return
    operation = step.definition.operation
    if operation is None or not operation.effect:
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
