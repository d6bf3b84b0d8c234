"""What the passing of time does, and when it does it next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

from unshackled.domain.checkout import StepState
from unshackled.domain.events.step_events import StepDeclined, StepFailed, StepInDoubt, StepReset
from unshackled.domain.events.waiting_events import StepLate
from unshackled.domain.states import CLOCK_STOPPED, WAITING, S
from unshackled.flow.engine.admission.turns import pass_turns, turn_times
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import used_up
from unshackled.flow.engine.progress import soonest
from unshackled.flow.engine.unwind import let_go, take_back
from unshackled.flow.engine.vendor_problems import gave_up
from unshackled.flow.plan.plan import PlannedStep

Act: TypeAlias = Callable[[Draft, PlannedStep], None]


def standing_still(draft: Draft) -> bool:
    """Whether a provider or a person is at work, so that the customer's clock must not run out."""
    if draft.confirmed:
        return True
    return any(draft.state(step.name).state in CLOCK_STOPPED for step in draft.progress.active)


def time_passes(draft: Draft) -> None:
    """Everything whose time has come by `draft.now`."""
    if draft.now >= draft.progress.alarm:
        for step in draft.progress.timed:
            if draft.now >= soonest(draft.state(step.name), step):
                _act(draft, step)
    if draft.checkout.queue is not None:
        pass_turns(draft)
    _expire(draft)


def _act(draft: Draft, step: PlannedStep) -> None:
    """What its first timer that is up does."""
    for when, act in _timers(draft, step):
        if when <= draft.now:
            act(draft, step)
            break


def wake_times(draft: Draft) -> Iterator[datetime]:
    """Every moment at which `time_passes` would do something."""
    for step in draft.progress.timed:
        yield from (when for when, _ in _timers(draft, step))
    checkout = draft.checkout
    if checkout.queue is not None:
        yield from turn_times(draft)
    if checkout.canceled is not None or checkout.completed_at is not None or draft.case is not None:
        return
    if not standing_still(draft):
        yield checkout.expires_at


def _timers(draft: Draft, step: PlannedStep) -> Iterator[tuple[datetime, Act]]:
    state = draft.state(step.name)
    if state.state is S.RUNNING and state.give_up_at is not None:
        yield state.give_up_at, _give_up
    if draft.checkout.canceled is not None:
        return
    waiting = state.state in WAITING and not step.downstream_of_pivot
    if state.state is S.WAITING_PROVIDER and state.due_by is not None and not state.late:
        yield state.due_by, _late
    if waiting and state.deadline_at is not None:
        yield state.deadline_at, _time_out
    if state.state is S.IN_REVIEW and state.deadline_at is not None:
        yield state.deadline_at, _end_review
    if waiting and step.definition.entry == "query_then_customer" and state.expires_at:
        yield state.expires_at, _refresh
    yield from _before_pivot(draft, step, state)


def _before_pivot(
    draft: Draft, step: PlannedStep, state: StepState
) -> Iterator[tuple[datetime, Act]]:
    if step.pivot or step.downstream_of_pivot or draft.pivot_sent:
        return
    if state.state is S.READY and state.ready_at is not None and state.next_at is not None:
        yield state.ready_at + step.deadline, _unavailable
    until = state.valid_until if state.state is S.PASSED else None
    if until is not None and not used_up(draft, step):
        yield until, _outlived


def _give_up(draft: Draft, step: PlannedStep) -> None:
    """A running attempt is left alone before `give_up_at`; after it, any process may doubt it."""
    draft.emit(StepInDoubt(step=step.name, code="in_doubt", next_at=draft.now))


def _time_out(draft: Draft, step: PlannedStep) -> None:
    if draft.state(step.name).state is S.WAITING_PROVIDER:
        gave_up(draft, step, "timed_out", "timed_out")
    let_go(draft, step, "timed_out")


def _late(draft: Draft, step: PlannedStep) -> None:
    """Its provider is not heard of any sooner for it, but a person is told."""
    draft.emit(StepLate(step=step.name, due_by=draft.state(step.name).due_by or draft.now))


def _end_review(draft: Draft, step: PlannedStep) -> None:
    if step.definition.entry == "review":
        draft.emit(StepDeclined(step=step.name, code="timed_out"))
    else:
        draft.cancel("review_timed_out", "flow")


def _refresh(draft: Draft, step: PlannedStep) -> None:
    draft.emit(StepReset(step=step.name, reason="offer_expired", held=True))


def _unavailable(draft: Draft, step: PlannedStep) -> None:
    gave_up(draft, step, "timed_out", "provider_unavailable")
    draft.emit(StepFailed(step=step.name, code="provider_unavailable"))


def _outlived(draft: Draft, step: PlannedStep) -> None:
    """Done again at once after `confirm`; before it, and for what they pick, by the customer.

    A case has no `confirm`: nobody comes back to it, so all is done again at once.
    """
    if step.hard_search:
        let_go(draft, step, "approval_ended")
        return
    picked = step.definition.entry == "query_then_customer" and not step.downstream_of_confirm
    held = picked or not (draft.confirmed or draft.case is not None)
    take_back(draft, step, S.PENDING, "validity_ended", holding=held)
    if held and draft.confirmed:
        draft.emit(StepReset(step=str(draft.plan.confirm), reason="validity_ended"))


def _expire(draft: Draft) -> None:
    checkout = draft.checkout
    if checkout.canceled is not None or checkout.completed_at is not None or draft.case is not None:
        return
    if checkout.expires_at > draft.now or checkout.paused_at is not None or draft.customer:
        return
    if not standing_still(draft):
        draft.cancel("expired", "clock")
