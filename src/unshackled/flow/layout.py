"""A flow between reading and planning: what the proofs look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from unshackled.flow.conditions import CelCondition
from unshackled.flow.dag import Dag, Needs
from unshackled.flow.mistakes import Report
from unshackled.flow.plan import Source
from unshackled.flow.policy import Policy
from unshackled.flow.sketch import Sketch
from unshackled.flow.yaml_marks import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Steps in order with what was resolved of each.

    `partial` says that some step could not be read: what depends on it is not called a mistake.
    `written` are the needs that the resolved form states: the file's own, and those that follow
    from what the steps do; `dag` has those of `confirm` and the pivot too.
    """

    flow: str
    mark: Mark
    sketches: Mapping[str, Sketch]
    dag: Dag
    confirm: str | None
    pivot: str | None
    partial: bool
    written: Needs = field(default_factory=dict)
    conditions: Mapping[str, CelCondition] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Source]] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    rules: Mapping[str, Sequence[CelCondition | None]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Sketch]:
        """The steps in order."""
        return (self.sketches[name] for name in self.dag.order)

    def after(self, name: str | None) -> frozenset[str]:
        """Every step downstream of one; none of nothing."""
        return self.dag.descendants[name] if name is not None else frozenset()


def marked_one(
    sketches: Mapping[str, Sketch], names: list[str], code: str, report: Report
) -> str | None:
    """The only one of some steps; the others are mistakes."""
    for name in names[1:]:
        message = f"{name}: a flow has one {code.removeprefix('two_').rstrip('s')}: {names[0]}"
        report.add(sketches[name].node.mark, code, message)
    return names[0] if len(names) == 1 else None
