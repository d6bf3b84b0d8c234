"""What a flow sells is handed on and paid for: no part is left behind, no price uncollected.

For every case that can be sold: some step carries each part that is there, and some step collects
each price, what is due today before the pivot. A step counts where its `when` holds and nothing
lets the flow go on without it (`best_effort`, `on_decline: skip`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from unshackled.domain.records import Record
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.spec import LATER, PARTS, Sold
from unshackled.flow.language.yaml_marks import SourceLocation
from unshackled.flow.plan.implied import brings_lines
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.selling_cases import Cases, holds, spoken
from unshackled.flow.plan.typed_samples import Sample
from unshackled.ports import Operation, all_operations
from unshackled.ports.operation import Carried, Collected

_WORDS: Final[Mapping[Collected, str]] = {
    "due_today": "what is due today",
    "instalments": "the instalments of package.credit",
    "tariff_months": "the months of package.tariff",
}


class Duty(Record):
    """What has to be done for a part (`carried`) or about a price (`collected`)."""

    carried: Carried | None = None
    collected: Collected | None = None
    parts: frozenset[Carried] = frozenset()

    @property
    def code(self) -> str:
        """The mistake that it is not done."""
        return "part_not_carried" if self.carried else "price_not_collected"

    def __str__(self) -> str:
        """What is not done, for a message."""
        if self.collected:
            return f"nothing collects {_WORDS[self.collected]}"
        return f"no step hands package.{self.carried} on"

    def done_by(self, operation: Operation | None) -> bool:
        """Whether the operation does it."""
        if operation is None:
            return False
        if self.collected is not None:
            return self.collected in operation.collects
        return self.carried in operation.carries

    @property
    def operations(self) -> list[str]:
        """The keys of the operations that do it."""
        return [key for key, one in all_operations().items() if self.done_by(one)]


class UncoveredDuty(Record):
    """A duty that is not done: the place, and a sentence with the case."""

    duty: Duty
    mark: SourceLocation
    message: str


def sells_said(layout: ResolvedFlow, report: Diagnostics) -> None:
    """A flow says what it sells."""
    if "sells" not in layout.body.entries:
        line = "" if not layout.readable else f": paste `{sells_line(layout)}`"
        message = f"{layout.flow}: does not say what it sells{line}"
        report.add(layout.mark, "missing_sells", message)


def parts_carried(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Every part that a flow sells is reserved, ordered, activated or handed on by a step."""
    _proved(layout, "part_not_carried", report)


