"""Every path of a flow ends, in an order or in a cancel."""

from __future__ import annotations

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.resolved_flow import ResolvedFlow


def flow_ends(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Exactly one pivot in a flow with effects; without effects a `confirm` at least.

    A case has always a pivot: it has no `confirm`.
    """
    steps = list(layout)
    if layout.partial or any(step.spec.pivot for step in steps):
        return
    effects = [s.name for s in steps if s.definition.operation and s.definition.operation.effect]
    if layout.case is not None:
        message = f"{layout.flow}: a case flow has one step with `pivot: true`, and this has none"
        report.add(layout.mark, "no_pivot", message)
    elif effects:
        message = (
            f"{layout.flow}: has effects ({', '.join(effects)}) and no step with `pivot: true`"
        )
        report.add(layout.mark, "no_pivot", message)
    elif not any(step.definition.kind == "confirm" for step in steps):
        message = f"{layout.flow}: has neither a `confirm` nor a pivot, so it never completes"
        report.add(layout.mark, "no_end", message)


def pivot_certain(layout: ResolvedFlow, report: Diagnostics) -> None:
    """The pivot is an effect, and no path goes around it."""
    if layout.pivot is None:
        return
    step = layout.sketches[layout.pivot]
    operation = step.definition.operation
    if operation is None or not operation.effect:
        message = f"{step.name}: reads only: the pivot is the effect that cannot be taken back"
        report.add(step.mark("pivot"), "pivot_not_effect", message)
    if step.spec.when is not None or step.droppable:
        message = f"{step.name}: the pivot has no `when`, no `best_effort`, no `on_decline: skip`"
        report.add(step.mark("pivot"), "pivot_optional", message)


def confirm_certain(layout: ResolvedFlow, report: Diagnostics) -> None:
    """The customer says yes on every path, and before the point of no return."""
    if layout.confirm is None:
        return
    step = layout.sketches[layout.confirm]
    if step.spec.when is not None:
        message = f"{step.name}: `confirm` has no `when`: nothing is bought without a yes"
        report.add(step.mark("when"), "confirm_optional", message)
    if layout.confirm in layout.after(layout.pivot):
        message = f"{step.name}: comes after the pivot {layout.pivot}: remove that need"
        report.add(step.mark("needs"), "confirm_after_pivot", message)
