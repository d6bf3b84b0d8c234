"""Case flows beside the flows that sell: whoever served a sale can carry out its cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.compile import FlowSource
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.plan.policy_resolver import check_offer

Planned = tuple[FlowSource, Plan]


def sales_served(flows: Sequence[tuple[FlowSource, Plan | None]], report: Diagnostics) -> None:
    """Every provider of a sale offers what the case flows of its retailer ask of it.

    A question that any answer of is good enough for (`best_effort`) may be beyond some of them.
    """
    known = [(source, plan) for source, plan in flows if plan is not None]
    sales = [plan for _, plan in known if plan.case is None]
    for source, plan in known:
        for step in plan.steps.values() if plan.case is not None else ():
            _served(source, step, sales, report)


def _served(
    source: FlowSource, step: PlannedStep, sales: Sequence[Plan], report: Diagnostics
) -> None:
    operation = step.definition.operation
    if operation is None or (step.best_effort and not operation.effect):
        return  # what it would have told is done without
    mark = source.body.at(["steps", step.name])
    for provider in dict.fromkeys(_providers(step, sales)):
        if provider in source.offers:
            check_offer(operation, provider, source.offers, mark, report)


def _providers(step: PlannedStep, sales: Sequence[Plan]) -> Iterator[str]:
    """Who may have done what a step follows, in any flow that sells."""
    for sale in sales:
        for other in sale.steps.values():
            operation = other.definition.operation
            if operation is not None and operation.key in step.follows_sale:
                policy = root_of(sale, other).policy
                yield from policy.providers if policy is not None else ()


def root_of(plan: Plan, step: PlannedStep) -> PlannedStep:
    """The step whose provider serves this one."""
    while step.follows is not None:
        step = plan.steps[step.follows]
    return step
