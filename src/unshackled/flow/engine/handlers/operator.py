"""Handlers of what operators ask: a verdict, the next try now, going on without, or the end.

Nothing here sends: what becomes due is sent by its declared way, as ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from unshackled.domain.checkout import UndoState
from unshackled.domain.codec import decode
from unshackled.domain.events.checkout_events import OperatorDecided
from unshackled.domain.events.step_events import (
    StepDeclined,
    StepReady,
    StepReset,
)
from unshackled.domain.events.undo_events import StepUndone, UndoRetried
from unshackled.domain.events.waiting_events import StepHurried
from unshackled.domain.states import (
    AMOUNT_DIFFERS,
    RECOVERED,
    REVIEW_DECLINED,
    SCHEDULABLE,
    SKIPPABLE,
    UNANSWERED,
    UNPAID,
    WAITING,
    WITH_EFFECT,
    S,
    State,
)
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import SEND_WITHIN
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.handlers.shopper import cancel, require_open
from unshackled.flow.engine.outcomes import passed
from unshackled.flow.engine.unwind import stray, undone
from unshackled.flow.plan.personal_data.data_purposes import lacks_data
from unshackled.flow.plan.plan import FromLiteral, PlannedStep
from unshackled.ports.outcome import Passed

# The provider has answered: nothing is on its way any more, and it cannot be absent.
ANSWERED = frozenset({"contradiction", AMOUNT_DIFFERS, RECOVERED})
CANCELED = "canceled_by_operator"
SKIPPED = "skipped_by_operator"


def resolve(draft: Draft, command: c.Resolve) -> None:
    """Carry out the verdict; raises `Rejected` where there is nothing to decide."""
    step = _step(draft, command.step)
    state = draft.state(step.name).state
    note(draft, command, step.name, "resolve", command.verdict)
    doubtful = in_doubt(draft, step)
    if doubtful or state is S.IN_REVIEW:
        _require_same_attempt(draft, step, command)
    if doubtful:
        _doubt(draft, step, command)
    elif state is S.IN_REVIEW and command.verdict in ("passed", "declined", "retry"):
        _review(draft, step, command)
    elif failed_undos(draft, step) and command.verdict in ("retry", "undone"):
        _failed_undo(draft, step, command)
    else:
        raise _nothing(step, state, f"nothing to decide by {command.verdict}")


def _require_same_attempt(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    """A verdict is about one attempt: late, it must not decide the one that came after it."""
    present = draft.state(step.name)
    if command.reference not in (None, present.reference):
        raise _nothing(step, present.state, "the verdict is about an attempt that is over")


def retry_now(draft: Draft, command: c.RetryNow) -> None:
    """Try, ask or undo now; a step in review starts over unless its effect is in doubt."""
    step = _step(draft, command.step)
    state = draft.state(step.name)
    note(draft, command, step.name, "retry", None)
    failed = failed_undos(draft, step)
    undoing = [key for key, undo in draft.checkout.undos.items() if undo.step == step.name]
    if state.state is S.IN_REVIEW:
        again = c.Resolve(step=step.name, verdict="retry", reason=command.reason)
        if in_doubt(draft, step):
            raise _blind(step)
        _review(draft, step, again)
    elif failed:
        for reference in failed:
            _send_undo_again(draft, step, reference)
    elif undoing:
        draft.emit(*(StepHurried(step=step.name, reference=key) for key in undoing))
    elif _waits(draft, step):
        draft.emit(StepHurried(step=step.name))
    else:
        raise _nothing(step, state.state, "nothing waits that could be tried now")


def skip(draft: Draft, command: c.Skip) -> None:
    """Go on without the step; only the flow can say that it may be missing."""
    step = _step(draft, command.step)
    state = draft.state(step.name)
    note(draft, command, step.name, "skip", None)
    require_open_for(draft, step)
    _require_dispensable(draft, step)
    if state.state in UNANSWERED or in_doubt(draft, step):
        raise Rejected(
            "step_needed",
            f"{step.name} may have had its effect: resolve that first",
            step=step.name,
            state=state.state,
        )
    if state.state not in SKIPPABLE:
        raise _nothing(step, state.state, "only a step that waits can be skipped")
    draft.emit(StepDeclined(step=step.name, code=SKIPPED))
    if step.is_effect and state.state in WAITING and state.reference and state.provider:
        stray(draft, step, state.reference, state.provider, None)


def cancel_by_operator(draft: Draft, command: c.CancelByOperator) -> None:
    """End the checkout before the point of no return."""
    canceled = draft.checkout.canceled
    if canceled is not None:
        raise Rejected("checkout_canceled", f"it was canceled: {canceled.code}")
    note(draft, command, None, "cancel", None)
    cancel(draft, c.Cancel(code=CANCELED, by="operator"))


def in_doubt(draft: Draft, step: PlannedStep) -> bool:
    """Whether it is for a person to say what became of the step's effect."""
    state = draft.state(step.name)
    if state.state is S.IN_DOUBT:
        return True
    doubtful = state.state is S.IN_REVIEW and state.code in WITH_EFFECT
    return doubtful and step.is_effect and state.reference is not None


