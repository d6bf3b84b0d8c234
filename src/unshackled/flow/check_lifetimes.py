"""What lapses by itself lasts until it is used: nothing is charged for goods that are not held."""

from __future__ import annotations

from datetime import timedelta

from unshackled.flow.durations import written
from unshackled.flow.layout import Layout
from unshackled.flow.mistakes import Report
from unshackled.flow.plan import Literally
from unshackled.flow.sketch import Sketch


def lifetimes_last(layout: Layout, report: Report) -> None:
    """A hold outlasts the timeouts of what is done between the customer's yes and the pivot.

    What lapses before that is renewed at run time; what must lapse within it cannot be.
    """
    if layout.pivot is None or layout.partial:
        return
    for step in layout:
        lifetime = _lifetime(layout, step)
        if lifetime is None or step.name in layout.after(layout.pivot):
            continue
        way, needed = _longest(layout, step)
        if lifetime < needed:
            field = step.definition.operation.lapses_after if step.definition.operation else ""
            message = (
                f"{step.name}: {field}: {written(lifetime)} lapses before it is used: "
                f"{' -> '.join(way)} may take {written(needed)} (the sum of their timeouts): "
                f"write at least `{field}: {written(needed)}`"
            )
            report.add(step.mark("with", field), "lapses_too_soon", message)


def _lifetime(layout: Layout, step: Sketch) -> timedelta | None:
    """How long what the step did lasts, where its flow says so."""
    operation = step.definition.operation
    if operation is None or operation.lapses_after is None:
        return None
    source = layout.sources.get(step.name, {}).get(operation.lapses_after)
    value = source.value if isinstance(source, Literally) else None
    return value if isinstance(value, timedelta) else None


def _longest(layout: Layout, step: Sketch) -> tuple[tuple[str, ...], timedelta]:
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
        sketch = layout.sketches[name]
        calls = sketch.definition.operation is not None
        took = sketch.spec.timeout if calls else timedelta(0)
        best[name] = (spent + took, (*way, name) if calls else way)
    spent, way = best.get(pivot, (timedelta(0), ()))
    return way, spent
