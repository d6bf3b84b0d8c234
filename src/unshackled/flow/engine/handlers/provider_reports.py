"""Handlers of what comes back: answers to our calls, look-ups, undos, callbacks and returns."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.codec import encode
from unshackled.domain.events.step_events import StepDeclined, StepFailed, StepInReview
from unshackled.domain.events.undo_events import UndoDelayed, UndoFailed
from unshackled.domain.events.waiting_events import LookUpDelayed
from unshackled.domain.states import (
    ASKABLE,
    IN_FLIGHT,
    REVIEW_DECLINED,
    UNANSWERED,
    UNSENT,
    WAITING,
    S,
)
from unshackled.errors import ProviderError, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import given_up_by
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.handlers.under_review import arrived
from unshackled.flow.engine.outcomes import (
    OutcomeSource,
    amount_differs,
    apply_error,
    apply_outcome,
    delay,
    reported_difference,
    review_deadline,
)
from unshackled.flow.engine.undelivered import undelivered
from unshackled.flow.engine.unwind import stray, undo_broke, undone
from unshackled.flow.engine.waiting import look_up_later, supply_key
from unshackled.flow.plan.plan import PlannedStep
from unshackled.flow.plan.sums import AMOUNT_NOT_TAKEN
from unshackled.ports.outcome import Absent, Declined, Found, NotUndone, Passed, Undelivered

# Why a step of a case failed whose sale's provider is not in the retailer's file any more.
PROVIDER_GONE: Final = "provider_gone"
# Declines of our own making: what the effect may have left behind is taken back.
TAKEN_BACK: Final = frozenset({"timed_out", "approval_ended", "page_expired", REVIEW_DECLINED})

# Another checkout has the device already.
DEVICE_CLAIMED = "device_claimed"


def fold(draft: Draft, command: c.RecordResult) -> None:
    """Fold what a call of ours brought."""
    if command.problem is not None:
        draft.note(command.step, command.problem, logged_already=True)
    if command.asked == "undo":
        _fold_undo(draft, command)
    elif command.asked == "look_up":
        _fold_look_up(draft, command)
    else:
        _fold_call(draft, command)


def _answer_of(command: c.RecordResult) -> OutcomeSource:
    return OutcomeSource(
        provider=command.provider, retry_at=command.retry_at, asked_at=command.asked_at
    )


def _fold_call(draft: Draft, command: c.RecordResult) -> None:
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    mine = state.generation == command.generation
    if step.is_effect:
        mine = mine and state.state is S.RUNNING and state.attempt == command.attempt
    else:
        mine = mine and state.state is S.READY
    if not mine:
        _late(draft, step, command)
    elif isinstance(command.result, ProviderError):
        apply_error(draft, step, command.result, _answer_of(command))
    else:
        apply_outcome(draft, step, command.result, _answer_of(command))


def _late(draft: Draft, step: PlannedStep, command: c.RecordResult) -> None:
    """An answer after its attempt was given up is as good as a callback; an error says nothing."""
    if step.is_effect and not isinstance(command.result, ProviderError):
        notify(draft, c.RecordNotice(reference=command.reference, outcome=command.result))


def _fold_look_up(draft: Draft, command: c.RecordResult) -> None:
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.reference != command.reference or state.state not in ASKABLE:
        _late(draft, step, command)
    elif isinstance(command.result, ProviderError):
        look_up_later(draft, step, command.retry_at)
    elif state.supplying and _before_supply(step, command):
        # It was asked before the customer answered: what it says is not about the answer.
        draft.emit(LookUpDelayed(step=step.name, next_at=draft.now))
    else:
        apply_outcome(draft, step, command.result, _answer_of(command))


def _before_supply(step: PlannedStep, command: c.RecordResult) -> bool:
    final = isinstance(command.result, Passed | Declined)
    return not final and command.operation != supply_key(step)


def _fold_undo(draft: Draft, command: c.RecordResult) -> None:
    undo = draft.checkout.undos.get(command.reference)
    if undo is None or undo.failed:
        return
    result = command.result
    if isinstance(result, Absent) and (too_early := _too_early(draft, command)):
        _delay_undo(draft, command, undo.step, too_early)
    elif not isinstance(result, ProviderError):
        # An answer to an attempt from before it failed and was sent again says nothing.
        if (command.asked_at or draft.now) >= undo.next_at:
            undone(draft, command.reference)
    elif isinstance(result, Refused) or command.retry_at >= undo.give_up_at:
        code = result.code if isinstance(result, Refused) else "provider_unavailable"
        draft.emit(UndoFailed(step=undo.step, reference=command.reference, code=code))
    else:
        _delay_undo(draft, command, undo.step, command.retry_at)


def _too_early(draft: Draft, command: c.RecordResult) -> datetime | None:
    """Until when it is too early to believe that there is nothing to take back."""
    step = draft.plan.steps[draft.checkout.undos[command.reference].step]
    known_from = given_up_by(draft.checkout, step, command.reference)
    return known_from if (command.asked_at or draft.now) < known_from else None


def _delay_undo(draft: Draft, command: c.RecordResult, step: str, next_at: datetime) -> None:
    code = type(command.result).__name__
    draft.emit(UndoDelayed(step=step, reference=command.reference, code=code, next_at=next_at))


def notify(draft: Draft, command: c.RecordNotice) -> None:
    """Fold a verified message about the effect `reference`; `Rejected` where it is not its own."""
    if not _own(draft.checkout, command):
        raise Rejected("unknown_reference", "the effect went to somebody else")
    if isinstance(command.outcome, NotUndone):
        broke, output = command.outcome, command.outcome.output
        undo_broke(draft, command.reference, broke.code, None if output is None else encode(output))
        return
    if isinstance(command.outcome, Undelivered):
        undelivered(draft, command.reference, command.outcome)
        return
    for step in draft.plan.steps.values():
        state = draft.state(step.name)
        if state.reference == command.reference:
            _notice(draft, step, state, command.outcome)
            return
    past = draft.checkout.past.get(command.reference)
    if past is not None and isinstance(command.outcome, Passed):
        step = draft.plan.steps[past.step]
        stray(draft, step, command.reference, past.provider, encode(command.outcome.output))


def _own(checkout: Checkout, command: c.RecordNotice) -> bool:
    """Whether the effect is the account's, and went to the provider that tells of it."""
    if command.account not in (None, checkout.account):
        return False
    if command.provider is None:
        return True
    owners = {
        state.provider for state in checkout.steps.values() if state.reference == command.reference
    }
    past = checkout.past.get(command.reference)
    return command.provider in owners or (past is not None and past.provider == command.provider)


