"""What a flow's digest covers: all that decides how a checkout goes, nothing that is only run time.

In: steps, kinds, conditions, schemas, defaults, provider names and the shape of the policy.
Out: titles, settings, credentials, limits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from unshackled.domain.codec import adapter, digest
from unshackled.flow.plan.plan import FromCheckout, FromStep, PlannedStep, Source
from unshackled.steps import Definition

Json = Any


def flow_digest(resolved: Json, steps: list[PlannedStep]) -> str:
    """`sha256:...` over the resolved flow and what its steps are made of."""
    untitled = {key: value for key, value in resolved.items() if key not in ("title", "digest")}
    return digest(untitled, {step.name: _step(step) for step in steps})


def _step(step: PlannedStep) -> Json:
    return {
        "needs": sorted(step.needs),
        "follows": step.follows,
        "sources": {name: _source(source) for name, source in step.sources.items()},
        "schemas": _schemas(step.definition),
        "operation": _operation(step.definition),
    }


def _source(source: Source) -> Json:
    if isinstance(source, FromStep):
        return ["step", source.step, source.fact.__name__]
    if isinstance(source, FromCheckout):
        return ["checkout", source.fact.__name__]
    return ["value", source.value]


def _schemas(definition: Definition) -> Json:
    shapes = (definition.request, definition.output)
    return [definition.schema(), *(_schema(shape) if shape else None for shape in shapes)]


@cache
def _schema(shape: type) -> Json:
    """Made once for each type: many steps share one."""
    return adapter(shape).json_schema()


def _operation(definition: Definition) -> Json:
    operation = definition.operation
    if operation is None:
        return None
    return {
        "effect": operation.effect,
        "undo": operation.undo,
        "leaves_nothing": operation.leaves_nothing,
        "declinable": operation.declinable,
        "hard_search": operation.hard_search,
        "follows": operation.follows,
    }
