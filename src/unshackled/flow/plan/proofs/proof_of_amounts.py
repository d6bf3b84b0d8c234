"""Some sum is taken by every step that is asked for it: else no package could ever be bought.

A step takes what one of its providers takes. The steps of one case ask for the same sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Final

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.yaml_marks import SourceLocation
from unshackled.flow.plan.implied import brings_lines
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.selling_cases import Cases, holds, spoken
from unshackled.flow.plan.sums import taken
from unshackled.flow.plan.typed_samples import Sample
from unshackled.ports.amount_ranges import EVERY, AmountRange, merged
from unshackled.ports.operation import Carried, Moved

_WORDS: Final[Mapping[Moved, str]] = {
    "due_today": "what is due today",
    "credit": "the amount of the credit",
}


def some_amount_taken(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Of what is due today, and of a credit that is sold, some sum can be taken."""
    if layout.sells is None or not layout.readable:
        return
    _proved(layout, "due_today", frozenset(), report)
    if "credit" in layout.sells:
        _proved(layout, "credit", frozenset(("credit",)), report)


def _proved(
    layout: ResolvedFlow, moved: Moved, parts: frozenset[Carried], report: Diagnostics
) -> None:
    """Note it where in no case with such a sum a sum can be taken."""
    each = {name: _ranges(layout, name, moved) for name in layout.policies}
    asked = {name: ranges for name, ranges in each.items() if ranges is not None}
    if all(ranges == (EVERY,) for ranges in asked.values()):
        return
    worst: Sample | None = None
    for sample in _cases(layout, moved, parts, list(asked)):
        every: tuple[AmountRange, ...] = (EVERY,)
        here = (asked[name] for name in asked if holds(layout, name, sample))
        if reduce(_both, here, every):
            return
        worst = worst or sample
    if worst is not None:
        blamed = {name: asked[name] for name in asked if holds(layout, name, worst)}
        report.add(*_told(layout, moved, blamed, worst))


def _told(
    layout: ResolvedFlow, moved: Moved, request: Mapping[str, Sequence[AmountRange]], sample: Sample
) -> tuple[SourceLocation, str, str]:
    """The mistake, at the last of the steps that cannot agree."""
    says = [
        f"{name} ({', '.join(layout.policies[name].providers)}) takes "
        f"{' and '.join(map(str, ranges)) or 'nothing'}"
        for name, ranges in request.items()
    ]
    message = (
        f"{layout.flow}: no sum is taken of {_WORDS[moved]} {spoken(sample)}: {'; '.join(says)}: "
        "name another provider, or write the `amounts` of your contract under the provider"
    )
    return layout.sketches[list(request)[-1]].mark("provider"), "no_amount_taken", message


def _cases(
    layout: ResolvedFlow, moved: Moved, parts: frozenset[Carried], steps: Sequence[str]
) -> Iterator[Sample]:
    bringing = [step.name for step in layout if brings_lines(step)]
    return iter(
        Cases(
            layout=layout,
            sells=layout.sells or {},
            steps=steps,
            parts=parts,
            bringing=bringing,
            due=moved == "due_today",
        )
    )


def _ranges(layout: ResolvedFlow, name: str, moved: Moved) -> tuple[AmountRange, ...] | None:
    """What the providers of a step take; None where it is not asked for such a sum."""
    operation = layout.sketches[name].definition.operation
    if operation is None or operation.moves != moved:
        return None
    operations = [operation.key, *_followers(layout, name, moved)]
    currency = layout.retailer.get("currency", "")
    each = (
        taken(layout.ranges.get(provider, {}), operations, currency)
        for provider in layout.policies[name].providers
    )
    return merged(one for one in each if one is not None)


def _followers(layout: ResolvedFlow, name: str, moved: Moved) -> Iterator[str]:
    """The operations that a step's provider is asked to carry out with the same sum."""
    for other in layout.follows:
        root = other
        while root in layout.follows:
            root = layout.follows[root]
        operation = layout.sketches[other].definition.operation
        if root == name and operation is not None and operation.moves == moved:
            yield operation.key


def _both(
    some: tuple[AmountRange, ...], others: tuple[AmountRange, ...]
) -> tuple[AmountRange, ...]:
    """The sums that are in both."""
    return merged(both for a in some for b in others if (both := a.within(b)) is not None)
