"""Taking back what was done: one step whose result is not wanted, or all of a canceled checkout."""

from __future__ import annotations

from unshackled.domain.events.step_events import StepDeclined, StepReset, StepSkipped
from unshackled.domain.events.undo_events import (
    StepUndone,
    StrayUndone,
    UndoDue,
    UndoFailed,
    UndoRetried,
)
from unshackled.domain.states import EFFECTLESS, HOLDING, OVER_UNSENT, WITH_EFFECT, S, State
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.size_limits import has_room
from unshackled.flow.plan.plan import PlannedStep


def has_effect(draft: Draft, step: PlannedStep) -> bool:
    """Whether there is, or may be, something at a provider to take back."""
    state = draft.state(step.name)
    return step.undo is not None and state.reference is not None and state.provider is not None


def open_undo(
    draft: Draft, step: PlannedStep, goal: State | None, reason: str, *, holding: bool = False
) -> None:
    """Make the undo of the step's present effect due."""
    state = draft.state(step.name)
    if state.reference is None or state.provider is None or state.reference in draft.checkout.undos:
        return
    draft.emit(
        UndoDue(
            step=step.name,
            reference=state.reference,
            provider=state.provider,
            reason=reason,
            give_up_at=draft.now + step.undo_deadline,
            goal=goal,
            handle=state.handle,
            held=holding,
            output=draft.checkout.output(step.name),
        )
    )


def take_back(
    draft: Draft, step: PlannedStep, goal: State, reason: str, *, holding: bool = False
) -> None:
    """The step's result is not wanted any more; afterwards it is `pending` or `skipped`."""
    state = draft.state(step.name).state
    if has_effect(draft, step) and state not in EFFECTLESS:
        open_undo(draft, step, goal, reason, holding=holding)
    elif goal is S.SKIPPED:
        draft.emit(StepSkipped(step=step.name))
    else:
        draft.emit(StepReset(step=step.name, reason=reason, held=holding))


def stray(draft: Draft, step: PlannedStep, reference: str, provider: str, output: object) -> None:
    """An effect that should not exist does: take it back beside the step."""
    if step.undo is None or reference in draft.checkout.undos:
        return
    if not has_room(draft.plan, draft.checkout, output):
        # The reference alone is enough for an undo.
        output = None
    state = draft.state(step.name)
    draft.emit(
        UndoDue(
            step=step.name,
            reference=reference,
            provider=provider,
            reason="superseded",
            give_up_at=draft.now + step.undo_deadline,
            handle=state.handle if state.reference == reference else None,
            output=output,
        )
    )


def let_go(draft: Draft, step: PlannedStep, code: str, output: object = None) -> None:
    """What cannot be had any more ends as a "no"; what there may be of it is taken back."""
    state, output = draft.state(step.name), output or draft.checkout.output(step.name)
    draft.emit(StepDeclined(step=step.name, code=code))
    if state.reference and state.provider:
        stray(draft, step, state.reference, state.provider, output)


def undone(draft: Draft, reference: str) -> None:
    """An undo is done: its step goes where it was meant to go."""
    undo = draft.checkout.undos[reference]
    if undo.goal is None:
        draft.emit(StrayUndone(step=undo.step, reference=reference))
        return
    held = draft.state(undo.step).held
    draft.emit(StepUndone(step=undo.step, reference=reference))
    if draft.checkout.canceled is not None or undo.goal is S.UNDONE:
        return
    if undo.goal is S.SKIPPED:
        draft.emit(StepSkipped(step=undo.step))
    else:
        draft.emit(StepReset(step=undo.step, reason="undone", held=held))


def undo_broke(draft: Draft, reference: str, code: str, output: object = None) -> None:
    """A provider takes its word back: an undo that it accepted failed after all.

    One that was sent without the effect's `output`, which is known now, is sent again with it.
    """
    undo, known = draft.checkout.undos.get(reference), draft.checkout.private.undos.get(reference)
    if undo is None:
        _reopen(draft, reference)
        undo = draft.checkout.undos.get(reference)
    if undo is None:
        return
    if not undo.failed:
        draft.emit(UndoFailed(step=undo.step, reference=reference, code=code))
    if output is not None and known is None and has_room(draft.plan, draft.checkout, output):
        give_up_at = draft.now + draft.plan.steps[undo.step].undo_deadline
        draft.emit(
            UndoRetried(step=undo.step, reference=reference, give_up_at=give_up_at, output=output)
        )


def _reopen(draft: Draft, reference: str) -> None:
    """The step stays where it is: what is left of its effect is a stray."""
    past = draft.checkout.past.get(reference)
    if past is not None:
        stray(draft, draft.plan.steps[past.step], reference, past.provider, None)
        return
    for step in draft.plan.steps.values():
        state = draft.state(step.name)
        over = state.state in OVER_UNSENT
        if state.reference == reference and state.provider and over:
            stray(draft, step, reference, state.provider, None)


def unwind(draft: Draft) -> None:
    """Make every undo of a canceled checkout due, newest first; calls under way end first."""
    for step in reversed(list(draft.plan.steps.values())):
        state = draft.state(step.name)
        doubtful = state.state is S.IN_REVIEW and state.code in WITH_EFFECT
        live = state.state in HOLDING or doubtful
        if live and has_effect(draft, step):
            open_undo(draft, step, S.UNDONE, "canceled")
        if draft.state(step.name).state is S.IN_REVIEW:
            draft.emit(StepDeclined(step=step.name, code="canceled"))
