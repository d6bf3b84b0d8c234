"""The plans that a checkout goes by: that of its sale, and of each case its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unshackled.domain.checkout import Checkout
from unshackled.flow.engine.runs.run_views import view
from unshackled.flow.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class CheckoutPlans:
    """The plan of the sale, and those of case flows by digest: all that a turn may need."""

    sale: Plan
    cases: Mapping[str, Plan] = field(default_factory=dict)

    def with_case(self, plan: Plan) -> CheckoutPlans:
        """The same with the plan of one more case flow at hand."""
        return CheckoutPlans(self.sale, {**self.cases, plan.digest: plan})

    def of(self, checkout: Checkout, run: str | None) -> Plan:
        """The plan of a run by name; `KeyError` for one that is unknown, or not at hand."""
        return self.sale if run is None else self.cases[checkout.runs[run].digest]

    def view_of(self, checkout: Checkout, run: str | None) -> Checkout:
        """What the engine works on for a run: its view; for the purchase the checkout itself."""
        return checkout if run is None else view(checkout, run, self.sale)
