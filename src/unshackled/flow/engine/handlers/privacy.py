"""Handler of erasing personal data: all of it, or what neither a contract nor the law needs."""

from __future__ import annotations

from typing import Final

from unshackled.domain.codec import encode
from unshackled.domain.erasure import (
    CASE,
    CONTRACT,
    LAW,
    OPEN,
    UNSETTLED,
    RetentionDuty,
)
from unshackled.domain.events.privacy_events import PersonalErased, has_passing
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.handlers.operator import note
from unshackled.flow.engine.status import is_settled
from unshackled.flow.plan.personal_data.data_purposes import not_needed
from unshackled.flow.plan.personal_data.retention_law import order_duties

_SAYS: Final = {
    OPEN: "the checkout is open: cancel it first",
    UNSETTLED: "something of the checkout is still under way, in doubt or being taken back",
    CASE: "a case of the checkout is open, or something of it under way",
    CONTRACT: "a contract of the order runs",
    LAW: "the law asks for the records of the order",
}


def erase(draft: Draft, command: c.Erase) -> None:
    """Erase all that nothing asks for any more; the same again changes nothing.

    Raises `Rejected` while the checkout is under way. Where contracts or the law keep a part of the
    data the rest is erased, and the command is refused with what keeps it.
    """
    _require_ended(draft)
    duties = duties_of(draft)
    event = _due(draft, duties, command)
    if event is not None:
        draft.emit(event)
    _refuse(draft, duties)


def erase_by_operator(draft: Draft, command: c.EraseByOperator) -> None:
    """The same, with who asked for it and why."""
    _require_ended(draft)
    duties = duties_of(draft)
    event = _due(draft, duties, c.Erase(by="operator"))
    if event is not None:
        note(draft, command, None, "erase", None)
        draft.emit(event)
    _refuse(draft, duties)


def _due(
    draft: Draft, duties: tuple[RetentionDuty, ...], command: c.Erase
) -> PersonalErased | None:
    """What is to be erased now; None where all that may be is gone."""
    erasure = draft.checkout.erasure
    gone = erasure.steps if erasure is not None else ()
    reasons = {duty.reason for duty in duties}
    fresh = not_needed(draft.plan, draft.checkout, reasons) if duties else ()
    steps = tuple(dict.fromkeys((*gone, *fresh))) if duties else ()
    if erasure is not None and erasure.whole:
        return None
    passing = any(map(has_passing, draft.checkout.private.runs.values()))
    if erasure is not None and not passing and (erasure.duties, gone) == (duties, steps):
        return None
    return PersonalErased(by=command.by, reason=command.reason, steps=steps, duties=duties)


def _refuse(draft: Draft, duties: tuple[RetentionDuty, ...]) -> None:
    erasure = draft.checkout.erasure
    if duties and (erasure is None or not erasure.whole):
        draft.refusal = _needed(*duties)


def duties_of(draft: Draft) -> tuple[RetentionDuty, ...]:
    """What keeps the data of a checkout that has ended, in the order in which it ends."""
    found = order_duties(draft.plan, draft.checkout, draft.now)
    return tuple(duty for duty in found if duty.until is None or duty.until > draft.now)


def _require_ended(draft: Draft) -> None:
    """Raise `Rejected` while anything may still need the data; what was erased needs none."""
    checkout = draft.checkout
    if checkout.erasure is not None and checkout.erasure.whole:
        return
    if checkout.canceled is None and checkout.completed_at is None:
        until = None if checkout.paused_at is not None else checkout.expires_at
        raise _needed(RetentionDuty(reason=OPEN, until=until))
    if not is_settled(draft):
        raise _needed(RetentionDuty(reason=UNSETTLED))
    if not all(run.over for run in checkout.runs.values()):
        raise _needed(RetentionDuty(reason=CASE))


def _needed(*duties: RetentionDuty) -> Rejected:
    says = "; ".join(_SAYS[duty.reason] + _until(duty) for duty in duties)
    return Rejected(
        "personal_data_needed",
        f"personal data is still needed: {says}",
        duties=[encode(duty) for duty in duties],
    )


def _until(duty: RetentionDuty) -> str:
    return f" until {duty.until:%Y-%m-%d}" if duty.until is not None else ""
