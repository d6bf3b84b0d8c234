"""The promises about cases, by the backends' books: none gives back more than came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unshackled.domain.checkout import Checkout
from unshackled.domain.runs import RunView
from unshackled.domain.states import State
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.plan.sale_money import sale_money
from unshackled.ports import Operation
from unshackled.proving.simulation.backend import SimulatedEffect
from unshackled.proving.simulation.money_check import TAKES
from unshackled.store.stored_records import EventRow

BACK = frozenset({"payment.refund_amount"})
ENDS = ("case.completed.v1", "case.canceled.v1")


def violations(
    plans: CheckoutPlans,
    checkout: Checkout,
    effects: Sequence[SimulatedEffect],
    events: Sequence[EventRow],
) -> Iterator[str]:
    """Each broken promise about the cases of a checkout at rest, in one line."""
    if not checkout.runs:
        return
    yield from _within_what_came_in(plans, checkout, effects)
    for name, run in checkout.runs.items():
        if not run.over:
            states = {key: str(one.state) for key, one in run.steps.items()}
            yield f"{name} did not come to rest: {states}"
        yield from _ended_once(name, plans.of(checkout, name), plans.view_of(checkout, name))
        ends = [one.type for one in events if one.type in ENDS and one.data.get("run") == name]
        if len(ends) != 1:
            yield f"{name} ended {len(ends)} times: {ends}"


def _ended_once(name: str, plan: Plan, view: Checkout) -> Iterator[str]:
    passed = view.steps[str(plan.pivot)].state is State.PASSED
    if passed != (view.completed_at is not None):
        yield f"{name}: completed and pivot disagree"
    if view.completed_at is not None and view.canceled is not None:
        yield f"{name}: completed and canceled"


def _within_what_came_in(
    plans: CheckoutPlans, checkout: Checkout, effects: Sequence[SimulatedEffect]
) -> Iterator[str]:
    """What went back by the books, and what cases are about, is no more than came in."""
    done = [one for one in effects if one.stands]
    sums = {
        names: sum(_amount(one) for one in done if one.operation in names)
        for names in (TAKES, BACK)
    }
    if sums[BACK] > sums[TAKES]:
        yield f"{sums[BACK]} went back of {sums[TAKES]} that was taken"
    cases = [run.opened.amount for run in checkout.runs.values() if run.canceled is None]
    received = sale_money(plans.sale, checkout).received
    if sum(cases) > received:
        yield f"cases give back {sum(cases)} of {received} that came in"


def _amount(effect: SimulatedEffect) -> int:
    found: int = effect.outcome.output.amount  # type: ignore[union-attr]
    return found * effect.times


def standing_of(plans: CheckoutPlans, checkout: Checkout) -> Iterator[tuple[str | None, str]]:
    """The reference and the operation of each effect that a step of a case says it had."""
    for operation, view, step in _passed(plans, checkout):
        if not operation.is_undo:
            yield view.steps[step.name].reference, operation.key


def taken_back(plans: CheckoutPlans, checkout: Checkout) -> Iterator[str | None]:
    """The references of what the sale did and a case took back, e.g. a mandate."""
    for operation, view, step in _passed(plans, checkout):
        done = view.followed(step.follows_sale) if operation.is_undo else None
        if done is not None:
            yield done[1].reference


def _passed(
    plans: CheckoutPlans, checkout: Checkout
) -> Iterator[tuple[Operation, RunView, PlannedStep]]:
    """The effects of cases that passed."""
    for name in checkout.runs:
        view = plans.view_of(checkout, name)
        for step in plans.of(checkout, name).steps.values():
            operation = step.definition.operation
            passed = view.steps[step.name].state is State.PASSED
            if passed and operation is not None and operation.effect and isinstance(view, RunView):
                yield operation, view, step
