"""By what a shop finds a checkout again: its customer, and the order that it came to."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.domain.states import State
from unshackled.flow.plan.plan import Plan
from unshackled.ports.orders import OrderPlaced


def order_number(plan: Plan, checkout: Checkout) -> str | None:
    """The number that the order management gave; None before the point of no return."""
    if checkout.completed_at is None:
        return None
    for step in plan.steps.values():
        placed = step.definition.output
        if placed is None or not issubclass(placed, OrderPlaced):
            continue
        if checkout.steps[step.name].state is State.PASSED:
            number: str | None = (checkout.output(step.name) or {}).get("order")
            return number
    return None


def found_by(plan: Plan | None, checkout: Checkout) -> dict[str, str]:
    """The customer number and, of an order that was placed, its number; in clear."""
    found = {
        "customer_ref": checkout.private.customer_ref,
        "order": order_number(plan, checkout) if plan is not None else None,
    }
    return {kind: value for kind, value in found.items() if value is not None}
