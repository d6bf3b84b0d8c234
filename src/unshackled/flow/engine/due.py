"""What is to be done now for a checkout, and when the runner must look again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.domain.runs import RunView
from unshackled.domain.states import UNANSWERED, WAITING, S
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.route_choice import candidates as candidates_of
from unshackled.flow.engine.timers import wake_times
from unshackled.flow.plan.plan import Plan, PlannedStep


class Work(Record):
    """One thing to do.

    `call`: try the candidates in order. `doubt`: find out what became of `reference`. `ask`: look
    the waiting effect up. `undo`: take the effect `reference` back. `run` is the case that it is
    of, None for the purchase.
    """

    what: Literal["call", "doubt", "ask", "undo"]
    step: str
    generation: int
    reference: str | None = None
    provider: str | None = None
    candidates: tuple[str, ...] = ()
    why: str | None = None
    run: str | None = None

    @property
    def key(self) -> tuple[str | None, str, str, int, str | None]:
        """The same work again has the same key, so that it is not begun twice."""
        return (self.run, self.what, self.step, self.generation, self.reference)


def due(plan: Plan, checkout: Checkout, now: datetime) -> tuple[Sequence[Work], datetime | None]:
    """The work whose time has come, and the next moment when there is something to do."""
    draft = Draft(plan=plan, checkout=checkout, now=now)
    found = [*_step_work(draft), *_undo_work(draft)]
    works = [work for at, work in found if at <= now]
    later = [at for at, _ in found if at > now]
    return works, min([*later, *wake_times(draft)], default=None)


def _step_work(draft: Draft) -> list[tuple[datetime, Work]]:
    found = []
    canceled = draft.checkout.canceled is not None
    for step in draft.progress.active:
        state = draft.state(step.name)
        at = state.next_at or draft.now
        work = None
        if state.state is S.READY and not canceled:
            work = _call(draft, step)
        elif state.state is S.IN_DOUBT:
            work = _about(draft, step, "doubt")
        elif state.state in WAITING and state.reference and state.next_at and not canceled:
            work = _about(draft, step, "ask")
        if work is not None:
            found.append((at, work))
    return found


def _call(draft: Draft, step: PlannedStep) -> Work | None:
    if step.definition.operation is None:
        return None
    state = draft.state(step.name)
    candidates: tuple[str, ...] = ()
    if step.follows is not None:
        provider = draft.state(step.follows).provider
        candidates = (provider,) if provider else ()
    elif step.follows_sale:
        candidates = _of_sale(draft, step)
    elif step.policy is not None:
        candidates = candidates_of(draft.checkout, step, step.policy)
    return Work(what="call", step=step.name, generation=state.generation, candidates=candidates)


def _of_sale(draft: Draft, step: PlannedStep) -> tuple[str, ...]:
    """The provider of the sale's effect that a step of a case goes on from."""
    view = draft.checkout
    found = view.followed(step.follows_sale) if isinstance(view, RunView) else None
    return (found[1].provider,) if found is not None and found[1].provider else ()


def _about(draft: Draft, step: PlannedStep, what: Literal["doubt", "ask"]) -> Work:
    state = draft.state(step.name)
    return Work(
        what=what,
        step=step.name,
        generation=state.generation,
        reference=state.reference,
        provider=state.provider,
    )


def _undo_work(draft: Draft) -> list[tuple[datetime, Work]]:
    """Newest first: an undo waits for what was built on it; one stuck undo blocks no other."""
    if not draft.checkout.undos:
        return []
    busy = {undo.step for undo in draft.checkout.undos.values() if not undo.failed and undo.goal}
    moving = {name for name, state in draft.checkout.steps.items() if state.state in UNANSWERED}
    found = []
    for reference, undo in draft.checkout.undos.items():
        step = draft.plan.steps[undo.step]
        if undo.failed or step.descendants & (busy | moving):
            continue
        work = Work(
            what="undo",
            step=undo.step,
            generation=draft.state(undo.step).generation,
            reference=reference,
            provider=undo.provider,
        )
        found.append((undo.next_at, work))
    return found
