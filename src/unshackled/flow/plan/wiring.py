"""Wiring: what fills each field of a step's request, by fact type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from unshackled.domain.facts import Fact, added_fields
from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record, declared
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.durations import duration
from unshackled.flow.plan.annotations import unwrap
from unshackled.flow.plan.cases.case_facts import CASE_FACTS
from unshackled.flow.plan.cases.sale_parts import is_reading, part_that_proves
from unshackled.flow.plan.dag import Dag
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import (
    CHECKOUT_FACTS,
    FromCase,
    FromCheckout,
    FromLiteral,
    FromSale,
    FromStep,
    Source,
)


class RequestField(Record):
    """A field of a request: a fact (`fact`), or else a literal."""

    name: str
    annotation: Any
    fact: type[Fact] | None
    optional: bool
    default: object = dataclasses.MISSING


def slots(request: type | None) -> tuple[RequestField, ...]:
    """The fields of a request."""
    if request is None:
        return ()
    defaults = {one.name: one.default for one in declared(request)}
    found = []
    for name, annotation in fields_of(request).items():
        plain = unwrap(annotation)
        inside = plain.inside
        is_fact = isinstance(inside, type) and issubclass(inside, Fact) and not plain.many
        found.append(
            RequestField(
                name=name,
                annotation=annotation,
                fact=inside if is_fact else None,  # type: ignore[arg-type]
                optional=plain.optional,
                default=defaults[name],
            )
        )
    return tuple(found)


class Wiring(Record):
    """Fills requests; `partial` says that some step could not be read, so one may be missing.

    `fields` are, for a stored flow, the later fields of requests that it fills, by step; None for a
    flow of a file, which fills all it can. `programmes` are the retailer's upgrades by name.
    `of_case` says that the flow carries out a case: then facts come from the case and its sale too.
    """

    sketches: Mapping[str, ParsedStep]
    dag: Dag
    report: Diagnostics
    partial: bool = False
    fields: Mapping[str, Sequence[str]] | None = None
    programmes: Mapping[str, Programme] = field(default_factory=dict)
    of_case: bool = False

    def sources(self, step: ParsedStep) -> dict[str, Source]:
        """What fills each field; every mistake is noted."""
        fields = slots(step.definition.request)
        self._refuse_unknown(step, fields)
        made = {slot.name: self._source(step, slot) for slot in fields}
        return {name: source for name, source in made.items() if source is not None}

    def _refuse_unknown(self, step: ParsedStep, fields: tuple[RequestField, ...]) -> None:
        facts = [slot.name for slot in fields if slot.fact]
        literals = [slot.name for slot in fields if not slot.fact]
        for key, allowed in (("use", facts), ("with", literals)):
            written = step.spec.use if key == "use" else step.spec.literals
            for name in written:
                if name not in allowed:
                    message = f"{step.name}: {key}: unknown field {name!r}: allowed are "
                    self.report.add(
                        step.mark(key, name), "unknown_field", message + listed(allowed)
                    )

    def _source(self, step: ParsedStep, slot: RequestField) -> Source | None:
        if self.fields is not None:
            later = added_fields(_request(step))
            if slot.name in later and slot.name not in self.fields.get(step.name, ()):
                return FromLiteral(value=later[slot.name])
        if slot.fact is None:
            return self._literal(step, slot)
        if slot.name in step.spec.use:
            return self._named(step, slot, slot.fact)
        return self._by_type(step, slot, slot.fact)

    def _literal(self, step: ParsedStep, slot: RequestField) -> Source | None:
        if slot.name not in step.spec.literals:
            if slot.default is not dataclasses.MISSING:
                return FromLiteral(value=slot.default)
            message = f"{step.name}: field {slot.name!r} has no value: write it under `with`"
            self.report.add(step.node.mark, "missing_literal", message)
            return None
        try:
            return FromLiteral(value=self._written(slot, step.spec.literals[slot.name]))
        except ValueError as error:
            message = f"{step.name}: with.{slot.name}: {_reason(error)}"
            self.report.add(step.mark("with", slot.name), "wrong_value", message)
            return None

    def _written(self, slot: RequestField, written: object) -> object:
        """The value of a literal; an upgrade programme is named, and stored with its terms."""
        if unwrap(slot.annotation).inside is Programme and isinstance(written, str):
            if written not in self.programmes:
                allowed = listed(self.programmes)
                message = f"{written!r} is no programme of retailer.upgrades: allowed are {allowed}"
                raise ValueError(message)
            return self.programmes[written]
        return _value(slot, written)

    def _producers(self, fact: type[Fact]) -> list[str]:
        found = []
        for name in self.dag.order:
            output = self.sketches[name].definition.output
            if output is not None and issubclass(output, fact):
                found.append(name)
        return found

    def _from(self, name: str) -> FromStep:
        output: Any = self.sketches[name].definition.output
        return FromStep(step=name, fact=output)

    def _named(self, step: ParsedStep, slot: RequestField, fact: type[Fact]) -> Source | None:
        name = step.spec.use[slot.name]
        able = [p for p in self._producers(fact) if p in self.dag.ancestors[step.name]]
        if name in able:
            return self._from(name)
        if not (self.partial and name not in self.sketches):
            message = (
                f"{step.name}: use.{slot.name}: {name!r} is no earlier step that gives "
                f"{fact.__name__}: allowed are {listed(able)}"
            )
            self.report.add(step.mark("use", slot.name), "unknown_producer", message)
        return None

    def _by_type(self, step: ParsedStep, slot: RequestField, fact: type[Fact]) -> Source | None:
        able = self._producers(fact)
        before = [name for name in able if name in self.dag.ancestors[step.name]]
        if fact in CHECKOUT_FACTS and not before:
            return FromCheckout(fact=fact)
        if len(before) == 1 and fact not in CHECKOUT_FACTS:
            return self._from(before[0])
        if not before and self.of_case and (outside := _outside(slot, fact)) is not None:
            return outside
        if not before and slot.optional:
            return FromLiteral(value=None)
        if before:
            self._two(step, slot, fact, before)
        else:
            self._none(step, slot, fact, [name for name in able if name != step.name])
        return None

    def _two(
        self, step: ParsedStep, slot: RequestField, fact: type[Fact], before: list[str]
    ) -> None:
        owners = [*before, *(["the checkout"] if fact in CHECKOUT_FACTS else [])]
        message = (
            f"{step.name}: field {slot.name!r} ({fact.__name__}) has more than one source: "
            f"{listed(owners)}; name one with `use: {{{slot.name}: <step>}}`"
        )
        self.report.add(step.node.mark, "two_producers", message)

    def _none(
        self, step: ParsedStep, slot: RequestField, fact: type[Fact], later: list[str]
    ) -> None:
        if self.partial:
            return
        hint = f"no step gives {fact.__name__} and the checkout has none"
        if self.of_case:
            hint = (
                f"no step of the case gives {fact.__name__}, and no part of the sale tells a "
                "condition that it is there"
            )
        if later:
            hint = f"add {listed(later)} to its needs"
        message = f"{step.name}: nothing before it fills {slot.name!r} ({fact.__name__}): {hint}"
        self.report.add(step.node.mark, "no_producer", message)


def _outside(slot: RequestField, fact: type[Fact]) -> Source | None:
    """What fills a field of a case's step from outside of its flow; None where nothing can.

    The sale may lack whatever it could have given: so a field that must be filled is filled by it
    only where some part of the sale tells that it is there, for a condition to ask. What the sale
    only looked up is another thing by now.
    """
    if fact in CASE_FACTS:
        return FromCase(fact=fact)
    if is_reading(fact):
        return None
    if slot.optional or part_that_proves(fact) is not None:
        return FromSale(fact=fact)
    return None


def later_fields(step: ParsedStep, sources: Mapping[str, Source]) -> list[str]:
    """The fields of the request that came later than it and are filled by the flow."""
    later = added_fields(_request(step))
    return [
        name
        for name, source in sources.items()
        if name in later and source != FromLiteral(value=later[name])
    ]


def _request(step: ParsedStep) -> type:
    return step.definition.request or type(None)


def _value(slot: RequestField, written: object) -> object:
    """A literal of the field's type; durations are written as `30m`."""
    if unwrap(slot.annotation).inside is timedelta and written is not None:
        return duration(written)
    adapter: TypeAdapter[Any] = TypeAdapter(slot.annotation)
    return adapter.validate_python(written)


def _reason(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(str(found["msg"]) for found in error.errors(include_url=False))
    return str(error)