def failed_undos(draft: Draft, step: PlannedStep) -> dict[str, UndoState]:
    """The step's failed undos by the reference of their effect, strays too."""
    undos = draft.checkout.undos.items()
    return {key: undo for key, undo in undos if undo.step == step.name and undo.failed}


def known_from(draft: Draft, step: PlannedStep) -> datetime:
    """From when on nothing of the call can be on its way any more.

    The lease of the last attempt, or a time that no lease of it outlasts.
    """
    state = draft.state(step.name)
    since = state.updated_at or draft.now
    return state.give_up_at or since + 2 * SEND_WITHIN + step.timeout


def require_open_for(draft: Draft, step: PlannedStep) -> None:
    """Before the pivot nothing is skipped in a checkout that has ended."""
    if not step.downstream_of_pivot:
        require_open(draft)


def _step(draft: Draft, name: str) -> PlannedStep:
    step = draft.plan.steps.get(name)
    if step is None:
        raise Rejected("unknown_step", f"no step {name!r}", allowed=sorted(draft.plan.steps))
    return step


def note(
    draft: Draft, command: c.ByOperator, step: str | None, action: str, verdict: str | None
) -> None:
    """Who, what and why, ahead of what comes of it; dropped with the rest where it is refused."""
    draft.emit(
        OperatorDecided(
            step=step,
            action=action,
            verdict=verdict,
            reason=command.reason,
            operator=command.operator,
            evidence=command.evidence,
        )
    )


def _nothing(step: PlannedStep, state: State, why: str) -> Rejected:
    return Rejected("step_not_due", f"{step.name} is {state}: {why}", step=step.name, state=state)


def _blind(step: PlannedStep) -> Rejected:
    return Rejected(
        "effect_in_doubt",
        f"{step.name} may have had its effect: say what became of it, it is not sent blindly",
        step=step.name,
        allowed=["passed", "declined", "absent"],
    )


def _waits(draft: Draft, step: PlannedStep) -> bool:
    """Whether a try, poll or look-up is due later; of a canceled checkout only doubts are left."""
    state = draft.state(step.name)
    if state.next_at is None or state.next_at <= draft.now:
        return False
    if draft.checkout.canceled is not None:
        return state.state is S.IN_DOUBT
    return state.state in SCHEDULABLE


def _require_dispensable(draft: Draft, step: PlannedStep) -> None:
    """Raise `Rejected` saying who needs the step, unless the flow can do without it."""
    if step.best_effort or step.on_decline == "skip":
        return
    raise Rejected(
        "step_needed",
        f"the flow cannot do without {step.name}: it is neither `best_effort` nor"
        f" `on_decline: skip`, and after it come {', '.join(sorted(step.descendants)) or 'none'}",
        step=step.name,
        steps=sorted(step.descendants),
    )


