"""From the body of a flow to a plan, with every proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any, Final

from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.documents import RetailerPapers
from unshackled.domain.market_rules import MarketPack
from unshackled.domain.records import Record, replace
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.case_spec import CASE_KINDS, OpensSpec
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.parsing import parse
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import FlowHead
from unshackled.flow.language.yaml_marks import YamlNode
from unshackled.flow.plan.cases.case_variables import at_its_opening
from unshackled.flow.plan.condition_variables import Vocabulary
from unshackled.flow.plan.conditions import (
    BadCondition,
    CelCondition,
    compile_checked,
    compile_condition,
)
from unshackled.flow.plan.dag import Dag, dag, find_cycle, with_implied
from unshackled.flow.plan.implied import Written, with_rules
from unshackled.flow.plan.parsed_step import ParsedStep, parsed
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.plan.policy_resolver import Offers, PolicyResolver
from unshackled.flow.plan.proofs.prove import check
from unshackled.flow.plan.resolved_flow import ResolvedFlow, marked_one
from unshackled.flow.plan.serialised import flow_digest, resolved_flow
from unshackled.flow.plan.wiring import Wiring
from unshackled.ports.amount_ranges import Ranges

Json = Any


class FlowSource(Record):
    """One flow with everything it inherits, and what it may refer to.

    `stored` says that the body is the resolved form of a flow that was proved when its file was
    loaded: it is compiled as it stands, without the proofs and implied needs of later versions.
    `fields` are then the later fields of requests (`facts.added`) that it fills: the others keep
    their default, so that no step is asked for anew. `orphaned` allows providers that are gone.
    `ranges` are the sums that each provider takes, `programmes` the retailer's upgrades by name, of
    which a resolved flow has the terms. `proved` is the digest by which this very source
    was proved by this very program: it is not proved again.
    """

    retailer: str
    currency: str
    name: str
    body: YamlNode
    offers: Offers
    defaults: Mapping[str, str]
    routes: Mapping[str, Policy] = field(default_factory=dict)
    time_zone: str = "UTC"
    market: MarketPack | None = None
    erase_after: timedelta = timedelta(days=30)
    papers: RetailerPapers = RetailerPapers()
    stored: bool = False
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    orphaned: bool = False
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    proved: str | None = None
    programmes: Mapping[str, Programme] = field(default_factory=dict)


Compile = Callable[[str, Mapping[str, type], Vocabulary], CelCondition]
# More than anybody goes through; the proofs look at each step beside every other.
MOST_STEPS: Final = 100


def compile_flow(source: FlowSource, report: Diagnostics) -> Plan | None:
    """The plan of a flow; None, and every mistake noted, where it must not run."""
    before = len(report)
    steps_node = source.body.entries.get("steps")
    if steps_node is not None and len(steps_node.entries) > MOST_STEPS:
        report.add(steps_node.mark, "wrong_value", f"steps: a flow has at most {MOST_STEPS} steps")
        return None
    head_node = source.body.with_entries(
        {k: v for k, v in source.body.entries.items() if k != "steps"}
    )
    head = parse(FlowHead, head_node, report)
    terms = _terms(source, head, report)
    layout = _layout(source, terms, report)
    if layout is None:
        return None
    layout = replace(layout, sells=head.sells.parts if head and head.sells is not None else None)
    if layout.whole and not source.stored and source.proved is None:
        check(layout, report)
    if len(report) > before or head is None:
        return None
    resolved = resolved_flow(
        layout,
        head=head,
    )
    steps = [_planned(layout, step) for step in layout]
    digest = source.proved or flow_digest(resolved, steps)
    return Plan(
        retailer=source.retailer,
        name=source.name,
        title=resolved["title"],
        digest=digest,
        steps={step.name: step for step in steps},
        confirm=layout.confirm,
        pivot=layout.pivot,
        expires_after=head.expires_after,
        time_zone=source.time_zone,
        market=source.market,
        erase_after=source.erase_after,
        case=layout.case,
        opens_when=layout.opens_when,
        papers=source.papers,
        resolved={**resolved, "digest": digest},
        sells=layout.sells,
        # Steps bring lines to the quote for as long as flows say what they sell.
        step_lines=not source.stored or layout.sells is not None,
    )


def _terms(source: FlowSource, head: FlowHead | None, report: Diagnostics) -> CaseTerms | None:
    """What a case flow says of its case; None of a purchase, or where it cannot be read."""
    if head is None or head.case is None:
        if head is not None and head.opens is not None:
            message = (
                f"{source.name}: says who `opens` a case and not which: write `case: <kind>`, "
                f"allowed are {listed(CASE_KINDS)}"
            )
            report.add(source.body.at(["opens"]), "opens_without_case", message)
        return None
    return (head.opens or OpensSpec()).terms(head.case)


def _layout(
    source: FlowSource, terms: CaseTerms | None, report: Diagnostics
) -> ResolvedFlow | None:
    """Steps, order, conditions, facts and providers; None where there is no order."""
    entries = source.body.entries.get("steps")
    if entries is None or not entries.entries:
        report.add(source.body.mark, "no_steps", f"{source.name}: a flow has steps")
        return None
    read = {name: parsed(name, node, report) for name, node in entries.entries.items()}
    sketches = {name: step for name, step in read.items() if step is not None}
    whole = all(step.whole for step in sketches.values())
    partial = not whole or len(sketches) < len(read)
    needs = _needs(sketches, read.keys(), report)
    if circle := find_cycle(needs):
        mark = sketches[circle[0]].mark("needs")
        report.add(mark, "cycle", f"steps need each other in a circle: {' -> '.join(circle)}")
        return None
    confirms = [s.name for s in sketches.values() if s.definition.kind == "confirm"]
    confirm = marked_one(sketches, confirms, "two_confirms", report)
    pivots = [s.name for s in sketches.values() if s.spec.pivot]
    pivot = marked_one(sketches, pivots, "two_pivots", report)
    if not source.stored and terms is None:
        written = Written(
            sketches=sketches,
            needs=needs,
            confirm=confirm,
            pivot=pivot,
            expressions={name: _expressions(step, source) for name, step in sketches.items()},
        )
        full = with_rules(written, report)
        if full is None:
            return None
        needs = full
    effortless = [s.name for s in sketches.values() if s.spec.best_effort]
    order = dag(with_implied(needs, confirm=confirm, pivot=pivot, best_effort=effortless))
    layout = ResolvedFlow(
        flow=source.name,
        body=source.body,
        retailer={"id": source.retailer, "currency": source.currency},
        ranges=source.ranges,
        sketches=sketches,
        dag=order,
        confirm=confirm,
        pivot=pivot,
        partial=partial,
        whole=whole,
        written=needs,
        case=terms,
        market=source.market,
    )
    return _with_names(layout, source, report)


def _expressions(step: ParsedStep, source: FlowSource) -> tuple[str, ...]:
    """The conditions by which a step is done, or its provider chosen."""
    policy, operation = step.spec.provider, step.definition.operation
    if policy is None and operation is not None:
        policy = source.routes.get(source.defaults.get(operation.capability, ""))
    elif policy is not None and policy.how == "single":
        policy = source.routes.get(policy.providers[0], policy)
    rules = policy.rules if policy is not None else ()
    return tuple(w for w in (step.spec.when, *(rule.when for rule in rules)) if w is not None)


def _needs(
    sketches: Mapping[str, ParsedStep], known: Any, report: Diagnostics
) -> dict[str, frozenset[str]]:
    needs = {}
    for name, step in sketches.items():
        for number, need in enumerate(step.spec.needs):
            if need not in known:
                message = f"{name}: needs unknown step {need!r}: allowed are {listed(known)}"
                report.add(step.mark("needs", number), "unknown_need", message)
        needs[name] = frozenset(step.spec.needs) & frozenset(sketches)
    return needs


def _with_names(layout: ResolvedFlow, source: FlowSource, report: Diagnostics) -> ResolvedFlow:
    """The layout with conditions, facts and providers resolved."""
    partial = layout.partial or len(layout.dag.order) < len(layout.sketches)
    wiring = Wiring(
        sketches=layout.sketches,
        dag=layout.dag,
        report=report,
        partial=partial,
        fields=source.fields if source.stored else None,
        programmes=source.programmes,
        of_case=layout.case is not None,
    )
    sources = {step.name: wiring.sources(step) for step in layout}
    resolver = PolicyResolver(
        sketches=layout.sketches,
        dag=layout.dag,
        sources=sources,
        offers=source.offers,
        defaults=source.defaults,
        routes=source.routes,
        flow=source.name,
        currency=source.currency,
        report=report,
        partial=partial,
        orphaned=source.orphaned,
        of_case=layout.case is not None,
    )
    follows, policies = resolver.follows(), resolver.policies()
    resolver.followers_offered(follows, policies)
    compiled = compile_condition if source.proved is None else compile_checked
    conditions = _conditions(layout, compiled, report, partial=partial)
    return replace(
        layout,
        conditions=conditions,
        opens_when=_opens_when(source, compiled, report) if layout.case is not None else None,
        sources=sources,
        follows=follows,
        follows_sale=resolver.follows_sale(follows),
        policies=policies,
        rules=_rules(layout, policies, compiled, report),
    )


def _opens_when(source: FlowSource, compiled: Compile, report: Diagnostics) -> CelCondition | None:
    """The condition on the sales that a case flow is for."""
    opens = source.body.entries.get("opens")
    said = opens.entries.get("when") if opens is not None else None
    if said is None or not isinstance(said.value, str):
        return None
    try:
        return compiled(said.value, {}, at_its_opening())
    except BadCondition as error:
        report.add(said.mark, "bad_condition", f"{source.name}: opens.when: {error}")
    return None


def _rules(
    layout: ResolvedFlow, policies: Mapping[str, Policy], compiled: Compile, report: Diagnostics
) -> dict[str, list[CelCondition | None]]:
    """The conditions of each policy that goes `by` rules."""
    found: dict[str, list[CelCondition | None]] = {}
    for name, policy in policies.items():
        outputs = _outputs(layout.sketches, layout.dag, name)
        for number, rule in enumerate(policy.rules):
            condition = None
            if rule.when is not None:
                try:
                    condition = compiled(rule.when, outputs, layout.vocabulary)
                except BadCondition as error:
                    where = f"{name}: provider.by.{number}.when"
                    mark = layout.sketches[name].mark("provider")
                    report.add(mark, "bad_condition", f"{where}: {error}")
            found.setdefault(name, []).append(condition)
    return found


def _outputs(sketches: Mapping[str, ParsedStep], order: Dag, name: str) -> dict[str, type]:
    """What a condition of a step may read: the outputs of the steps before it."""
    shapes = {n: sketches[n].definition.output for n in order.ancestors[name]}
    return {n: shape for n, shape in sorted(shapes.items()) if shape is not None}


def _conditions(
    layout: ResolvedFlow, compiled: Compile, report: Diagnostics, *, partial: bool
) -> dict[str, CelCondition]:
    sketches, order = layout.sketches, layout.dag
    found: dict[str, CelCondition] = {}
    for name in order.order:
        step = sketches[name]
        if step.spec.when is None:
            continue
        try:
            condition = compiled(step.spec.when, _outputs(sketches, order, name), layout.vocabulary)
            # Steps with the same condition share one, which is then evaluated once for all of them.
            found[name] = next((one for one in found.values() if one == condition), condition)
        except BadCondition as error:
            if not (partial and "'Steps'" in str(error)):
                report.add(step.mark("when"), "bad_condition", f"{name}: when: {error}")
    return found


def _planned(layout: ResolvedFlow, step: ParsedStep) -> PlannedStep:
    spec, name = step.spec, step.name
    return PlannedStep(
        name=name,
        definition=step.definition,
        needs=tuple(n for n in layout.dag.order if n in layout.dag.needs[name]),
        ancestors=layout.dag.ancestors[name],
        descendants=layout.dag.descendants[name],
        when=layout.conditions.get(name),
        sources=layout.sources[name],
        policy=layout.policies.get(name),
        rules=tuple(layout.rules.get(name, ())),
        follows=layout.follows.get(name),
        follows_sale=layout.follows_sale.get(name, ()),
        timeout=spec.timeout,
        retry=step.spec.retry.rule,
        deadline=spec.deadline,
        undo_deadline=spec.undo_deadline,
        on_decline=spec.on_decline,
        pivot=spec.pivot,
        best_effort=spec.best_effort,
        downstream_of_confirm=name in layout.after(layout.confirm),
        downstream_of_pivot=name in layout.after(layout.pivot),
    )
