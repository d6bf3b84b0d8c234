"""What a picture shows: steps as nodes, what each needs as edges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.records import Record
from unshackled.domain.states import State
from unshackled.flow.language.policy import Policy
from unshackled.flow.plan.plan import Plan, PlannedStep

Mark = Literal["pivot", "conditional", "best_effort"]


class GraphNode(Record):
    """One step. `notes` are short lines; `state` is None in the picture of a flow."""

    name: str
    kind: str
    detail: str
    notes: tuple[str, ...] = ()
    marks: frozenset[Mark] = frozenset()
    state: State | None = None


class Graph(Record):
    """Nodes in topological order, and (from, to) for each need that no other implies."""

    title: str
    nodes: Mapping[str, GraphNode]
    edges: tuple[tuple[str, str], ...]

    def into(self, name: str) -> tuple[str, ...]:
        """What the node directly needs."""
        return tuple(start for start, end in self.edges if end == name)


def graph_of(plan: Plan, checkout: Checkout | None = None) -> Graph:
    """The picture of a plan, or of a checkout that is pinned to it."""
    nodes = {}
    for step in plan.steps.values():
        state = None if checkout is None else checkout.steps[step.name]
        nodes[step.name] = _node(step, state)
    title = plan.title if checkout is None else f"{plan.title} ({checkout.id})"
    edges = tuple((need, step.name) for step in plan.steps.values() for need in _direct(plan, step))
    return Graph(title=title, nodes=nodes, edges=edges)


def _direct(plan: Plan, step: PlannedStep) -> list[str]:
    """The needs that are not ancestors of another need."""
    implied = {name for need in step.needs for name in plan.steps[need].ancestors}
    return [need for need in step.needs if need not in implied]


def _node(step: PlannedStep, state: StepState | None) -> GraphNode:
    marks: dict[Mark, bool] = {
        "pivot": step.pivot,
        "conditional": step.when is not None,
        "best_effort": step.best_effort,
    }
    return GraphNode(
        name=step.name,
        kind=step.definition.kind,
        detail=step.definition.detail,
        notes=_notes(step) if state is None else _story(state),
        marks=frozenset(mark for mark, has in marks.items() if has),
        state=None if state is None else state.state,
    )


def _notes(step: PlannedStep) -> tuple[str, ...]:
    of_sale = f"by whoever did {' or '.join(step.follows_sale)}" if step.follows_sale else ""
    served = of_sale or (step.policy and _served(step.policy))
    when = step.when and f"if {step.when.source}"
    return tuple(note for note in (served, when) if note)


def _served(policy: Policy) -> str:
    between = {"first": " or else ", "waterfall": ", then "}.get(policy.how, " or ")
    return between.join(policy.providers)


def _story(state: StepState) -> tuple[str, ...]:
    """How the step stands, who served it, how long it took."""
    words = str(state.state).replace("_", " ")
    if state.code is not None:
        words = f"{words}: {state.code}"
    served = state.provider or ""
    took = _took(state)
    if took is not None:
        served = f"{served} in {spoken(took)}".strip()
    return tuple(note for note in (words, served) if note)


def _took(state: StepState) -> timedelta | None:
    """From the moment when the step could begin to its last change, where a backend was asked."""
    started = state.first_sent_at
    if started is None or state.updated_at is None:
        return None
    return max(state.updated_at - started, timedelta())


def spoken(span: timedelta) -> str:
    """A duration for people, e.g. `38 ms`, `2.4 s`, `3 min`."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