def prices_collected(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Every price of a quote is collected by a step, what is due today before the pivot."""
    _proved(layout, "price_not_collected", report)


def paid_once(layout: ResolvedFlow, report: Diagnostics) -> None:
    """What is due today is not taken twice."""
    if layout.sells is None or not layout.readable:
        return
    takers = [s.name for s in _doing(layout, Duty(collected="due_today"))]
    if len(takers) < 2:
        return
    cases = Cases(
        layout=layout, sells=layout.sells, steps=takers, bringing=_bringing(layout), due=True
    )
    for sample in cases:
        found = [name for name in takers if holds(layout, name, sample)]
        if len(found) > 1:
            message = (
                f"{layout.flow}: what is due today is collected by each of {listed(found)} "
                f"{spoken(sample)}: give them conditions that are never true together"
            )
            report.add(layout.sketches[found[1]].node.mark, "paid_twice", message)
            return


def sells_line(layout: ResolvedFlow) -> str:
    """The line that a flow of these steps can write: every part that it carries and collects."""
    able = [part for part in PARTS if not list(faults(layout, _alone(part), part))]
    able = able or [p for p in PARTS if list(_doing(layout, Duty(carried=p)))]
    said = "required" if len(able) == 1 else "optional"
    return f"sells: {{{', '.join(f'{part}: {said}' for part in able)}}}"


def faults(
    layout: ResolvedFlow, sells: Mapping[Carried, Sold], part: Carried | None = None
) -> Iterator[UncoveredDuty]:
    """What is not done of all that a flow would sell; or about one part alone."""
    for duty in _duties(layout, sells):
        if part is None or part in duty.parts or not duty.parts:
            fault = _fault(layout, sells, duty)
            if fault is not None:
                yield fault


def _alone(part: Carried) -> Mapping[Carried, Sold]:
    goods: dict[Carried, Sold] = {"handset": "required"} if part == "credit" else {}
    return {**goods, part: "required"}


def _proved(layout: ResolvedFlow, code: str, report: Diagnostics) -> None:
    if layout.sells is None or not layout.readable:
        return
    for fault in faults(layout, layout.sells):
        if fault.duty.code == code:
            report.add(fault.mark, code, fault.message)


def _duties(layout: ResolvedFlow, sells: Mapping[Carried, Sold]) -> Iterator[Duty]:
    for part in sells:
        here = frozenset((part,))
        yield Duty(carried=part, parts=here)
        if part in LATER:
            yield Duty(collected=LATER[part], parts=here)
    yield Duty(collected="due_today")


def _fault(layout: ResolvedFlow, sells: Mapping[Carried, Sold], duty: Duty) -> UncoveredDuty | None:
    """The first case in which the duty is not done."""
    doing = list(_doing(layout, duty))
    able = [step.name for step in doing if _objection(layout, duty, step) is None]
    if any(layout.sketches[name].spec.when is None for name in _whole(layout, able)):
        return None
    cases = Cases(
        layout=layout,
        sells=sells,
        steps=_with_takers(layout, able),
        parts=duty.parts,
        bringing=_bringing(layout),
        due=duty.collected == "due_today",
    )
    for sample in cases:
        if not any(_done(layout, name, sample) for name in able):
            return _told(layout, duty, doing, sample)
    return None


def _doing(layout: ResolvedFlow, duty: Duty) -> Iterator[ParsedStep]:
    return (step for step in layout if duty.done_by(step.definition.operation))


def _bringing(layout: ResolvedFlow) -> Sequence[str]:
    return [step.name for step in layout if brings_lines(step)]


def _takers(layout: ResolvedFlow, name: str) -> list[str] | None:
    """The steps that take what a step only holds; None where it takes it itself."""
    operation = layout.sketches[name].definition.operation
    if operation is None or operation.taken_by is None:
        return None
    key = f"{operation.capability}.{operation.taken_by}"
    return [
        step.name
        for step in layout
        if layout.follows.get(step.name) == name
        and step.definition.operation is not None
        and step.definition.operation.key == key
        and not step.droppable
    ]


def _with_takers(layout: ResolvedFlow, names: Sequence[str]) -> list[str]:
    return [one for name in names for one in (name, *(_takers(layout, name) or ()))]


def _whole(layout: ResolvedFlow, names: Sequence[str]) -> Iterator[str]:
    """Those that do their duty without another condition than their own."""
    for name in names:
        takers = _takers(layout, name)
        if takers is None or any(layout.sketches[t].spec.when is None for t in takers):
            yield name


def _done(layout: ResolvedFlow, name: str, sample: Sample) -> bool:
    takers = _takers(layout, name)
    taken = takers is None or any(holds(layout, taker, sample) for taker in takers)
    return taken and holds(layout, name, sample)


def _objection(layout: ResolvedFlow, duty: Duty, step: ParsedStep) -> tuple[str, str] | None:
    """Why a step that calls the right operation does not count: the key to blame, and words."""
    if step.spec.best_effort:
        return "best_effort", "is `best_effort`"
    if step.droppable:
        return "on_decline", "is `on_decline: skip`"
    if duty.collected == "due_today" and step.name in layout.after(layout.pivot):
        return "needs", f"comes after the pivot {layout.pivot}"
    operation = step.definition.operation
    if _takers(layout, step.name) == [] and operation is not None:
        key = f"{operation.capability}.{operation.taken_by}"
        return "call", f"only holds it, and no step calls {key} for it"
    return None


def _told(
    layout: ResolvedFlow, duty: Duty, doing: Sequence[ParsedStep], sample: Sample
) -> UncoveredDuty:
    """The mistake, at the step that comes nearest to doing it, or where the part is sold."""
    blamed = [_blame(layout, duty, step, sample) for step in doing]
    part = next(iter(duty.parts), "")
    hint = "; ".join(words for _, words in blamed)
    if not blamed:
        able = " or ".join(f"`call: {key}`" for key in duty.operations)
        hint = f"add a step {able}" + (f", or take {part} out of `sells`" if part else "")
    mark = blamed[0][0] if blamed else layout.sells_mark(part)
    message = f"{layout.flow}: {duty} {spoken(sample)}: {hint}"
    return UncoveredDuty(duty=duty, mark=mark, message=message)


def _blame(
    layout: ResolvedFlow, duty: Duty, step: ParsedStep, sample: Sample
) -> tuple[SourceLocation, str]:
    """Why a step that calls the right operation does not do it in this case."""
    operation = step.definition.operation
    name = f"{step.name} ({operation.key if operation else step.definition.kind})"
    if (objection := _objection(layout, duty, step)) is not None:
        key, why = objection
        return step.mark(key), f"{name} {why}"
    if holds(layout, step.name, sample):
        takers = [layout.sketches[taker] for taker in _takers(layout, step.name) or ()]
        idle = "; ".join(f"{one.name} has `when: {one.spec.when}`" for one in takers)
        return takers[0].mark("when"), f"{name} only holds it: {idle}"
    return step.mark("when"), f"{name} has `when: {step.spec.when}`"
