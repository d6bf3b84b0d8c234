"""The resolved form of a flow: everything said, nothing inherited; what is stored by digest.

The digest covers all that decides how a checkout goes, nothing that is only run time. In: steps,
kinds, conditions, schemas, defaults, provider names and the shape of the policy. Out: titles,
settings, credentials, limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.codec import adapter, digest, encode
from unshackled.flow.language.durations import written
from unshackled.flow.language.policy import Policy, PolicyArm
from unshackled.flow.language.spec import LANGUAGE, FlowHead
from unshackled.flow.plan.conditions import Condition
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import (
    FromCheckout,
    FromLiteral,
    FromSale,
    FromStep,
    PlannedStep,
    Source,
)
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.wiring import later_fields, slots
from unshackled.steps import Definition

Json = Any


def resolved_flow(layout: ResolvedFlow, head: FlowHead) -> dict[str, Json]:
    """A flow as JSON, with every default; settings and limits of providers are not in it.

    `fields` are the later fields of requests that its steps fill: see `FlowSource.fields`.
    """
    later = {
        step.name: found
        for step in layout
        if (found := later_fields(step, layout.sources.get(step.name, {})))
    }
    return {
        "language": LANGUAGE,
        "retailer": dict(layout.retailer),
        "flow": layout.flow,
        "title": head.title or layout.flow,
        **(
            _of_case(layout.case, layout.opens_when)
            if layout.case is not None
            else {"expires_after": written(head.expires_after)}
        ),
        **({"sells": dict(layout.sells)} if layout.sells is not None else {}),
        "steps": {step.name: _step(layout, step) for step in layout},
        **({"fields": later} if later else {}),
    }


def _of_case(terms: CaseTerms, when: Condition | None) -> dict[str, Json]:
    """What a case flow says of its case, as a file has it."""
    opens: dict[str, Json] = {"by": list(terms.by), "from": terms.from_}
    if terms.up_to != "received":
        opens["up_to"] = terms.up_to
    if terms.within is not None:
        opens["within"] = written(terms.within)
    if when is not None:
        opens["when"] = when.source
    return {"case": terms.kind, "opens": opens}


def _step(layout: ResolvedFlow, step: ParsedStep) -> dict[str, Json]:
    spec, definition = step.spec, step.definition
    said: dict[str, Json] = {definition.kind: definition.detail, **step.options}
    said["needs"] = _needs(layout, step)
    said["deadline"] = written(spec.deadline)
    if spec.when is not None:
        said["when"] = spec.when
    if spec.use:
        said["use"] = dict(spec.use)
    if literals := _literals(step, layout.sources.get(step.name, {})):
        said["with"] = literals
    if definition.entry != "customer" or step.silent:
        said["on_decline"] = spec.on_decline
    if definition.operation is not None:
        said |= _calling(step, layout.policies.get(step.name))
    return said


def _needs(layout: ResolvedFlow, step: ParsedStep) -> list[str]:
    """The needs as written, and after them those that were implied."""
    known = layout.written.get(step.name, frozenset())
    implied = [name for name in layout.dag.order if name in known - set(step.spec.needs)]
    return [*step.spec.needs, *implied]


def _literals(step: ParsedStep, sources: Mapping[str, Source]) -> dict[str, Json]:
    found = {}
    for slot in slots(step.definition.request):
        source = sources.get(slot.name)
        if slot.fact is None and isinstance(source, FromLiteral):
            value = source.value
            found[slot.name] = written(value) if isinstance(value, timedelta) else encode(value)
    return found


def _calling(step: ParsedStep, policy: Policy | None) -> dict[str, Json]:
    spec = step.spec
    said: dict[str, Json] = {
        "timeout": written(spec.timeout),
        "undo_deadline": written(spec.undo_deadline),
        "retry": _retry(spec.retry.attempts, spec.retry.initial, spec.retry.maximum),
        "pivot": spec.pivot,
        "best_effort": spec.best_effort,
    }
    if policy is not None:
        said["provider"] = _policy(policy)
    return said


def _retry(attempts: int, initial: timedelta, maximum: timedelta) -> dict[str, Json]:
    return {"attempts": attempts, "initial": written(initial), "maximum": written(maximum)}


def _policy(policy: Policy) -> Json:
    """Its shape alone: shares, shadows and limits are runtime data."""
    names = list(policy.providers)
    if policy.how == "single" and not policy.shared:
        return names[0]
    if policy.how in ("single", "first"):
        said: dict[str, Json] = {"first": names[0], **({"then": names[1:]} if names[1:] else {})}
    elif policy.how == "by":
        said = {"by": [_rule(rule) for rule in policy.rules]}
    else:
        said = {policy.how: names}
    return {**said, **({"route": policy.route} if policy.shared else {})}


def _rule(rule: PolicyArm) -> Json:
    when = {"when": rule.when} if rule.when is not None else {}
    return {**when, "use": list(rule.providers)}


def flow_digest(resolved: Json, steps: list[PlannedStep]) -> str:
    """`sha256:...` over the resolved flow and what its steps are made of."""
    untitled = {key: value for key, value in resolved.items() if key not in ("title", "digest")}
    return digest(untitled, {step.name: _covered(step) for step in steps})


def _covered(step: PlannedStep) -> Json:
    return {
        "needs": sorted(step.needs),
        "follows": step.follows,
        "sources": {name: _source(source) for name, source in step.sources.items()},
        "schemas": _schemas(step.definition),
        "operation": _operation(step.definition),
        **({"follows_sale": list(step.follows_sale)} if step.follows_sale else {}),
    }


def _source(source: Source) -> Json:
    if isinstance(source, FromStep):
        return ["step", source.step, source.fact.__name__]
    if isinstance(source, FromCheckout):
        return ["checkout", source.fact.__name__]
    if isinstance(source, FromLiteral):
        return ["value", source.value]
    return ["sale" if isinstance(source, FromSale) else "case", source.fact.__name__]


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
