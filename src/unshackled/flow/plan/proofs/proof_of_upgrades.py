"""An upgrade settles the old agreement once: when its programme says so, and by whom it says."""

from __future__ import annotations

from collections.abc import Iterator

from unshackled.domain.package import UpgradeLine
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromCheckout, FromLiteral
from unshackled.flow.plan.resolved_flow import ResolvedFlow

SETTLE = "credit.settle"


def upgrades_settled(layout: ResolvedFlow, report: Diagnostics) -> None:
    """With the order, after the inspection, or by the new lender: never twice, never by nobody."""
    for step, programme in _programmes(layout):
        settling = [one for one in layout if _calls(one, SETTLE)]
        now = programme.settles == "at_order" and programme.left_paid_by != "new_credit"
        if now and not settling:
            message = (
                f"{step.name}: the programme {programme.name} settles the old agreement with the "
                f"order, and no step does: add `call: {SETTLE}`"
            )
            report.add(step.mark("with"), "upgrade_not_settled", message)
        if settling and not now:
            message = f"{settling[0].name}: {_otherwise(programme)}: remove the step"
            report.add(settling[0].node.mark, "upgrade_settled_twice", message)
        if programme.left_paid_by == "new_credit" and not _reads_upgrade(layout):
            message = (
                f"{step.name}: the programme {programme.name} is paid off by a new credit, which "
                "only a package with an `upgrade` has: add a step `rule: upgraded_agreement`"
            )
            report.add(step.mark("with"), "upgrade_not_read", message)


def _programmes(layout: ResolvedFlow) -> Iterator[tuple[ParsedStep, Programme]]:
    """The steps that decide on an upgrade, with the programmes that they name."""
    for step in layout:
        source = layout.sources.get(step.name, {}).get("programme")
        value = source.value if isinstance(source, FromLiteral) else None
        if isinstance(value, Programme):
            yield step, value


def _calls(step: ParsedStep, operation: str) -> bool:
    called = step.definition.operation
    return called is not None and called.key == operation


def _otherwise(programme: Programme) -> str:
    """Who settles it, or when."""
    if programme.left_paid_by == "new_credit":
        return f"the new lender settles the old agreement by the programme {programme.name}"
    return f"the programme {programme.name} settles after the inspection, in its case"


def _reads_upgrade(layout: ResolvedFlow) -> bool:
    wanted = FromCheckout(fact=UpgradeLine)
    return any(wanted in sources.values() for sources in layout.sources.values())
