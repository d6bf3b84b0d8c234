"""Outcomes that are none yet: a provider works on it, or the customer has something to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.domain.checkout import reference_of
from unshackled.domain.customer.credit_information import known_groups
from unshackled.domain.events.waiting_events import (
    InformationGiven,
    InformationWanted,
    LookUpDelayed,
    PageRenewed,
    PromiseMoved,
    StepPending,
    StepRedirected,
)
from unshackled.domain.states import PAGE_OPEN, S
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.expired import Answered, page_over
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.outcome import Pending, Redirect

SLOWEST_POLL: Final = timedelta(minutes=30)
PAGE_POLL: Final = timedelta(minutes=1)


def next_poll(draft: Draft, step: PlannedStep, wished: timedelta) -> datetime:
    """Polls thin out: never sooner than wished, nor than a tenth of the time waited so far."""
    since = draft.state(step.name).first_sent_at or draft.now
    return draft.now + max(wished, min((draft.now - since) / 10, SLOWEST_POLL))


def look_up_later(draft: Draft, step: PlannedStep, soonest: datetime) -> None:
    """A look-up that settled nothing: ask again, and less and less often."""
    next_at = next_poll(draft, step, soonest - draft.now)
    draft.emit(LookUpDelayed(step=step.name, next_at=next_at))


def pending(draft: Draft, step: PlannedStep, result: Pending, answer: Answered) -> None:
    """Its provider works on it: it tells us, or is asked."""
    state = draft.state(step.name)
    next_at = next_poll(draft, step, result.poll_after)
    if wanted := _wanted(step, result):
        _ask_customer(draft, step, wanted, next_at, result.handle)
        return
    if state.state is S.WAITING_PROVIDER and not state.supplying:
        moved = None if result.due_by == state.due_by else result.due_by
        draft.emit(LookUpDelayed(step=step.name, next_at=next_at, due_by=moved))
        _tell_of_another_day(draft, step, state.due_by, moved)
        return
    deadline_at = state.deadline_at or draft.now + step.deadline
    asked: dict[str, Any] = {} if step.is_effect else _asked_of(draft, step, answer)
    draft.emit(
        StepPending(
            step=step.name,
            next_at=next_at,
            deadline_at=deadline_at,
            handle=result.handle,
            due_by=result.due_by or _expected(step, deadline_at),
            **asked,
        )
    )


def _tell_of_another_day(
    draft: Draft, step: PlannedStep, before: datetime | None, moved: datetime | None
) -> None:
    """Who has bought is told of another day, by the retailer's calendar, not of another hour."""
    if before is None or moved is None or not step.downstream_of_pivot:
        return
    known, day = draft.plan.local(before).date(), draft.plan.local(moved).date()
    if known != day:
        draft.emit(PromiseMoved(step=step.name, before=known, day=day))


def _wanted(step: PlannedStep, result: Pending) -> tuple[str, ...]:
    """What the provider wants of the customer that there is a form and a way for."""
    operation = step.definition.operation
    if operation is None or operation.supplied_by is None:
        return ()
    return known_groups(result.wanted)


def _ask_customer(
    draft: Draft,
    step: PlannedStep,
    wanted: tuple[str, ...],
    next_at: datetime,
    handle: str | None,
) -> None:
    """It is the customer's turn; the same once more only moves the next look."""
    state = draft.state(step.name)
    if state.wanted == wanted:
        draft.emit(LookUpDelayed(step=step.name, next_at=next_at))
        return
    draft.emit(
        InformationWanted(
            step=step.name,
            wanted=wanted,
            next_at=next_at,
            deadline_at=state.deadline_at or draft.now + step.deadline,
            handle=handle,
        )
    )


def supply(draft: Draft, step: PlannedStep) -> None:
    """The customer's answer is kept: it goes to the provider now, and the step waits for it."""
    state = draft.state(step.name)
    draft.emit(
        InformationGiven(
            step=step.name,
            next_at=draft.now,
            deadline_at=state.deadline_at or draft.now + step.deadline,
        )
    )


def supply_key(step: PlannedStep) -> str:
    """The key of the operation that takes the customer's answer, e.g. `credit.supply`."""
    operation = step.definition.operation
    if operation is None or operation.supplied_by is None:
        return ""
    return f"{operation.capability}.{operation.supplied_by}"


def _expected(step: PlannedStep, deadline_at: datetime) -> datetime | None:
    """After the point of no return a deadline ends nothing: it is when a person should look."""
    return deadline_at if step.downstream_of_pivot else None


def _asked_of(draft: Draft, step: PlannedStep, answer: Answered) -> dict[str, Any]:
    """Who was asked by a query, and its reference: it had no write-ahead."""
    if answer.provider is None:
        return {}
    checkout, generation = draft.checkout, draft.state(step.name).generation
    reference = reference_of(checkout.id, checkout.run, step.name, generation, answer.provider)
    return {"provider": answer.provider, "reference": reference}


def redirected(draft: Draft, step: PlannedStep, result: Redirect, answer: Answered) -> None:
    """The customer goes to its provider's page, or is there still."""
    state = draft.state(step.name)
    known = draft.checkout.private.links.get(step.name)
    over = result.expires <= draft.now and known in (None, result.url)
    if over and state.state in PAGE_OPEN:
        page_over(draft, step, answer)
        return
    end = max(result.expires, draft.now + PAGE_POLL)
    next_at = min(next_poll(draft, step, PAGE_POLL), end)
    if state.state is S.WAITING_CUSTOMER:
        _same_page(draft, step, result, next_at)
        return
    draft.emit(
        StepRedirected(
            step=step.name,
            url=result.url,
            expires_at=result.expires,
            next_at=next_at,
            deadline_at=state.deadline_at or draft.now + step.deadline,
            handle=result.handle,
        )
    )


def _same_page(draft: Draft, step: PlannedStep, result: Redirect, next_at: datetime) -> None:
    """The customer is still there; what has another address or end now is where they go on."""
    ended = (draft.state(step.name).expires_at or result.expires) <= draft.now
    known = draft.checkout.private.links.get(step.name)
    if result.url == known and not ended:
        draft.emit(LookUpDelayed(step=step.name, next_at=next_at))
        return
    draft.emit(
        PageRenewed(
            step=step.name,
            url=result.url,
            expires_at=result.expires,
            next_at=next_at,
            handle=result.handle,
        )
    )
