"""A checkout in the waiting room begins by the clock alone: no process lets anybody in.

Before its moment no step opens. Whoever looks at it first after that (the timer, or a command)
finds that its time has come, so a restart changes nothing. Who does nothing in their turn loses
it after a while: what was begun is taken back, and they may join again, behind the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from unshackled.domain.events.queue_events import (
    CheckoutAdmitted,
    QueueJoined,
    QueuePlaceLapsed,
    QueuePlaceUsed,
)
from unshackled.domain.states import AT_WORK, MOVABLE, S
from unshackled.domain.waiting_room import UNUSED_FOR
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.unwind import take_back


def pass_turns(draft: Draft) -> None:
    """Let it begin where its moment has come; end a turn that was not used."""
    place = draft.checkout.queue
    if place is None or draft.case is not None or draft.closed:
        return
    if place.waiting and place.admit_at <= draft.now:
        _admit(draft, place.admit_at)
    elif place.admitted_at is not None and place.admitted_at + UNUSED_FOR <= draft.now:
        _end_turn(draft)


def turn_times(draft: Draft) -> Iterator[datetime]:
    """When `pass_turns` would do something."""
    place = draft.checkout.queue
    if place is None or draft.case is not None or draft.closed:
        return
    if place.waiting:
        yield place.admit_at
    elif place.admitted_at is not None:
        yield place.admitted_at + UNUSED_FOR


def outside(draft: Draft) -> bool:
    """Whether it waits for its turn, or has lost it: nothing is begun."""
    place = draft.checkout.queue
    return place is not None and place.admitted_at is None


def require_inside(draft: Draft) -> None:
    """Refuse what a customer sends before their turn, with when that is and what to do."""
    place = draft.checkout.queue
    if place is None or draft.closed or not outside(draft):
        return
    if place.lapsed_at is not None:
        raise Rejected(
            "queue_place_lapsed",
            "the turn was not used in time: take another place in the waiting room",
            lapsed_at=place.lapsed_at,
            href=f"/v1/checkouts/{draft.checkout.id}/queue",
        )
    raise Rejected(
        "not_admitted",
        "the checkout is in the waiting room: send it again at `admit_at`",
        admit_at=place.admit_at,
        position=place.position(draft.now),
        wait_seconds=math.ceil((place.admit_at - draft.now).total_seconds()),
    )


def use_turn(draft: Draft) -> None:
    """The customer did something: they are inside for good."""
    place = draft.checkout.queue
    if place is not None and place.admitted_at is not None and draft.case is None:
        draft.emit(QueuePlaceUsed())


def join_queue(draft: Draft, command: c.JoinQueue) -> None:
    """Give somebody who lost their turn another place; of others nothing changes."""
    place = draft.checkout.queue
    if draft.closed or place is None or place.lapsed_at is None:
        return
    begins = max(command.queue.admit_at, draft.now)
    draft.emit(QueueJoined(queue=command.queue, expires_at=begins + draft.plan.expires_after))
    pass_turns(draft)


def _admit(draft: Draft, admit_at: datetime) -> None:
    expires_at = draft.now + draft.plan.expires_after
    draft.emit(CheckoutAdmitted(admit_at=admit_at, expires_at=expires_at))


def _end_turn(draft: Draft) -> None:
    """Everything that was begun is taken back, unless somebody is at work for the customer."""
    if any(_at_work(draft, name) for name in draft.plan.steps):
        draft.emit(QueuePlaceUsed())
        return
    draft.emit(QueuePlaceLapsed())
    for step in reversed(list(draft.plan.steps.values())):
        if draft.state(step.name).state in MOVABLE:
            take_back(draft, step, S.PENDING, "turn_unused")


def _at_work(draft: Draft, name: str) -> bool:
    """A page of a provider that is open counts: the customer may be there."""
    state = draft.state(name)
    away = state.state is S.WAITING_CUSTOMER and state.reference is not None
    return away or state.state in AT_WORK
