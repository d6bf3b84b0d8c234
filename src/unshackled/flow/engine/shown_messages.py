"""What the customer reads: what did not come off and the ways on, who is at work and until when.

A message is a code with parameters for programs and a sentence for people. It never names a step,
a vendor, a status of HTTP or what could tip a fraudster off: that is the operators'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from unshackled.domain.checkout import StepState
from unshackled.domain.records import Record
from unshackled.domain.states import UNWINDING, S
from unshackled.flow.engine.action import CustomerAction
from unshackled.flow.engine.data_refusals import refused_after_yes
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import renewable
from unshackled.flow.engine.neutral_codes import declined_code
from unshackled.flow.engine.ways_on import blocked
from unshackled.flow.plan.plan import PlannedStep
from unshackled.messages import agencies_of, agency_sentences, say
from unshackled.ports.operation import Operation

Json = Any


class ShownMessage(Record):
    """Something the customer should know; `severity` is recoverable, fatal or info.

    `params` are the parameters of `content`, the sentence; `actions` are the ids of the next
    actions that lead on.
    """

    type: str
    code: str
    severity: str
    path: str
    content: str
    params: Mapping[str, Json] = field(default_factory=dict)
    actions: Sequence[str] = ()


_ENDS: Final = frozenset({"canceled", "expired", "changed_mind", "review_timed_out"})


class _Said(Record):
    """A message before it is put into words."""

    code: str
    until: datetime | None = None
    who: str | None = None
    kind: str = "info"
    severity: str = "info"
    actions: tuple[str, ...] = ()
    agencies: Sequence[dict[str, Json]] = ()


def messages(draft: Draft, actions: Sequence[CustomerAction]) -> tuple[ShownMessage, ...]:
    """Everything to say, in the order of the flow; moments are in the retailer's zone."""
    found = [*_ended(draft), *_outside(draft)]
    for step, state in draft.in_question():
        if draft.checkout.canceled is None or _taking_back(draft, step):
            said = _of_step(draft, step, state, actions)
            if said is not None:
                found.append(_worded(draft, step, said))
    return (*found, *_passed_over(draft), *_strays(draft))


def _ended(draft: Draft) -> Iterator[ShownMessage]:
    """Why it ended without an order, as far as customers read it; `by` says who ended it."""
    canceled = draft.checkout.canceled
    if canceled is None:
        return
    code = canceled.code if canceled.code in _ENDS else "canceled"
    params = {"by": canceled.by}
    if draft.case is not None:
        code, params = "case_canceled", {**params, "subject": f"case.{draft.case.kind}"}
    yield ShownMessage(
        type="error",
        code=code,
        severity="fatal",
        path="$",
        content=say(draft.checkout.locale, code, params),
        params=params,
    )


def _outside(draft: Draft) -> Iterator[ShownMessage]:
    """When it is the customer's turn in the waiting room, or that they have missed it."""
    place = draft.checkout.queue
    if place is None or draft.closed or place.admitted_at is not None:
        return
    lapsed = place.lapsed_at is not None
    code = "turn_missed" if lapsed else "waiting_room"
    params: dict[str, Json] = {"subject": "package"}
    params |= {} if lapsed else {"until": place.admit_at}
    zone = ZoneInfo(draft.plan.time_zone)
    yield ShownMessage(
        type="warning" if lapsed else "info",
        code=code,
        severity="recoverable" if lapsed else "info",
        path="$",
        content=say(draft.checkout.locale, code, params, zone=zone),
        params=params,
        actions=("queue",) if lapsed else (),
    )


def _passed_over(draft: Draft) -> Iterator[ShownMessage]:
    """Whose "no" came from an agency's data before another lender said yes: that is told, too."""
    if draft.closed:
        return
    for name, declines in draft.checkout.private.declines.items():
        step, agencies = draft.plan.steps[name], agencies_of(declines)
        if agencies and not blocked(draft, step) and draft.state(name).state is not S.DECLINED:
            yield _worded(draft, step, _Said(code="lender_declined", agencies=agencies))


def _taking_back(draft: Draft, step: PlannedStep) -> bool:
    return draft.state(step.name).state in UNWINDING


def _of_step(
    draft: Draft, step: PlannedStep, state: StepState, actions: Sequence[CustomerAction]
) -> _Said | None:
    if blocked(draft, step) or refused_after_yes(draft, step):
        return _declined(draft, step, state, actions)
    if state.state is S.DECLINED:
        return _Said(code=declined_code(step, state.code))
    if renewable(draft, step):
        renewals = tuple(one.id for one in actions if one.type == "renew" and one.step == step.name)
        return _Said(code="lapsed", kind="warning", severity="recoverable", actions=renewals)
    if state.wanted:
        return _wanted(step, state, actions)
    at_work = _AT_WORK.get(state.state)
    return None if at_work is None else at_work(draft, step, state)


