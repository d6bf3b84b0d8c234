"""How long what was done counts: what lapses, what a hard search used up, what to renew first.

What lapses follows data, not the order of steps: a hold is renewed under an approved credit, since
its output is no part of the application; a quotation that the application was made on is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from unshackled.domain.checkout import StepState
from unshackled.domain.memo import Memo
from unshackled.domain.states import UNDER_WAY, S
from unshackled.flow.engine.draft import Draft
from unshackled.flow.plan.plan import FromStep, Plan, PlannedStep


def used_up(draft: Draft, step: PlannedStep) -> bool:
    """Whether a sent hard search was made on it: that is never repeated, so this may not change."""
    return any(
        step.name in feeds(draft.plan, search.name)
        for search in draft.plan.hard_searches
        if draft.state(search.name).sent
    )


_FEEDS: Final[Memo[frozenset[str]]] = Memo(1024)


def feeds(plan: Plan, name: str) -> frozenset[str]:
    """The steps whose output is in the request of a step, or decides whether it is wanted."""
    return _FEEDS.get(plan, plan.steps[name], make=lambda: _fed_by(plan, name))


def _fed_by(plan: Plan, name: str) -> frozenset[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        step = plan.steps[waiting.pop()]
        read = {source.step for source in step.sources.values() if isinstance(source, FromStep)}
        if step.when is not None:
            read |= step.when.steps
        waiting.extend(read - found)
        found |= read
    return frozenset(found)


def time_to_pivot(plan: Plan) -> timedelta:
    """The longest path of timeouts from the customer's yes to the end of the pivot's call."""
    longest: dict[str, timedelta] = {}
    for step in plan.steps.values():
        if step.downstream_of_confirm:
            before = [longest[need] for need in step.needs if need in longest]
            longest[step.name] = step.timeout + max(before, default=timedelta())
    return longest.get(plan.pivot or "", timedelta())


def lapsing(draft: Draft) -> tuple[PlannedStep, ...]:
    """The steps before `confirm` that would lapse on the way from it to the pivot."""
    horizon = time_to_pivot(draft.plan)
    return tuple(
        step
        for step in _upstream(draft)
        if _lapses(draft.state(step.name), draft, horizon) and not used_up(draft, step)
    )


def _upstream(draft: Draft) -> Iterable[PlannedStep]:
    return (step for step in draft.plan.steps.values() if not step.downstream_of_confirm)


def _lapses(state: StepState, draft: Draft, horizon: timedelta) -> bool:
    """Whether it ends too soon; what never lives so long is renewed only when it has ended."""
    if state.state is not S.PASSED or state.valid_until is None:
        return False
    life = state.valid_until - (state.updated_at or draft.now)
    return state.valid_until <= draft.now + (horizon if life > horizon else timedelta())


def renewing(draft: Draft) -> bool:
    """Whether all that is missing before `confirm` is being done again, without the customer."""
    missing = [step for step in _upstream(draft) if not draft.settled(step.name)]
    missing = [step for step in missing if step.name != draft.plan.confirm]
    states = [draft.state(step.name) for step in missing]
    again = any(state.generation or state.state is S.UNDOING for state in states)
    return again and all(_under_way(draft, step) for step in missing)


def _under_way(draft: Draft, step: PlannedStep) -> bool:
    state = draft.state(step.name)
    if state.held:
        return False
    if state.state is S.PENDING and step.definition.entry not in ("customer", "review"):
        return not (step.hard_search and state.sent)
    return state.state in UNDER_WAY


def renewable(draft: Draft, step: PlannedStep) -> bool:
    """Whether a step lapsed while the customer was away and is done again when they want it."""
    state = draft.state(step.name)
    return state.held and state.state is S.PENDING and draft.upstream_settled(step)
