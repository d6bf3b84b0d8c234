"""What is known to have gone back is never decided to go back again, at no moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unshackled.domain.case_money import CaseMoney
from unshackled.domain.checkout import Checkout
from unshackled.domain.states import REPORTED, State
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.proving.simulation.money_check import TAKES

REFUNDS: Final = frozenset({"payment.refund_amount"})


def overdrawn(plans: CheckoutPlans, before: Checkout, after: Checkout) -> Iterator[str]:
    """A case that decided to give back what had gone back by then, as it was reported."""
    newly = [
        name
        for name, run in after.runs.items()
        if run.steps != getattr(before.runs.get(name), "steps", None)
        and _decided(plans, after, name) != _decided(plans, before, name)
    ]
    if not newly:
        return
    taken = _amounts(plans.sale, after, TAKES)
    given = sum(
        max(_decided(plans, after, name), _reported(plans, before, name)) for name in after.runs
    )
    if given > taken:
        yield f"{', '.join(newly)} decided, and {given} of {taken} that was taken goes back"


def _decided(plans: CheckoutPlans, checkout: Checkout, name: str) -> int:
    """What a case gives back to the payment by its rule; nothing where it was canceled."""
    run = checkout.runs.get(name)
    if run is None or run.canceled is not None:
        return 0
    deciding = (one.name for one in plans.of(checkout, name).steps.values() if _decides(one))
    steps = (run.steps[one] for one in deciding)
    outputs = (one.output or {} for one in steps if one.state is State.PASSED)
    return sum(output.get("payment", 0) for output in outputs)


def _decides(step: PlannedStep) -> bool:
    shape = step.definition.output
    return shape is not None and issubclass(shape, CaseMoney)


def _reported(plans: CheckoutPlans, checkout: Checkout, name: str) -> int:
    if name not in checkout.runs:
        return 0
    return _amounts(plans.of(checkout, name), plans.view_of(checkout, name), REFUNDS)


def _amounts(plan: Plan, checkout: Checkout, operations: frozenset[str]) -> int:
    """What the steps of these operations told that they moved."""
    sums = 0
    for step in plan.steps.values():
        state, operation = checkout.steps[step.name], step.definition.operation
        if operation is not None and operation.key in operations and state.state in REPORTED:
            sums += (state.output or {}).get("amount", 0)
    return sums
