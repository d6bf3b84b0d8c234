"""What is sent to the customer has an address to go to, in every case that can be sold.

Where a request must have the address, its facts are proved already. Where it may lack it, because
not all that the operation hands on is sent (an eSIM is loaded, a card goes by post), it is missing
exactly where the customer can choose what is sent and nothing asked where they live.
"""

from __future__ import annotations

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.yaml_marks import SourceLocation
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromStep
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.selling_cases import Cases, holds, spoken
from unshackled.flow.plan.typed_samples import Sample
from unshackled.ports.operation import Delivery, Operation


def sent_to_address(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Whoever can choose what is sent to them is asked for an address first."""
    if layout.sells is None or not layout.readable:
        return
    for step in layout:
        operation = step.definition.operation
        if operation is not None and operation.delivers is not None:
            _proved(layout, step, operation, operation.delivers, report)


def _proved(
    layout: ResolvedFlow,
    step: ParsedStep,
    operation: Operation,
    delivery: Delivery,
    report: Diagnostics,
) -> None:
    address = _source(layout, step, delivery.address)
    choice = _source(layout, step, delivery.chosen_in) if delivery.chosen_in else None
    if delivery.chosen_in and choice is None:
        return  # nobody can choose it
    named = [one for one in (step.name, address, choice) if one is not None]
    if address is not None and all(layout.sketches[one].spec.when is None for one in named):
        return
    parts = frozenset(operation.carries & (layout.sells or {}).keys())
    if not parts:
        return
    for sample in Cases(layout=layout, sells=layout.sells or {}, steps=named, parts=parts):
        if _sent(layout, sample, step.name, choice) and not _known(layout, sample, address):
            report.add(*_mistake(layout, step, delivery, sample, address))
            return


def _source(layout: ResolvedFlow, step: ParsedStep, field: str) -> str | None:
    """The step whose output fills a field."""
    source = layout.sources.get(step.name, {}).get(field)
    return source.step if isinstance(source, FromStep) else None


def _sent(layout: ResolvedFlow, sample: Sample, step: str, choice: str | None) -> bool:
    return holds(layout, step, sample) and (choice is None or holds(layout, choice, sample))


def _known(layout: ResolvedFlow, sample: Sample, address: str | None) -> bool:
    return address is not None and holds(layout, address, sample)


def _mistake(
    layout: ResolvedFlow,
    step: ParsedStep,
    delivery: Delivery,
    sample: Sample,
    address: str | None,
) -> tuple[SourceLocation, str, str]:
    key = step.definition.detail
    what = f"{step.name} ({key}) sends {delivery.what}, and nothing says where to"
    if address is None:
        hint = f"add `address: {{collect: address}}` to what {step.name} needs"
        return step.node.mark, "no_delivery_address", f"{layout.flow}: {what}: {hint}"
    blamed = layout.sketches[address]
    hint = f"{address} has `when: {blamed.spec.when}`"
    message = f"{layout.flow}: {what} {spoken(sample)}: {hint}"
    return blamed.mark("when"), "no_delivery_address", message