def _wanted(step: PlannedStep, state: StepState, actions: Sequence[CustomerAction]) -> _Said:
    """Somebody waits for the customer's answer, until the step's deadline."""
    forms = tuple(one.id for one in actions if one.type == "submit" and one.step == step.name)
    return _Said(
        code="information_wanted",
        who=_capability(step),
        until=state.deadline_at,
        kind="warning",
        severity="recoverable",
        actions=forms,
    )


def _declined(
    draft: Draft, step: PlannedStep, state: StepState, actions: Sequence[CustomerAction]
) -> _Said:
    """A "no" and its ways out; without any, only the end of the checkout is left."""
    named = [one.id for one in actions if step.name in one.resolves]
    if not named and state.state is S.IN_REVIEW:
        return _reviewed(draft, step, state)
    if state.state is S.PENDING:
        named += [one.id for one in actions if one.type == "confirm"]
    severity = "recoverable" if named else "fatal"
    named = named or [one.id for one in actions if one.type == "cancel"]
    nothing = state.state is S.WAITING_CUSTOMER
    code = "nothing_on_offer" if nothing else declined_code(step, state.code)
    agencies = agencies_of(draft.checkout.private.declines.get(step.name, ()))
    return _Said(
        code=code, kind="error", severity=severity, actions=tuple(named), agencies=agencies
    )


def _capability(step: PlannedStep) -> str | None:
    operation = step.definition.operation
    return operation.capability if operation is not None else None


def _ready(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    """It is about to be called; what is out of reach is tried until its deadline."""
    away = state.code == "provider_unavailable"
    return _Said(
        code="provider_unavailable" if away else "in_progress",
        who=_capability(step),
        until=_last(draft, step, (state.ready_at or draft.now) + step.deadline, state),
    )


def _running(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    return _Said(code="in_progress", who=_capability(step), until=state.give_up_at)


def _waiting(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    """It is worked on elsewhere, until the moment that was promised, if any was."""
    operation, who = step.definition.operation, _capability(step)
    decides = operation is not None and operation.declinable
    last = _last(draft, step, state.deadline_at, state)
    if state.late:
        return _Said(code="late", who=who, kind="warning", until=last)
    forward = step.pivot or step.downstream_of_pivot
    ends = [state.due_by, None if forward and state.due_by is not None else last]
    until = min((end for end in ends if end is not None), default=None)
    if operation is not None and _customer_pays(operation):
        return _Said(code="awaits_repayment", who=who, kind="warning", until=until)
    return _Said(code="being_decided" if decides else "in_progress", who=who, until=until)


def _customer_pays(operation: Operation) -> bool:
    """Whether its provider waits for money of the customer, and for nothing else."""
    return operation.waits and any(one.sender == "customer" for one in operation.transfers)


def _doubtful(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    return _Said(code="in_doubt", who=_capability(step), until=state.next_at)


def _reviewed(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    return _Said(code="in_review", who="person", until=state.deadline_at)


def _undoing(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    ends = [one.give_up_at for one in draft.checkout.undos.values() if one.step == step.name]
    return _Said(code="being_undone", who=_capability(step), until=max(ends, default=None))


def _undo_failed(draft: Draft, step: PlannedStep, state: StepState) -> _Said:
    return _Said(code="undo_failed", who="person", kind="warning")


def _last(
    draft: Draft, step: PlannedStep, end: datetime | None, state: StepState
) -> datetime | None:
    """When it ends at the latest; after the point of no return only when it is looked at next."""
    forward = step.pivot or step.downstream_of_pivot
    return state.next_at if forward else end


_AT_WORK: Final = {
    S.READY: _ready,
    S.RUNNING: _running,
    S.WAITING_PROVIDER: _waiting,
    S.IN_DOUBT: _doubtful,
    S.IN_REVIEW: _reviewed,
    S.FAILED: _reviewed,
    S.UNDOING: _undoing,
    S.UNDO_FAILED: _undo_failed,
}


def _strays(draft: Draft) -> Iterator[ShownMessage]:
    """Effects of an earlier try that are taken back beside their step."""
    codes = set()
    for undo in draft.checkout.undos.values():
        step = draft.plan.steps[undo.step]
        if undo.step in codes or _taking_back(draft, step):
            continue
        codes.add(undo.step)
        if undo.failed:
            said = _undo_failed(draft, step, draft.state(undo.step))
        else:
            said = _undoing(draft, step, draft.state(undo.step))
        yield _worded(draft, step, said)


def _worded(draft: Draft, step: PlannedStep, text: _Said) -> ShownMessage:
    params: dict[str, Json] = {"subject": step.definition.detail}
    if step.definition.kind == "review":
        params = {"subject": "package"}
    params |= {"who": text.who} if text.who is not None else {}
    params |= {"until": text.until} if text.until is not None else {}
    params |= {"agencies": text.agencies} if text.agencies else {}
    locale = draft.checkout.locale
    content = say(locale, text.code, params, kind="declined", zone=ZoneInfo(draft.plan.time_zone))
    return ShownMessage(
        type=text.kind,
        code=text.code,
        severity=text.severity,
        path=f"$.steps.{step.name}",
        content=" ".join((content, *agency_sentences(locale, text.agencies))),
        params=params,
        actions=text.actions,
    )
