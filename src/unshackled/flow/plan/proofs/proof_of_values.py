"""Proofs over typed samples: conditions never fail, and required facts are always there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unshackled.domain.records import Record
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.plan.cases.sale_parts import part_that_proves
from unshackled.flow.plan.condition_variables import STEPS
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import CHECKOUT_FACTS, FromCheckout, FromSale, FromStep
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.typed_samples import Path, Sample, space
from unshackled.flow.plan.wiring import slots

# Of a file; what a retailer needs for a flow is about a hundred.
MOST_CASES: Final = 8_000


def cases_few(layout: ResolvedFlow, report: Diagnostics) -> bool:
    """Whether the cases of all conditions of the file can be looked at within a moment."""
    for name, condition in layout.conditions.items():
        report.cases += len(space(layout, sorted(condition.steps), condition.source))
        if report.cases > MOST_CASES:
            message = (
                f"{name}: when: the conditions of the file have more than {MOST_CASES} cases up to "
                "here: let each name fewer parts that may be absent"
            )
            report.add(layout.sketches[name].mark("when"), "wrong_value", message)
            return False
    return True


def conditions_total(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Every condition is true or false in every case."""
    for name, condition in layout.conditions.items():
        step = layout.sketches[name]
        for sample in space(layout, sorted(condition.steps), condition.source):
            problem = condition.problem(sample.variables)
            if problem is not None:
                hint = "guard it with has(...)" if "not found" in problem else "guard it"
                message = f"{name}: when: fails {sample} ({problem}): {hint}"
                report.add(step.mark("when"), "condition_error", message)
                break


def rules_total(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Every rule by which a provider is chosen is true or false in every case."""
    for name, conditions in layout.rules.items():
        for number, condition in enumerate(conditions):
            if condition is None:
                continue
            for sample in space(layout, sorted(condition.steps), condition.source):
                problem = condition.problem(sample.variables)
                if problem is not None:
                    where = f"{name}: provider.by.{number}.when"
                    message = f"{where}: fails {sample} ({problem}): guard it with has(...)"
                    mark = layout.sketches[name].mark("provider")
                    report.add(mark, "condition_error", message)
                    break


def facts_present(layout: ResolvedFlow, report: Diagnostics) -> None:
    """Wherever a step runs, what it requires is there."""
    for step in layout:
        required = _required(layout, step)
        for sample in _wanted(layout, step, required):
            missing = [str(one) for one in required if not sample.has(*one.path)]
            if missing:
                _unguarded(step, missing, sample, report)
                break


class Required(Record, kw_only=False):
    """What a step cannot do without: a part of the package or of the sale, or a step's output."""

    path: Path

    @property
    def step(self) -> str | None:
        """The step, where it is one's output."""
        return self.path[1] if self.path[0] == STEPS else None

    def __str__(self) -> str:
        """As messages name it."""
        return ".".join(self.path) if self.step is None else f"step {self.step}"


def _required(layout: ResolvedFlow, step: ParsedStep) -> list[Required]:
    """All that a step cannot do without."""
    sources = layout.sources.get(step.name, {})
    optional = {slot.name for slot in slots(step.definition.request) if slot.optional}
    needed = [source for field, source in sources.items() if field not in optional]
    parts = [CHECKOUT_FACTS[s.fact] for s in needed if isinstance(s, FromCheckout)]
    producers = {source.step for source in needed if isinstance(source, FromStep)}
    followed = layout.follows.get(step.name)
    producers |= {followed} if followed else set()
    sale = {part_that_proves(source.fact) for source in needed if isinstance(source, FromSale)}
    sale |= {key.partition(".")[0] for key in layout.follows_sale.get(step.name, ())}
    paths = [
        *(("package", part) for part in parts if part),
        *((STEPS, name) for name in sorted(producers)),
        *(("sale", name) for name in sorted(name for name in sale if name)),
    ]
    return [Required(path) for path in paths]


def _wanted(layout: ResolvedFlow, step: ParsedStep, required: list[Required]) -> Iterator[Sample]:
    """The cases in which the step runs."""
    if not required:
        return
    condition = layout.conditions.get(step.name)
    if step.spec.when is not None and condition is None:
        return
    read = condition.steps if condition else frozenset()
    names = sorted({*(one.step for one in required if one.step), *read})
    words = " ".join([*(one.path[1] for one in required if not one.step), step.spec.when or ""])
    for sample in space(layout, names, words):
        if condition is None or condition.evaluate(sample.variables) is True:
            yield sample


def _unguarded(step: ParsedStep, missing: list[str], sample: Sample, report: Diagnostics) -> None:
    guard = next((f"has({part})" for part in missing if not part.startswith("step ")), None)
    hint = f"add `when: {guard}`" if guard else "give it the same `when`, or no `on_decline: skip`"
    if step.spec.pivot:
        hint = f"write `opens: {{when: {guard}}}`"
    message = f"{step.name}: requires {', '.join(missing)}, which may be absent: {hint}"
    report.add(step.node.mark, "optional_fact_unguarded", message)
