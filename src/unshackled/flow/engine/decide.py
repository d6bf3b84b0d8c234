"""`decide(plan, checkout, command, now)`: which events a command leads to, or why it may not be.

One handler per command, then one settle pass. Pure: no clock, no I/O, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.events.event import Event
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.records import Record
from unshackled.domain.states import LEAVING, NOT_BEGUN
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.admission.turns import join_queue, require_inside, use_turn
from unshackled.flow.engine.draft import Draft, Rejected, evolve
from unshackled.flow.engine.handlers.operator import cancel_by_operator, resolve, retry_now, skip
from unshackled.flow.engine.handlers.own_commands import reroute, start
from unshackled.flow.engine.handlers.privacy import erase, erase_by_operator
from unshackled.flow.engine.handlers.provider_reports import (
    device_taken,
    escalate,
    fold,
    not_taken,
    notify,
    returned,
    unreachable,
    unserved,
)
from unshackled.flow.engine.handlers.shopper import (
    cancel,
    change_package,
    complete,
    renew_held,
    renew_quote,
    submit,
)
from unshackled.flow.engine.settle import settle
from unshackled.flow.engine.timers import time_passes
from unshackled.flow.engine.undelivered import bounced
from unshackled.flow.engine.vendor_problems import noted_where
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import Plan
from unshackled.telemetry import Where


class Decision(Record, kw_only=False):
    """The events and the snapshot they lead to.

    With a `refusal` the command itself is not carried out; what it set going is kept. `noted` are
    the problems of steps that no event has reported yet.
    """

    events: tuple[Event, ...]
    checkout: Checkout
    refusal: Rejected | None = None
    noted: tuple[tuple[Where, ProviderProblem], ...] = ()


def _tick(draft: Draft, command: c.Tick) -> None:
    """Nothing of its own: time passes in every decision."""


HANDLERS: Mapping[type[c.Command], Callable[[Draft, Any], None]] = {
    c.ChangePackage: change_package,
    c.RenewQuote: renew_quote,
    c.Submit: submit,
    c.Complete: complete,
    c.Cancel: cancel,
    c.Start: start,
    c.RecordResult: fold,
    c.RecordNotice: notify,
    c.Bounced: bounced,
    c.Returned: returned,
    c.Unreachable: unreachable,
    c.NotTaken: not_taken,
    c.Unserved: unserved,
    c.DeviceTaken: device_taken,
    c.Reroute: reroute,
    c.Escalate: escalate,
    c.Resolve: resolve,
    c.RetryNow: retry_now,
    c.Skip: skip,
    c.CancelByOperator: cancel_by_operator,
    c.Erase: erase,
    c.EraseByOperator: erase_by_operator,
    c.JoinQueue: join_queue,
    c.Tick: _tick,
}
BY_CUSTOMER = (c.ChangePackage, c.Submit, c.Complete)


def create(plan: Plan, created: CheckoutCreated, now: datetime) -> Decision:
    """The first decision of a checkout; it looks at every step, for nothing was at rest before."""
    draft = Draft(plan=plan, checkout=created.begin(now), now=now, events=[created])
    settle(draft)
    return Decision(tuple(draft.events), draft.checkout)


def decide(
    plan: Plan, checkout: Checkout, command: c.Command, now: datetime, *, whole: bool = False
) -> Decision:
    """The events a command leads to; raises `Rejected` when it may not be carried out now.

    `whole` looks at every step again and again, not only at what changed: it comes to the same.
    """
    draft = Draft(plan=plan, checkout=checkout, now=now, settled_at=checkout, whole=whole)
    time_passes(draft)
    draft.customer = isinstance(command, BY_CUSTOMER)
    if draft.customer:
        require_inside(draft)
    HANDLERS[type(command)](draft, command)
    if draft.customer:
        use_turn(draft)
        renew_held(draft)
    settle(draft)
    if draft.customer:
        _keep_hard_search(checkout, draft)
    noted = noted_where(draft) if draft.noted else ()
    return Decision(tuple(draft.events), draft.checkout, draft.refusal, noted)


def _keep_hard_search(before: Checkout, draft: Draft) -> None:
    """A sent hard search is never repeated in a checkout; only dropping the credit is allowed."""
    for step in draft.plan.hard_searches:
        if not before.steps[step.name].sent:
            continue
        old, new = before.steps[step.name], draft.state(step.name)
        outdated = old.digest is not None and not step.same(draft.checkout, old.digest)
        revived = old.state != new.state and new.state in NOT_BEGUN
        leaving = new.state in LEAVING and not _returns(draft, new.reference)
        # Wanted again while it is still being withdrawn: what is withdrawn never comes back.
        wanted = leaving and holds(draft.checkout, step) and not holds(before, step)
        changed = outdated or revived
        if (wanted or (changed and not leaving)) and not draft.checkout.canceled:
            raise Rejected(
                "credit_already_decided",
                "the credit was applied for already: this change would need a second hard search; "
                "e-mail and phone can be corrected, the credit removed, or the checkout canceled",
                step=step.name,
            )


def _returns(draft: Draft, reference: str | None) -> bool:
    undo = draft.checkout.undos.get(reference or "")
    return undo is not None and undo.goal == "pending"


__all__ = ["Decision", "Rejected", "create", "decide", "evolve"]
