"""One step as its flow wrote it: its kind, made by the kind itself, and its common keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from unshackled.domain.records import Record
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.parsing import keys_of, parse
from unshackled.flow.language.spec import STEP_NAME, StepSpec
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode, plain
from unshackled.steps import (
    Definition,
    KindContext,
    StepKind,
    UnknownName,
    WrongValue,
    kinds,
    options_of,
)

Json = Any
_UNKNOWN: Final[Mapping[str, str]] = {
    "call": "unknown_operation",
    "choose": "unknown_operation",
    "collect": "unknown_model",
    "show": "unknown_document",
    "rule": "unknown_rule",
}
_ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "operation": ("provider", "timeout", "retry", "undo_deadline", "pivot", "best_effort"),
    "request": ("use", "with"),
}


class ParsedStep(Record):
    """A step before it is planned; `options` are the keys that only its kind knows.

    `whole` says that every key of it could be read.
    """

    name: str
    node: YamlNode
    spec: StepSpec
    definition: Definition
    options: Mapping[str, Json]
    whole: bool = True

    def mark(self, *path: object) -> SourceLocation:
        """The place of one of its keys, or of the step."""
        return self.node.at(path)

    @property
    def declinable(self) -> bool:
        """Whether it can end in a business "no"."""
        operation = self.definition.operation
        decides = self.definition.entry in ("review", "rule")
        return (decides and not self.definition.always_passes) or (
            operation is not None and operation.declinable
        )

    @property
    def silent(self) -> bool:
        """Whether it goes on without the customer, who had until its `deadline` to answer."""
        model = self.definition.output if self.definition.kind == "collect" else None
        return self.spec.on_decline == "skip" and getattr(model, "silence", False)

    @property
    def droppable(self) -> bool:
        """Whether the flow may go on without its output although it was wanted."""
        skips = self.spec.on_decline == "skip" and (
            self.declinable or self.silent or self.definition.operation is not None
        )
        return skips or self.spec.best_effort


def parsed(name: str, node: YamlNode, report: Diagnostics) -> ParsedStep | None:
    """Read one step; None, and its mistakes noted, where it cannot be made."""
    if not re.match(STEP_NAME, name):
        report.add(node.mark, "bad_name", f"{name!r} is no step name: allowed are a-z, 0-9 and _")
        return None
    kind = _kind(name, node, report)
    if kind is None:
        return None
    own, before = keys_of(options_of(kind)), len(report)
    spec = parse(StepSpec, _without(node, [kind.key, *own]), report, beside=own)
    definition = _define(kind, node, report)
    if spec is None or definition is None:
        return None
    made = ParsedStep(
        name=name,
        node=node,
        spec=spec,
        definition=definition,
        options={key: plain(node.entries[key]) for key in own if key in node.entries},
        whole=len(report) == before,
    )
    _refuse_idle_keys(made, report)
    return made


def _kind(name: str, node: YamlNode, report: Diagnostics) -> StepKind | None:
    chosen = [key for key in node.entries if key in kinds()]
    if len(chosen) == 1:
        return kinds()[chosen[0]]
    if not chosen:
        message = f"{name}: has no kind: one of {listed(kinds())} is needed"
        report.add(node.mark, "no_kind", message)
        unknown = set(node.entries) - set(keys_of(StepSpec))
        for key in sorted(unknown):
            allowed = listed([*keys_of(StepSpec), *kinds()])
            report.add(node.at([key]), "unknown_key", f"unknown key {key!r}: allowed are {allowed}")
    else:
        report.add(node.mark, "two_kinds", f"{name}: has more than one kind: {listed(chosen)}")
    return None


def _without(node: YamlNode, keys: Iterable[str]) -> YamlNode:
    return node.with_entries({k: v for k, v in node.entries.items() if k not in keys})


def _define(kind: StepKind, node: YamlNode, report: Diagnostics) -> Definition | None:
    options = parse(options_of(kind), node, report)
    if options is None:
        return None
    try:
        return kind.define(plain(node.entries[kind.key]), options, KindContext())
    except UnknownName as error:
        code = _UNKNOWN.get(kind.key, "wrong_value")
        report.add(node.at([kind.key]), code, str(error))
    except WrongValue as error:
        report.add(node.mark, "wrong_value", str(error))
    return None


def _refuse_idle_keys(step: ParsedStep, report: Diagnostics) -> None:
    """A key that cannot have an effect on this kind of step is a mistake."""
    for part, keys in _ONLY.items():
        for key in keys:
            if key in step.node.entries and getattr(step.definition, part) is None:
                message = f"{step.name}: a {step.definition.kind} step has no use for {key!r}"
                report.add(step.mark(key), "idle_key", message)
    waits = step.definition.entry == "customer" and not step.silent
    if "on_decline" in step.node.entries and waits:
        message = f"{step.name}: a {step.definition.kind} step is never declined"
        report.add(step.mark("on_decline"), "idle_key", message)
