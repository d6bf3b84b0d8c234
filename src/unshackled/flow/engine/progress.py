"""What the states of the steps come to: derived once from them, and not again by each walk.

Most steps wait for others, or have a result, and most walks have nothing to do with them. Snapshots
share the states of their steps until one of these moves, so what is derived is remembered by them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

from unshackled.domain.checkout import StepState
from unshackled.domain.memo import Memo
from unshackled.domain.records import Record
from unshackled.domain.states import OVER, SUCCESSFUL, TIMELESS, UNPAID, UNSENT, S
from unshackled.flow.plan.plan import Plan, PlannedStep

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Progress(Record):
    """The steps that something is to be done about, each in the order of the flow.

    `unfinished` have no result; those of them that do not wait for others are `active`. `timed`
    have a moment of their own, `alarm` is the first of all. `unsettled` hold back what needs them.
    `confirmed`: the customer has said yes; without a `confirm` step there is nothing to say.
    `pivot_sent`: the point of no return is behind us, its write-ahead is committed.
    """

    unfinished: Collection[PlannedStep]
    active: Collection[PlannedStep]
    timed: Collection[PlannedStep]
    alarm: datetime
    unsettled: frozenset[str]
    confirmed: bool
    pivot_sent: bool


_PROGRESS: Final[Memo[Progress]] = Memo()


def progress(plan: Plan, steps: Mapping[str, StepState]) -> Progress:
    """What the steps of a checkout come to."""
    return _PROGRESS.get(plan, steps, make=lambda: _progress(plan, steps))


def _progress(plan: Plan, steps: Mapping[str, StepState]) -> Progress:
    unfinished, active, timed, unsettled, alarm = [], [], [], [], NEVER
    for name, step in plan.steps.items():
        state = steps[name]
        if state.state in SUCCESSFUL:
            if state.valid_until is None:
                continue
        else:
            unfinished.append(step)
            if state.state is S.PENDING:
                unsettled.append(name)
                continue
            active.append(step)
            if not _passed_over(step, state):
                unsettled.append(name)
        moment = soonest(state, step)
        if moment is not NEVER:
            timed.append(step)
            alarm = min(alarm, moment)
    confirm, pivot = plan.confirm, plan.pivot
    return Progress(
        unfinished=unfinished,
        active=active,
        timed=timed,
        alarm=alarm,
        unsettled=frozenset(unsettled),
        confirmed=confirm is not None and steps[confirm].state is S.PASSED,
        pivot_sent=pivot is not None and _is_sent(steps[pivot]),
    )


def _passed_over(step: PlannedStep, state: StepState) -> bool:
    """Whether what needs the step may go on although it has no result."""
    if step.best_effort and state.state in OVER:
        return True
    return state.state is S.DECLINED and step.on_decline == "skip"


def _is_sent(state: StepState) -> bool:
    held_back = state.state is S.IN_REVIEW and state.code == UNPAID
    return state.state not in UNSENT and not held_back


def soonest(state: StepState, step: PlannedStep) -> datetime:
    """The first moment that a step itself names, before it is asked whether it counts."""
    if state.state in TIMELESS:
        return NEVER
    first = NEVER
    due_by = None if state.late else state.due_by
    for when in (state.give_up_at, state.deadline_at, state.expires_at, state.valid_until, due_by):
        if when is not None and when < first:
            first = when
    if state.ready_at is not None and state.next_at is not None:
        first = min(first, state.ready_at + step.deadline)
    return first