def _notice(draft: Draft, step: PlannedStep, state: StepState, outcome: Found[object]) -> None:
    final = isinstance(outcome, Passed | Declined)
    if state.state in IN_FLIGHT:
        if final or state.state in UNANSWERED:
            answer = OutcomeSource(provider=state.provider, retry_at=draft.now, asked_at=draft.now)
            apply_outcome(draft, step, outcome, answer)
        else:
            # Something moved at the provider that is no end: ask now, as after a return.
            draft.emit(LookUpDelayed(step=step.name, next_at=draft.now))
    elif not final:
        _ask_followers(draft, step)
    elif state.state is S.IN_REVIEW and isinstance(outcome, Passed | Declined):
        arrived(draft, step, state, outcome)
    elif isinstance(outcome, Passed):
        _unexpected_pass(draft, step, state, outcome)
    elif state.state is S.PASSED:
        _contradiction(draft, step)


def _ask_followers(draft: Draft, step: PlannedStep) -> None:
    """Something moved about what is done: whoever waits for more of it asks now."""
    for one in draft.progress.active:
        if one.follows == step.name and draft.state(one.name).state is S.WAITING_PROVIDER:
            draft.emit(LookUpDelayed(step=one.name, next_at=draft.now))


def _unexpected_pass(
    draft: Draft, step: PlannedStep, state: StepState, outcome: Passed[object]
) -> None:
    """The effect exists although the step ended otherwise, or it is not what was requested."""
    if state.state is S.PASSED:
        _other_amount(draft, step, outcome)
    elif state.state is S.DECLINED and state.code not in TAKEN_BACK:
        _contradiction(draft, step)
    elif state.state in UNSENT:
        reference, provider = state.reference, state.provider
        if reference and provider:
            stray(draft, step, reference, provider, encode(outcome.output))


def _other_amount(draft: Draft, step: PlannedStep, outcome: Passed[object]) -> None:
    """The same final once more has those ask who follow it; another amount is for a person."""
    differs = reported_difference(draft, step, outcome)
    if differs is None:
        _ask_followers(draft, step)
    elif encode(outcome.output) != draft.checkout.output(step.name):
        amount_differs(draft, step, outcome, differs)


def _contradiction(draft: Draft, step: PlannedStep) -> None:
    """Two opposite final outcomes of one effect: a person decides."""
    deadline_at = review_deadline(draft, step)
    draft.emit(StepInReview(step=step.name, code="contradiction", deadline_at=deadline_at))


def returned(draft: Draft, command: c.Returned) -> None:
    """The customer came back: ask now. What the browser says is no evidence."""
    for step in draft.plan.steps.values():
        state = draft.state(step.name)
        if state.reference == command.reference and state.state in WAITING:
            query = dict(command.query) or None
            draft.emit(LookUpDelayed(step=step.name, next_at=draft.now, returned=query))


def unreachable(draft: Draft, command: c.Unreachable) -> None:
    """No provider can be tried now: nothing was sent."""
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.generation == command.generation and state.state is S.READY:
        for problem in command.problems:
            draft.note(step.name, problem)
        delay(draft, step, command.code, OutcomeSource(provider=None, retry_at=command.retry_at))


def not_taken(draft: Draft, command: c.NotTaken) -> None:
    """Another sum is needed, so it is the customer who can go on."""
    state = draft.state(command.step)
    if state.generation == command.generation and state.state is S.READY:
        draft.emit(StepDeclined(step=command.step, code=AMOUNT_NOT_TAKEN))


def device_taken(draft: Draft, command: c.DeviceTaken) -> None:
    """Only another device can be taken, so it is the customer who can go on."""
    state = draft.state(command.step)
    if state.generation == command.generation and state.state is S.READY:
        draft.emit(StepDeclined(step=command.step, code=DEVICE_CLAIMED))


def unserved(draft: Draft, command: c.Unserved) -> None:
    """Nobody else has what the sale did there: a person decides."""
    state = draft.state(command.step)
    if state.generation == command.generation and state.state is S.READY:
        draft.emit(StepFailed(step=command.step, code=PROVIDER_GONE))


def escalate(draft: Draft, command: c.Escalate) -> None:
    """A doubt that neither a resend nor a look-up can end goes to a person."""
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.state is S.IN_DOUBT and state.reference == command.reference:
        deadline_at = review_deadline(draft, step)
        draft.emit(StepInReview(step=step.name, code="in_doubt", deadline_at=deadline_at))
