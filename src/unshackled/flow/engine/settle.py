"""The pass after every command: time, invalidation, what became ready, what must be taken back.

It repeats until nothing changes, so a command's handler only does what is its own. The first round
looks at every step, for the command or the time may be what one waited for; later ones only at what
changed in the round before, or in this one, and at what stands on it.
"""

from __future__ import annotations

from unshackled.domain.events.case_events import CaseCompleted
from unshackled.domain.events.checkout_events import CheckoutCompleted, ExpiryMoved
from unshackled.domain.events.step_events import (
    StepAwaited,
    StepDeclined,
    StepFailed,
    StepInReview,
    StepReady,
    StepReset,
    StepSkipped,
)
from unshackled.domain.runs import RunView
from unshackled.domain.states import MOVABLE, REVIEW_DECLINED, UNSUCCESSFUL, S
from unshackled.errors import InternalFault
from unshackled.flow.engine.admission.turns import outside
from unshackled.flow.engine.data_refusals import mendable, refused
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.outcomes import amount_differs, only_once, passed, take_early_input
from unshackled.flow.engine.quoting import requote
from unshackled.flow.engine.timers import standing_still, time_passes
from unshackled.flow.engine.undelivered import refused_message
from unshackled.flow.engine.unwind import take_back, unwind
from unshackled.flow.engine.ways_on import correctable
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.personal_data.data_purposes import lacks_data
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.amount_ranges import difference
from unshackled.ports.outcome import Declined, Passed
from unshackled.steps import StepContext

ROUNDS = 200
EXPIRY_GRAIN_SECONDS = 60


def settle(draft: Draft) -> None:
    """Bring the checkout to rest at `draft.now`."""
    for number in range(ROUNDS):
        before = len(draft.events)
        draft.look_again()
        time_passes(draft)
        if draft.checkout.canceled is not None:
            unwind(draft)
        else:
            every = number == 0
            _complete(draft)
            _after_ends(draft, every=every)
            if not _erased(draft):
                requote(draft)
                _invalidate(draft)
                _reopen(draft, every=every)
                _advance(draft, every=every)
        if len(draft.events) == before:
            break
    else:
        raise InternalFault(f"{draft.checkout.id} does not come to rest: a bug of the engine")
    _move_expiry(draft)


def _complete(draft: Draft) -> None:
    last = draft.plan.pivot or draft.plan.confirm
    if last is None or draft.checkout.completed_at is not None:
        return
    if draft.state(last).state is not S.PASSED:
        return
    if draft.case is not None:
        case, view = draft.case, draft.checkout
        draft.emit(
            CaseCompleted(
                kind=case.kind,
                pivot=last,
                amount=case.amount,
                currency=case.currency,
                sale_flow=view.sale.flow if isinstance(view, RunView) else None,
            )
        )
    else:
        quote = draft.checkout.quote
        draft.emit(
            CheckoutCompleted(pivot=last, total_due_today=quote.due_today, currency=quote.currency)
        )


def _after_ends(draft: Draft, *, every: bool) -> None:
    """What a decline or a failure does to the checkout."""
    for step in draft.progress.active:
        state = draft.state(step.name)
        if state.state not in UNSUCCESSFUL or not (every or draft.touched(step.name)):
            continue
        if refused_message(draft, step) or step.best_effort:
            continue
        if draft.checkout.canceled is not None:
            return
        if state.state is S.FAILED:
            _to_review(draft, step, state.code or "failed")
        elif state.state is S.DECLINED:
            _after_decline(draft, step, state.code or "declined")


def _to_review(draft: Draft, step: PlannedStep, code: str) -> None:
    bounded = not (step.downstream_of_pivot or only_once(draft))
    deadline_at = draft.now + step.deadline if bounded else None
    draft.emit(StepInReview(step=step.name, code=code, deadline_at=deadline_at))


def _after_decline(draft: Draft, step: PlannedStep, code: str) -> None:
    if step.downstream_of_pivot:
        # In a case a provider may say no after the pivot; a person who agrees ends the step.
        if draft.case is None or code != REVIEW_DECLINED:
            _to_review(draft, step, code)
    elif draft.case is not None and mendable(step, code) and not correctable(draft, step):
        _by_a_person(draft, step, code)
    elif mendable(step, code):
        if draft.confirmed:
            # A step before `confirm` too: what was moved or outlived is done again after it.
            draft.emit(StepReset(step=str(draft.plan.confirm), reason="declined_after_confirm"))
    elif step.on_decline == "end":
        draft.cancel(code, "flow")


def _by_a_person(draft: Draft, step: PlannedStep, code: str) -> None:
    """Nobody has other data to give in a case that a provider declines: operators look at it.

    Their "no" ends it.
    """
    if code == REVIEW_DECLINED:
        draft.cancel(code, "operator")
    else:
        _to_review(draft, step, code)


def _invalidate(draft: Draft) -> None:
    """Walk in DAG order and take back what no longer fits; after `confirm` nothing changes.

    Nor does anything in a case, which has none, once its pivot was sent.
    """
    if draft.closed or draft.confirmed or (draft.case is not None and draft.pivot_sent):
        return
    for step in draft.touched_steps():  # the others fit as they did at rest
        state = draft.state(step.name).state
        if state not in MOVABLE and state is not S.IN_REVIEW:
            continue  # there is nothing to move
        if step.downstream_of_confirm:
            _wait_for_confirm(draft, step)
        else:
            _examine(draft, step)


def _wait_for_confirm(draft: Draft, step: PlannedStep) -> None:
    """The customer's yes was taken back: so is everything that was done on it."""
    state = draft.state(step.name)
    if refused(step, state):
        draft.emit(StepReset(step=step.name, reason="request_changed"))
    elif state.state in MOVABLE:
        take_back(draft, step, S.PENDING, "confirm_taken_back")


