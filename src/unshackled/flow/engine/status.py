"""How a checkout stands: derived from the snapshot every time, never stored as truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.domain.states import PROVIDER_DUE, UNSETTLED
from unshackled.flow.engine.action import CustomerAction
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.next_actions import described, next_actions
from unshackled.flow.engine.shown_messages import ShownMessage, messages
from unshackled.flow.plan.plan import Plan


class Status(StrEnum):
    """The vocabulary of the Universal Commerce Protocol, used natively."""

    CANCELED = "canceled"
    COMPLETED = "completed"
    COMPLETE_IN_PROGRESS = "complete_in_progress"
    READY_FOR_COMPLETE = "ready_for_complete"
    REQUIRES_ESCALATION = "requires_escalation"
    INCOMPLETE = "incomplete"


class CheckoutView(Record):
    """Status, what to say and what to do next."""

    status: Status
    settled: bool
    messages: Sequence[ShownMessage]
    next_actions: Sequence[CustomerAction]
    continue_url: str | None


def standing(plan: Plan, checkout: Checkout, now: datetime) -> CheckoutView:
    """Everything that a reader of a checkout derives from it."""
    draft = Draft(plan=plan, checkout=checkout, now=now)
    actions = tuple(described(draft, action) for action in next_actions(draft))
    link = next((action.url for action in actions if action.url), None)
    return CheckoutView(
        status=_status(draft, actions),
        settled=is_settled(draft),
        messages=messages(draft, actions),
        next_actions=actions,
        continue_url=link,
    )


def status_of(plan: Plan, checkout: Checkout, now: datetime) -> tuple[Status, bool]:
    """Only the status and whether anything is still moving: for the row of a list."""
    draft = Draft(plan=plan, checkout=checkout, now=now)
    return _status(draft, next_actions(draft)), is_settled(draft)


def is_settled(draft: Draft) -> bool:
    """False while anything is due, running, being decided, in doubt, in review or being undone.

    Nor while it waits for its turn, for then it goes on by itself.
    """
    if draft.checkout.undos:
        return False
    queue, canceled = draft.checkout.queue, draft.checkout.canceled is not None
    if queue is not None and queue.waiting and not canceled:
        return False
    for step in draft.progress.active:
        state = draft.state(step.name).state
        if state in UNSETTLED:
            return False
        # What is not wanted any more and leaves nothing may stay as it is.
        if state in PROVIDER_DUE and not canceled:
            return False
    return True


def _status(draft: Draft, actions: Sequence[CustomerAction]) -> Status:
    checkout = draft.checkout
    if checkout.canceled is not None:
        return Status.CANCELED
    if checkout.completed_at is not None:
        return Status.COMPLETED
    if draft.confirmed:
        return Status.COMPLETE_IN_PROGRESS
    if any(action.type == "confirm" for action in actions):
        return Status.READY_FOR_COMPLETE
    due = [action for action in actions if action.due]
    if due and all(action.type == "redirect" for action in due):
        return Status.REQUIRES_ESCALATION
    return Status.INCOMPLETE


__all__ = [
    "CheckoutView",
    "CustomerAction",
    "ShownMessage",
    "Status",
    "is_settled",
    "standing",
    "status_of",
]
