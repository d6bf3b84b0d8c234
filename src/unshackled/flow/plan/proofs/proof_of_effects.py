"""What is done before the pivot can be undone; what comes after it cannot fail for good."""

from __future__ import annotations

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.resolved_flow import ResolvedFlow


def before_pivot_all_undoable(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Every effect before the pivot can be undone or leaves nothing."""
    if layout.pivot is None:
        return
    late = layout.after(layout.pivot) | {layout.pivot}
    for step in layout:
        operation = step.definition.operation
        if step.name not in late and operation is not None and not operation.undoable:
            message = (
                f"{step.name}: {operation.key} cannot be undone: it must need {layout.pivot}, "
                "the pivot"
            )
            report.add(step.node.mark, "not_undoable_before_pivot", message)


def after_pivot_no_declines(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Nothing after the pivot can be declined or waits for the customer.

    What a case asks of the sale's providers may be: a refund that a provider refuses is still owed,
    and a person finds another way for it.
    """
    for step in layout:
        late = step.name in layout.after(layout.pivot) and step.name != layout.confirm
        if not late or step.spec.best_effort:
            continue
        detail = f"{step.definition.kind}: {step.definition.detail}"
        operation = step.definition.operation
        if step.declinable and not (operation and operation.of_sale):
            message = f"{step.name}: {detail} can be declined, so it must come before the pivot"
            report.add(step.node.mark, "decline_after_pivot", message)
        elif step.definition.entry in ("customer", "query_then_customer"):
            message = f"{step.name}: {detail} waits for the customer: it must come before the pivot"
            report.add(step.node.mark, "customer_after_pivot", message)


def best_effort_leaves_nothing(layout: ResolvedFlow, report: Diagnostics) -> None:
    """`best_effort` goes only where nothing is left to undo and no one is waited for."""
    for step in layout:
        operation = step.definition.operation
        if not step.spec.best_effort or operation is None:
            continue
        if operation.effect and not operation.leaves_nothing:
            message = f"{step.name}: {operation.key} leaves an effect behind: no `best_effort`"
            report.add(step.mark("best_effort"), "best_effort_leaves_effect", message)
        if step.definition.entry != "call":
            message = f"{step.name}: waits for the customer: no `best_effort`"
            report.add(step.mark("best_effort"), "best_effort_waits", message)


def documents_before_agreement(layout: ResolvedFlow, report: Diagnostics) -> None:
    """An agreement is signed only after its documents were shown."""
    for step in layout:
        operation = step.definition.operation
        if operation is None or operation.capability != "agreement" or layout.partial:
            continue
        before = layout.dag.ancestors[step.name]
        if not any(layout.sketches[name].definition.kind == "show" for name in before):
            message = f"{step.name}: no `show` step comes before {operation.key}"
            report.add(step.node.mark, "documents_before_agreement", message)


def one_hard_search(layout: ResolvedFlow, report: Diagnostics) -> None:
    """At most one hard search, and none that goes on to the next lender after a decline."""
    hard = [s for s in layout if s.definition.operation and s.definition.operation.hard_search]
    for step in hard[1:]:
        message = f"{step.name}: a second hard search beside {hard[0].name}: one is allowed"
        report.add(step.node.mark, "two_hard_searches", message)
    for step in hard:
        policy = step.spec.provider
        if policy is not None and policy.how == "waterfall":
            message = f"{step.name}: a hard search is never repeated at the next lender"
            report.add(step.mark("provider"), "hard_search_under_waterfall", message)
