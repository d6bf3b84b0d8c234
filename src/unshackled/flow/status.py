"""How a checkout stands: derived from the snapshot every time, never stored as truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.states import State
from unshackled.flow.draft import Draft
from unshackled.flow.lifetimes import renewable
from unshackled.flow.plan import Plan, PlannedStep
from unshackled.flow.scope import holds

Json = Any


class Status(StrEnum):
    """The vocabulary of the Universal Commerce Protocol, used natively."""

    CANCELED = "canceled"
    COMPLETED = "completed"
    COMPLETE_IN_PROGRESS = "complete_in_progress"
    READY_FOR_COMPLETE = "ready_for_complete"
    REQUIRES_ESCALATION = "requires_escalation"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something the customer should know; `severity` is recoverable, fatal or info."""

    type: str
    code: str
    severity: str
    path: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """Something the customer can do now (`due`), or may already send (`conditional`: if needed)."""

    step: str
    type: str
    due: bool
    conditional: bool = False
    schema: Json = None
    options: Json = None
    document: Json = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Status, what to say and what to do next."""

    status: Status
    settled: bool
    messages: Sequence[Message]
    next_actions: Sequence[NextAction]
    continue_url: str | None


def standing(plan: Plan, checkout: Checkout, now: datetime) -> Standing:
    """Everything that a reader of a checkout derives from it."""
    draft = Draft(plan=plan, checkout=checkout, now=now)
    actions = _next_actions(draft)
    link = next((action.url for action in actions if action.url), None)
    return Standing(
        status=_status(draft, actions),
        settled=is_settled(draft),
        messages=_messages(draft),
        next_actions=actions,
        continue_url=link,
    )


def status_of(plan: Plan, checkout: Checkout, now: datetime) -> tuple[Status, bool]:
    """Only the status and whether anything is still moving: for the row of a list."""
    draft = Draft(plan=plan, checkout=checkout, now=now)
    return _status(draft, _next_actions(draft, schemas=False)), is_settled(draft)


def is_settled(draft: Draft) -> bool:
    """False while anything is running, in doubt, in review, being undone, or due."""
    moving = {State.RUNNING, State.IN_DOUBT, State.IN_REVIEW, State.UNDOING, State.UNDO_FAILED}
    if draft.checkout.undos:
        return False
    canceled = draft.checkout.canceled is not None
    for step in draft.plan.steps.values():
        state = draft.state(step.name).state
        if state in moving or (state is State.READY and not canceled):
            return False
        if state is State.WAITING_PROVIDER and draft.checkout.completed_at is not None:
            return False
    return True


def _status(draft: Draft, actions: Sequence[NextAction]) -> Status:
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


def _next_actions(draft: Draft, *, schemas: bool = True) -> tuple[NextAction, ...]:
    if draft.checkout.canceled is not None:
        return ()
    found = []
    for step in draft.plan.steps.values():
        action = _action(draft, step, draft.state(step.name), schemas=schemas)
        if action is not None:
            found.append(action)
    return tuple(found)


def _action(
    draft: Draft, step: PlannedStep, state: StepState, *, schemas: bool
) -> NextAction | None:
    kind = step.definition.action
    if renewable(draft, step):
        return NextAction(step=step.name, type="renew", due=True)
    if state.state is State.WAITING_CUSTOMER:
        return _due_action(draft, step, state, schemas=schemas)
    if state.state is State.DECLINED and step.on_decline == "edit" and not step.hard_search:
        usable = not draft.confirmed and draft.checkout.completed_at is None
        return NextAction(step=step.name, type="retry", due=False) if usable else None
    early = state.state in (State.PENDING, State.READY) and kind == "submit"
    if not early or draft.checkout.private.inputs.get(step.name) is not None:
        return None
    wanted = holds(draft.checkout, step)
    if wanted is False:
        return None
    schema = step.definition.schema() if schemas else None
    return NextAction(
        step=step.name, type="submit", due=False, conditional=wanted is None, schema=schema
    )


def _due_action(
    draft: Draft, step: PlannedStep, state: StepState, *, schemas: bool
) -> NextAction | None:
    kind = step.definition.action
    if kind is None:
        url = draft.checkout.private.links.get(step.name)
        return NextAction(step=step.name, type="redirect", due=True, url=url)
    if kind == "confirm" and not draft.needs_settled(step):
        return None
    document = None
    if kind == "show" and schemas:
        document = step.definition.document(step.build(draft.checkout))
    return NextAction(
        step=step.name,
        type=kind,
        due=True,
        schema=step.definition.schema() if schemas else None,
        options=draft.checkout.private.offers.get(step.name),
        document=document,
    )


def _messages(draft: Draft) -> tuple[Message, ...]:
    found = []
    canceled = draft.checkout.canceled
    if canceled is not None:
        content = f"The checkout was ended by the {canceled.by}: {canceled.code}."
        found.append(
            Message(type="error", code=canceled.code, severity="fatal", path="$", content=content)
        )
    for step in draft.plan.steps.values():
        if canceled is not None and draft.state(step.name).state is not State.UNDO_FAILED:
            continue
        message = _message(draft, step, draft.state(step.name))
        if message is not None:
            found.append(message)
    return tuple(found)


_SAYS = {
    State.DECLINED: ("error", "recoverable", "was declined"),
    State.IN_REVIEW: ("info", "info", "is being looked at by a person"),
    State.IN_DOUBT: ("info", "info", "is being checked with the provider"),
    State.UNDO_FAILED: ("warning", "info", "could not be taken back yet; we are on it"),
}


def _message(draft: Draft, step: PlannedStep, state: StepState) -> Message | None:
    path = f"$.steps.{step.name}"
    if state.state in _SAYS:
        kind, severity, says = _SAYS[state.state]
        code = state.code or str(state.state)
        content = f"{step.name} {says} ({code})."
        return Message(type=kind, code=code, severity=severity, path=path, content=content)
    redo = state.state in (State.PENDING, State.READY) and state.code is not None
    if redo and draft.checkout.canceled is None:
        code = state.code or ""
        kind = "info" if code == "provider_unavailable" else "error"
        content = f"{step.name} has to be done again ({code})."
        return Message(type=kind, code=code, severity="recoverable", path=path, content=content)
    return None
