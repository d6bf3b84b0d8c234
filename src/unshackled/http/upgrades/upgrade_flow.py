"""Which steps of a flow an upgrade is decided by, and the programme that it names."""

from __future__ import annotations

from unshackled.domain.records import Record
from unshackled.domain.upgrade import Programme
from unshackled.flow.plan.plan import FromLiteral, FromStep, Plan, PlannedStep
from unshackled.ports.upgrade_rules import UpgradeFacts

RULE = "upgrade_eligibility"


class UpgradeFlow(Record):
    """The steps that ask the lender and the buyer of devices, and the programme's terms.

    `literals` are the fields of the rule that the flow writes out.
    """

    standing: PlannedStep
    valuation: PlannedStep
    literals: dict[str, object]

    @property
    def programme(self) -> Programme:
        """The terms, by their name in the retailer's file where the flow names one."""
        known = self.literals.get("programme")
        if isinstance(known, Programme):
            return known
        return Programme(
            name="upgrade",
            months=_whole(self.literals["months"]),
            min_repayments=_whole(self.literals["min_repayments"]),
            window_months=_whole(self.literals["window_months"]) or None,
        )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def upgrade_flow(plan: Plan) -> UpgradeFlow | None:
    """The steps of a flow that upgrades; None of any other."""
    rule = next((one for one in plan.steps.values() if one.definition.detail == RULE), None)
    if rule is None or rule.definition.request is not UpgradeFacts:
        return None
    standing, valuation = (rule.sources.get(name) for name in ("standing", "valuation"))
    if not isinstance(standing, FromStep) or not isinstance(valuation, FromStep):
        return None
    literals = {
        name: source.value
        for name, source in rule.sources.items()
        if isinstance(source, FromLiteral)
    }
    return UpgradeFlow(
        standing=plan.step(standing.step), valuation=plan.step(valuation.step), literals=literals
    )
