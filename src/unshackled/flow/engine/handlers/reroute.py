"""Handler of a move: what stands at a provider that is gone is done again at another one."""

from __future__ import annotations

from unshackled.domain.route_events import RouteMoved
from unshackled.domain.states import BUSY, HOLDING, State
from unshackled.domain.step_events import StepReset
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import used_up
from unshackled.flow.engine.route_request import holding
from unshackled.flow.engine.unwind import take_back
from unshackled.flow.plan.plan import PlannedStep


def reroute(draft: Draft, command: c.Reroute) -> None:
    """Take back the route's effects at the provider, and let the step begin anew with another.

    Nothing moves while a call is under way or in doubt, after the point of no return, or where a
    sent hard search stands on it: then the step waits for the provider.
    """
    step = draft.plan.steps[command.step]
    state = draft.state(step.name)
    if state.generation != command.generation or state.state is not State.READY:
        return
    route = step.policy.route if step.policy is not None else ""
    held = list(holding(draft.plan, draft.checkout, route, command.provider))
    if not may_move(draft, held):
        return
    draft.emit(RouteMoved(route=route, provider=command.provider, reason=command.reason))
    for one in reversed(held):
        _reopen_after(draft, one)
        take_back(draft, one, State.PENDING, "moved", held=False)
    if draft.state(step.name).state is State.READY:
        draft.emit(StepReset(step=step.name, reason="moved"))


def may_move(draft: Draft, held: list[PlannedStep]) -> bool:
    """Whether what is held may be taken back now."""
    if draft.pivot_sent or draft.checkout.canceled is not None:
        return False
    return all(
        draft.state(one.name).state in HOLDING
        and not one.hard_search
        and not used_up(draft, one)
        and not _busy_after(draft, one)
        for one in held
    )


def _busy_after(draft: Draft, step: PlannedStep) -> bool:
    return any(draft.state(name).state in BUSY for name in step.descendants)


def _reopen_after(draft: Draft, step: PlannedStep) -> None:
    """What was about to begin on it waits for it again."""
    for name in draft.plan.steps:
        if name in step.descendants and draft.state(name).state is State.READY:
            draft.emit(StepReset(step=name, reason="moved"))
