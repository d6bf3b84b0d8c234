"""Needs that a flow does not write, and that follow from what its steps do.

Computed for files alone: the resolved form of a flow contains them, so a stored flow keeps the
order it was started with. A new rule is a function in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Final

from unshackled.domain.customer import CreditSearchConsent
from unshackled.domain.quote import BringsLines, Quote
from unshackled.domain.records import Record, replace
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.conditions import variables_read
from unshackled.flow.plan.dag import Needs, closure, find_cycle, turned
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.wiring import slots


class Implied(Record):
    """`step` needs `need`, for the reason `why` (a sentence that begins with the step)."""

    step: str
    need: str
    why: str


class Written(Record):
    """The steps of a flow with the needs that are known so far, which have no cycle.

    `expressions` are the conditions by which a step is done, or its provider chosen.
    """

    sketches: Mapping[str, ParsedStep]
    needs: Needs
    confirm: str | None
    pivot: str | None
    expressions: Mapping[str, tuple[str, ...]]


Rule = Callable[[Written], Iterator[Implied]]


def prices_first(written: Written) -> Iterator[Implied]:
    """What reads the quote, and `confirm`, comes after every step that can bring a line to it."""
    bringing = [name for name, step in written.sketches.items() if brings_lines(step)]
    for name, step in written.sketches.items():
        reads = reads_quote(step, written.expressions.get(name, ()))
        read = "reads the quote" if reads else None
        asked = "confirms the price" if name == written.confirm else None
        for need in bringing if read or asked else ():
            why = f"{name} {read or asked}, and {need} can bring a price to it"
            yield Implied(step=name, need=need, why=why)


def search_last(written: Written) -> Iterator[Implied]:
    """A hard search comes after its consent, and after all that can be declined without it.

    It marks the customer's credit file, so nothing that was known before it may end the purchase.
    """
    behind = turned(closure(written.needs))
    late = behind[written.confirm] if written.confirm is not None else frozenset()
    searches = [name for name, step in written.sketches.items() if searches_hard(step)]
    for name in searches:
        for need, other in written.sketches.items():
            if need in searches or need in behind[name] | late:
                continue
            if agrees_to_search(other):
                yield Implied(step=name, need=need, why=f"{name} is agreed to in {need}")
            elif other.declinable:
                why = f"{name} is a hard search, and {need} can be declined without it"
                yield Implied(step=name, need=need, why=why)


RULES: Final[tuple[Rule, ...]] = (prices_first, search_last)


def searches_hard(step: ParsedStep) -> bool:
    """Whether it leaves a mark on the customer's credit file."""
    operation = step.definition.operation
    return operation is not None and operation.hard_search


def agrees_to_search(step: ParsedStep) -> bool:
    """Whether the customer agrees to a hard search in it."""
    output = step.definition.output
    return output is not None and issubclass(output, CreditSearchConsent)


def brings_lines(step: ParsedStep) -> bool:
    """Whether the step's output can add lines to the quote."""
    output = step.definition.output
    return output is not None and issubclass(output, BringsLines)


def reads_quote(step: ParsedStep, expressions: Iterable[str]) -> bool:
    """Whether its request, or a condition that decides about it, reads the quote."""
    if any(slot.fact is Quote for slot in slots(step.definition.request)):
        return True
    return any("quote" in variables_read(text) for text in expressions)


def with_rules(written: Written, report: Diagnostics) -> dict[str, frozenset[str]] | None:
    """The needs with what every rule adds; None, and a mistake noted, where they go in a circle.

    A rule sees what the rules before it added.
    """
    needs = dict(written.needs)
    for rule in RULES:
        added = list(rule(replace(written, needs=dict(needs))))
        for one in added:
            needs[one.step] = needs[one.step] | {one.need}
        if circle := find_cycle(needs):
            _circular(circle, added, written, report)
            return None
    return needs


def _circular(
    circle: tuple[str, ...], added: list[Implied], written: Written, report: Diagnostics
) -> None:
    pairs = set(pairwise(circle))
    guilty = [one for one in added if (one.step, one.need) in pairs]
    way = " -> ".join(circle)
    for one in guilty[:1]:
        message = (
            f"{one.why}: so {one.step} needs {one.need}, and that is a circle ({way}): "
            f"{one.need} must not need {one.step}"
            if one.step != one.need
            else f"{one.why}: a step that brings a price cannot read the quote itself"
        )
        report.add(written.sketches[one.need].mark("needs"), "implied_cycle", message)
