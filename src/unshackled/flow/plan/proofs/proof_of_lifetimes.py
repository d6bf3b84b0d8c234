"""What lapses by itself lasts until it is used: nothing is charged for goods that are not held."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.durations import written
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromLiteral
from unshackled.flow.plan.resolved_flow import ResolvedFlow


def lifetimes_last(layout: ResolvedFlow, report: Diagnostics) -> None:
    """What a step gave outlasts what comes between it and the pivot, as far as it is known.

    What lapses before that is renewed at run time; what must lapse within the timeouts after the
    customer's yes cannot be, and what only the customer can do again must not lapse while others
    take their time.
    """
    if layout.pivot is None or layout.partial:
        return
    for step in layout:
        lifetime = _lifetime(layout, step)
        if lifetime is None or step.name in layout.after(layout.pivot):
            continue
        _outlasts_timeouts(layout, step, lifetime, report)
        if _by_customer(step):
            _outlasts_deadlines(layout, step, lifetime, report)


def _outlasts_timeouts(
    layout: ResolvedFlow, step: ParsedStep, lifetime: timedelta, report: Diagnostics
) -> None:
    way, needed = _longest(layout, step)
    if lifetime < needed:
        field = _field(step)
        message = (
            f"{step.name}: {field}: {written(lifetime)} lapses before it is used: "
            f"{' -> '.join(way)} may take {written(needed)} (the sum of their timeouts): "
            f"write at least `{field}: {written(needed)}`"
        )
        report.add(step.mark("with", field), "lapses_too_soon", message)


def _outlasts_deadlines(
    layout: ResolvedFlow, step: ParsedStep, lifetime: timedelta, report: Diagnostics
) -> None:
    """No customer picks or signs anew because a later step took the time that they have."""
    later = [layout.sketches[name] for name in layout.dag.order if name in layout.after(step.name)]
    slowest = max(filter(partial(_waits, layout), later), key=_deadline, default=None)
    if slowest is None or lifetime >= _deadline(slowest):
        return
    field, most = _field(step), written(_deadline(slowest))
    message = (
        f"{step.name}: {field}: {written(lifetime)} may be over before {slowest.name} is, which "
        f"has {most} (its `deadline`), and only the customer can do {step.name} again: write at "
        f"least `{field}: {most}`, or at most `deadline: {written(lifetime)}` at {slowest.name}"
    )
    report.add(step.mark("with", field), "lapses_too_soon", message)


def _waits(layout: ResolvedFlow, step: ParsedStep) -> bool:
    """Whether a provider, a person or a page may take its `deadline` before the order is placed."""
    takes_time = step.definition.operation is not None or step.definition.entry == "review"
    return takes_time and step.name not in {layout.pivot, *layout.after(layout.pivot)}


def _deadline(step: ParsedStep) -> timedelta:
    return step.spec.deadline


def _by_customer(step: ParsedStep) -> bool:
    """Whether only the customer can do it again: they pick, sign, or show who they are."""
    operation = step.definition.operation
    chosen = step.definition.entry == "query_then_customer"
    return chosen or (operation is not None and operation.by_customer)


def _field(step: ParsedStep) -> str:
    operation = step.definition.operation
    return (operation.lifetime if operation is not None else None) or ""


def _lifetime(layout: ResolvedFlow, step: ParsedStep) -> timedelta | None:
    """How long what the step did lasts, where its flow says so."""
    source = layout.sources.get(step.name, {}).get(_field(step))
    value = source.value if isinstance(source, FromLiteral) else None
    return value if isinstance(value, timedelta) else None


def _longest(layout: ResolvedFlow, step: ParsedStep) -> tuple[tuple[str, ...], timedelta]:
    """The way that may take longest: from the yes, or a step after it, up to the pivot."""
    pivot = str(layout.pivot)
    late = layout.after(step.name)
    if layout.confirm is not None and step.name not in layout.after(layout.confirm):
        late = layout.after(layout.confirm)
    best: dict[str, tuple[timedelta, tuple[str, ...]]] = {}
    for name in layout.dag.order:
        if name not in late:
            continue
        before = [best[need] for need in layout.dag.needs[name] if need in best]
        spent, way = max(before, default=(timedelta(0), ()))
        parsed = layout.sketches[name]
        calls = parsed.definition.operation is not None
        took = parsed.spec.timeout if calls else timedelta(0)
        best[name] = (spent + took, (*way, name) if calls else way)
    spent, way = best.get(pivot, (timedelta(0), ()))
    return way, spent