def _doubt(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    """A person's evidence takes the place of a look-up: it happened, was declined, or did not."""
    state = draft.state(step.name)
    if command.verdict not in ("passed", "declined", "absent"):
        raise _blind(step)
    until = known_from(draft, step)
    shown = state.state is S.IN_REVIEW and command.verdict == "passed"
    if draft.now < until and state.code not in ANSWERED and not shown:
        raise Rejected(
            "call_under_way",
            f"{step.name} may still be on its way until {until:%Y-%m-%dT%H:%M:%SZ}",
            step=step.name,
            until=until,
        )
    if command.verdict == "passed":
        _pass(draft, step, command)
    elif command.verdict == "declined":
        _decline(draft, step)
    elif state.code in ANSWERED:
        raise _nothing(step, state.state, "its provider has answered: passed or declined")
    else:
        draft.emit(StepUndone(step=step.name, reference=None))
        if draft.checkout.canceled is None:
            draft.emit(StepReset(step=step.name, reason="never_happened"))


def _decline(draft: Draft, step: PlannedStep) -> None:
    """What the effect is, or may be, is taken back; the step is declined."""
    operation, state = step.definition.operation, draft.state(step.name)
    other = state.code == AMOUNT_DIFFERS and step.undo is not None
    if operation is not None and not operation.declinable and not other:
        raise _nothing(step, state.state, "it cannot be declined: passed or absent")
    if draft.pivot_sent and not step.pivot and not step.downstream_of_pivot:
        raise _nothing(step, state.state, "the order stands on it: passed")
    output = draft.checkout.output(step.name)
    draft.emit(StepDeclined(step=step.name, code=REVIEW_DECLINED))
    if state.reference and state.provider:
        stray(draft, step, state.reference, state.provider, output)


def _pass(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    """By the evidence, or by what was kept; an amount that differs is seen and accepted once."""
    shape, state = step.definition.output, draft.state(step.name)
    seen = state.code == AMOUNT_DIFFERS
    kept = draft.checkout.output(step.name) if state.code in ANSWERED else None
    output = decode(shape, command.output or kept or {}) if shape is not None else None
    until = command.valid_until or state.valid_until or _asked_until(draft, step)
    passed(draft, step, Passed(output=output, valid_until=until), accepted=seen)


def _asked_until(draft: Draft, step: PlannedStep) -> datetime | None:
    """When what lapses does so at the latest: as long after it was first sent as was asked for."""
    operation = step.definition.operation
    source = step.sources.get(operation.lapses_after or "") if operation is not None else None
    if not isinstance(source, FromLiteral) or not isinstance(source.value, timedelta):
        return None
    return (draft.state(step.name).first_sent_at or draft.now) + source.value


def _review(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    if command.verdict == "passed":
        _require_sent(draft, step)
        _pass(draft, step, command)
    elif command.verdict == "declined":
        draft.emit(StepDeclined(step=step.name, code=REVIEW_DECLINED))
    elif step.hard_search and draft.state(step.name).sent:
        raise Rejected(
            "step_not_due", f"{step.name}: a sent credit search is never repeated: passed, declined"
        )
    elif lacks_data(step, draft.checkout):
        raise Rejected(
            "personal_data_erased",
            f"{step.name} cannot be done again: the data that it needs was erased",
            step=step.name,
        )
    elif step.definition.entry == "call" and not draft.state(step.name).reference:
        draft.emit(StepReady(step=step.name, digest=step.digest(draft.checkout)))
    else:
        draft.emit(StepReset(step=step.name, reason="operator"))


def _require_sent(draft: Draft, step: PlannedStep) -> None:
    """No operator passes an order that was not sent because nothing was paid."""
    state = draft.state(step.name)
    if state.code == UNPAID:
        says = "what is due today was not collected: retry once it is, declined, or cancel"
        raise _nothing(step, state.state, says)


def _failed_undo(draft: Draft, step: PlannedStep, command: c.Resolve) -> None:
    found = failed_undos(draft, step)
    if command.reference is None and len(found) > 1:
        raise Rejected(
            "step_not_due", f"{step.name} has several failed undos: name one", allowed=sorted(found)
        )
    reference = command.reference or next(iter(found))
    if reference not in found:
        raise Rejected("step_not_due", f"{step.name}: no such failed undo", allowed=sorted(found))
    if command.verdict == "undone":
        undone(draft, reference)
    else:
        _send_undo_again(draft, step, reference)


def _send_undo_again(draft: Draft, step: PlannedStep, reference: str) -> None:
    draft.emit(
        UndoRetried(step=step.name, reference=reference, give_up_at=draft.now + step.undo_deadline)
    )
