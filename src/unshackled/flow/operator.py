"""Handler of an operator's verdict on a step in review or a failed undo."""

from __future__ import annotations

from unshackled.domain.codec import decode
from unshackled.domain.events import OperatorDecided
from unshackled.domain.states import State
from unshackled.domain.step_events import StepDeclined, StepReady, StepReset
from unshackled.domain.undo_events import UndoRetried
from unshackled.flow import commands as c
from unshackled.flow.draft import Draft, Rejected
from unshackled.flow.outcomes import passed
from unshackled.flow.plan import PlannedStep
from unshackled.flow.unwind import undone
from unshackled.ports.outcome import Passed


def resolve(draft: Draft, command: c.Resolve) -> None:
    """Carry out the verdict; raises `Rejected` where there is nothing to decide."""
    step = draft.plan.steps.get(command.step)
    if step is None:
        raise Rejected(
            "unknown_step", f"no step {command.step!r}", allowed=sorted(draft.plan.steps)
        )
    state = draft.state(step.name).state
    draft.emit(
        OperatorDecided(
            step=step.name,
            verdict=command.verdict,
            reason=command.reason,
            operator=command.operator,
        )
    )
    if state is State.IN_REVIEW and command.verdict != "undone":
        _review(draft, step, command)
    elif state is State.UNDO_FAILED and command.verdict in ("retry", "undone"):
        _failed_undo(draft, step, command)
    else:
        raise Rejected(
            "step_not_due", f"{step.name} is {state}: nothing to decide by {command.verdict}"
        )


def _review(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    if command.verdict == "passed":
        shape = step.definition.output
        output = decode(shape, command.output or {}) if shape is not None else None
        passed(draft, step, Passed(output=output))
    elif command.verdict == "declined":
        draft.emit(StepDeclined(step=step.name, code="review_declined"))
    elif step.hard_search and draft.state(step.name).sent:
        raise Rejected(
            "step_not_due", f"{step.name}: a sent credit search is never repeated: passed, declined"
        )
    else:
        digest = step.digest(draft.checkout)
        if step.definition.entry == "call" and not draft.state(step.name).reference:
            draft.emit(StepReady(step=step.name, digest=digest))
        else:
            draft.emit(StepReset(step=step.name, reason="operator"))


def _failed_undo(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    reference = draft.state(step.name).reference or ""
    if command.verdict == "undone":
        undone(draft, reference)
        return
    draft.emit(
        UndoRetried(step=step.name, reference=reference, give_up_at=draft.now + step.undo_deadline)
    )