def _examine(draft: Draft, step: PlannedStep) -> None:
    state = draft.state(step.name)
    # A verdict of ours that a person looks at has done nothing, and other facts make another one.
    ours = state.state is S.IN_REVIEW and step.definition.entry == "rule"
    if ours or refused(step, state):
        _begin_anew(draft, step)
        return
    if state.state not in MOVABLE:
        return
    wanted = holds(draft.checkout, step)
    if wanted is False:
        if state.state is not S.SKIPPED:
            take_back(draft, step, S.SKIPPED, "not_wanted")
    elif wanted and state.state is S.SKIPPED:
        draft.emit(StepReset(step=step.name, reason="wanted"))
    elif step.name == draft.plan.confirm and not draft.needs_settled(step):
        draft.emit(StepReset(step=step.name, reason="upstream_changed"))
    elif _outdated(draft, step):
        take_back(draft, step, S.PENDING, "request_changed")


def _begin_anew(draft: Draft, step: PlannedStep) -> None:
    """What was refused is asked with other data, or not at all; a sent hard search never again."""
    unwanted = holds(draft.checkout, step) is False
    if step.hard_search:
        if unwanted:
            draft.emit(StepSkipped(step=step.name))
    elif unwanted or _outdated(draft, step):
        draft.emit(StepReset(step=step.name, reason="request_changed"))


def _outdated(draft: Draft, step: PlannedStep) -> bool:
    """Whether its request would be another one now; undecided while what it needs is."""
    known = draft.state(step.name).digest
    if known is None or not draft.upstream_settled(step):
        return False
    return not step.same(draft.checkout, known)


def _reopen(draft: Draft, *, every: bool) -> None:
    """What is about to begin waits again where something that it stands on lapsed."""
    if draft.pivot_sent:
        return
    for step in draft.progress.active:
        if draft.state(step.name).state is not S.READY:
            continue
        if (every or draft.touched(step.name)) and not draft.upstream_settled(step):
            draft.emit(StepReset(step=step.name, reason="upstream_lapsed"))


def _advance(draft: Draft, *, every: bool) -> None:
    """Open every step whose needs are settled; none of a checkout in the waiting room."""
    if draft.checkout.queue is not None and outside(draft):
        return
    for step in draft.progress.unfinished:
        if draft.checkout.canceled is not None:
            return
        if (every or draft.touched(step.name)) and _may_open(draft, step):
            if holds(draft.checkout, step):
                _open(draft, step)
            else:
                draft.emit(StepSkipped(step=step.name))


def _may_open(draft: Draft, step: PlannedStep) -> bool:
    if not draft.needs_settled(step):
        return False
    state = draft.state(step.name)
    if state.state is not S.PENDING:
        return False
    if state.held and not (draft.customer or draft.confirmed):
        return False
    if step.hard_search and state.sent:
        return False
    return draft.pivot_sent or draft.upstream_settled(step)


def _erased(draft: Draft) -> bool:
    """Whether nothing new can be done: what it would be done with is gone."""
    erasure = draft.checkout.erasure
    return erasure is not None and erasure.whole


def _open(draft: Draft, step: PlannedStep) -> None:
    if lacks_data(step, draft.checkout):
        draft.emit(StepReady(step=step.name, digest=None))
        draft.emit(StepFailed(step=step.name, code="data_erased"))
        return
    entry, ready = (
        step.definition.entry,
        StepReady(step=step.name, digest=step.digest(draft.checkout)),
    )
    if entry == "customer":
        silent = step.on_decline == "skip"
        until = draft.now + step.deadline if silent else None
        draft.emit(ready, StepAwaited(step=step.name, deadline_at=until))
        take_early_input(draft, step)
        return
    draft.emit(ready)
    if entry == "review":
        deadline_at = draft.now + step.deadline
        draft.emit(
            StepInReview(step=step.name, code=step.definition.detail, deadline_at=deadline_at)
        )
    elif entry == "rule":
        _rule(draft, step)


def _rule(draft: Draft, step: PlannedStep) -> None:
    """The rule's verdict; facts that it cannot work with are for a person to look at."""
    view = StepContext(
        request=step.build(draft.checkout), now=draft.local_now, market=draft.plan.market
    )
    try:
        outcome = step.definition.decide(view)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        draft.emit(StepFailed(step=step.name, code="rule_failed"))
        return
    if isinstance(outcome, Declined):
        draft.emit(StepDeclined(step=step.name, code=outcome.code, details=outcome.details))
    elif isinstance(outcome, Passed):
        differs = difference(outcome.output, view.request, draft.checkout.currency)
        if differs is None:
            passed(draft, step, outcome)
        else:
            amount_differs(draft, step, outcome, differs)


def _move_expiry(draft: Draft) -> None:
    """The clock of expiry starts anew with the customer, and stands still while others work.

    A case has none: it ends by what its steps come to.
    """
    checkout = draft.checkout
    if checkout.canceled is not None or checkout.completed_at is not None or draft.case is not None:
        return
    still = standing_still(draft)
    paused_at, expires_at = checkout.paused_at, checkout.expires_at
    if draft.customer:
        fresh = draft.now + draft.plan.expires_after
        moved = abs((fresh - expires_at).total_seconds()) >= EXPIRY_GRAIN_SECONDS
        expires_at = fresh if moved else expires_at
        paused_at = draft.now if still else None
    elif still:
        paused_at = paused_at or draft.now
    elif paused_at is not None:
        expires_at, paused_at = expires_at + (draft.now - paused_at), None
    if (paused_at is None) != (checkout.paused_at is None) or expires_at != checkout.expires_at:
        draft.emit(ExpiryMoved(expires_at=expires_at, paused_at=paused_at))
