"""By what a shop finds a checkout again."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.flow.plan.order_number import order_number
from unshackled.flow.plan.plan import Plan


def found_by(plan: Plan | None, checkout: Checkout) -> dict[str, str]:
    """The customer number and, of an order that was placed, its number; in clear."""
    found = {
        "customer_ref": checkout.private.customer_ref,
        "order": order_number(plan, checkout) if plan is not None else None,
    }
    return {kind: value for kind, value in found.items() if value is not None}
