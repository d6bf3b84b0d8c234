"""No customer's credit file is searched without their word."""

from __future__ import annotations

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.implied import agrees_to_search
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.resolved_flow import ResolvedFlow


def search_consented(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Before a hard search the customer agrees to it, whenever it is made."""
    for step in layout:
        operation = step.definition.operation
        if operation is None or not operation.hard_search or layout.partial:
            continue
        before = [layout.sketches[name] for name in layout.dag.ancestors[step.name]]
        consents = [one for one in before if agrees_to_search(one)]
        if not consents:
            _none(layout, step, report)
        for consent in consents:
            if consent.spec.when not in (None, step.spec.when):
                message = (
                    f"{consent.name}: is asked for when {consent.spec.when}, and {step.name} is "
                    f"searched when {step.spec.when or 'always'}: write the same `when`"
                )
                report.add(consent.mark("when"), "consent_conditional", message)


def _none(layout: ResolvedFlow, step: ParsedStep, report: Diagnostics) -> None:
    """The mistake, with the line to paste."""
    follows = layout.follows.get(step.name)
    after = f", needs: [{follows}]" if follows else ""
    when = f", when: {step.spec.when}" if step.spec.when else ""
    line = f"consent: {{collect: credit_search_consent{after}{when}}}"
    message = f"{step.name}: is a hard search that nobody agreed to: add the step `{line}`"
    report.add(step.node.mark, "search_without_consent", message)
