"""A case flow sells nothing, and is open for at least as long as the law says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from unshackled.domain.case import CaseKind
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.durations import written
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.typed_samples import space
from unshackled.ports import Operation

# Kinds of cases that a law gives time for: the rule of a market that says how many days.
_LAWS: Final[Mapping[CaseKind, str]] = {
    "withdrawal": "credit_withdrawal_days",
    "return": "goods_withdrawal_days",
}


def case_sells_nothing(layout: ResolvedFlow, report: Diagnostics) -> None:
    """A case flow has no part, price or yes of a purchase, and does not expire."""
    reasons = {
        "sells": "a case sells nothing",
        "expires_after": "a case ends by its steps, never by the clock",
    }
    for key, why in reasons.items():
        if key in layout.body.entries:
            message = f"{layout.flow}: {key}: {why}: remove it"
            report.add(layout.body.entries[key].mark, "case_key", message)
    for step in layout:
        if step.definition.kind == "confirm":
            message = (
                f"{step.name}: a case has no `confirm`: it is opened by whoever may, and nothing "
                "is bought in it: remove the step"
            )
            report.add(step.node.mark, "case_key", message)


def case_operations_allowed(layout: ResolvedFlow, report: Diagnostics) -> None:
    """A case flow calls nothing that belongs to a purchase."""
    for step in layout:
        why = _of_purchase(step.definition.operation)
        if why is not None:
            message = f"{step.name}: {step.definition.detail} {why}"
            report.add(step.node.mark, "operation_of_purchase", message)


def _of_purchase(operation: Operation | None) -> str | None:
    """Why no case calls an operation; None where one may."""
    if operation is None:
        return None
    if operation.hard_search:
        return "is a hard search: a customer's credit file is searched for a purchase alone"
    if operation.collects or operation.moves:
        return "asks for a price of the quote: what a case moves is said by the case alone"
    if operation.carries:
        return "hands over what is bought: a case sells nothing"
    return None


def no_case_operations(layout: ResolvedFlow, report: Diagnostics) -> None:
    """What acts on a completed sale is called by case flows alone."""
    for step in layout:
        operation = step.definition.operation
        if operation is not None and operation.of_sale:
            message = (
                f"{step.name}: {operation.key} acts on a sale that is done: only a flow with "
                "`case: <kind>` calls it"
            )
            report.add(step.node.mark, "operation_of_case", message)


def window_lawful(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Nobody has less time than the law of the market gives them."""
    case, market = layout.case, layout.market
    if case is None or case.within is None or market is None or case.kind not in _LAWS:
        return
    rule = _LAWS[case.kind]
    least = timedelta(days=max(getattr(one, rule) for one in market.periods))
    if case.within < least:
        message = (
            f"{layout.flow}: opens.within: {written(case.within)} is less than the law of "
            f"{market.code} gives for a {case.kind} ({rule}): write at least {written(least)}"
        )
        report.add(layout.body.at(["opens", "within"]), "window_too_short", message)


def opening_total(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Whether a case flow is for a sale is true or false of every sale."""
    condition = layout.opens_when
    if condition is None:
        return
    for sample in space(layout, (), condition.source):
        problem = condition.problem(sample.variables)
        if problem is not None:
            message = (
                f"{layout.flow}: opens.when: fails {sample} ({problem}): guard it with has(...)"
            )
            report.add(layout.body.at(["opens", "when"]), "condition_error", message)
            return
