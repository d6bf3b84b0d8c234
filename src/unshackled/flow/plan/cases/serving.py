"""Which case flow serves a sale: the one that is named, or the only one of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.domain.case import CaseKind
from unshackled.domain.checkout import Checkout
from unshackled.errors import UnshackledError
from unshackled.flow.plan.cases.case_variables import at_its_opening
from unshackled.flow.plan.plan import Plan


class NoCaseFlow(UnshackledError):
    """No case flow serves the sale, or several do: `allowed` are those that may be named."""

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        """Keep the names that may be said."""
        super().__init__(message)
        self.allowed = tuple(allowed)


def serves(flow: Plan, sale: Checkout, sale_plan: Plan) -> bool:
    """Whether a case flow is for a sale: its `opens.when` holds of what the sale did."""
    if flow.case is None:
        return False
    if flow.opens_when is None:
        return True
    known = {
        "package": sale.package,
        "retailer": sale.retailer,
        "currency": sale.currency,
        "sale": sale,
        "sale_outputs": sale_plan.output_steps,
        "sale_effects": sale_plan.effect_steps,
    }
    return flow.opens_when.evaluate(at_its_opening().known(known)) is True


def case_flow(
    flows: Sequence[Plan], kind: CaseKind, name: str | None, sale: Checkout, sale_plan: Plan
) -> Plan:
    """The flow of a case of this kind, of all the case flows of a retailer.

    By its name, or without one the only one that serves the sale. Raises `NoCaseFlow`.
    """
    able = [
        one
        for one in flows
        if one.case is not None and one.case.kind == kind and serves(one, sale, sale_plan)
    ]
    chosen = able if name is None else [one for one in able if one.name == name]
    if len(chosen) == 1:
        return chosen[0]
    names = [one.name for one in able]
    listed = ", ".join(names) or "none"
    if name is None and able:
        raise NoCaseFlow(f"several flows carry out a {kind}: name one of {listed}", names)
    raise NoCaseFlow(f"no such flow carries out a {kind} of this sale: there are {listed}", names)
