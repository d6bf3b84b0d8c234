"""A flow between reading and planning: what the proofs look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.market_rules import MarketPack
from unshackled.domain.records import Record
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import Sold
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.flow.plan.cases.case_variables import in_a_case
from unshackled.flow.plan.condition_variables import PURCHASE, Vocabulary
from unshackled.flow.plan.conditions import CelCondition
from unshackled.flow.plan.dag import Dag, Needs
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import Source
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.operation import Carried


class ResolvedFlow(Record):
    """Steps in order with what was resolved of each.

    `partial` says that some step could not be read: what depends on it is not called a mistake.
    `whole` says that every key of the steps that were read is known: without, nothing is proved,
    since a misspelt `needs` or `when` makes everything after it look wrong.
    `written` are the needs that the resolved form states: the file's own, and those that follow
    from what the steps do; `dag` has those of `confirm` and the pivot too.
    `body` is the flow as its file has it, `sells` what it says of the parts of a package (None
    where it says nothing), `retailer` its id and currency, `ranges` the sums that each provider
    takes.
    `case` is what a case flow says of its case, `market` whose law it is held to, `opens_when` its
    condition on the sale, `follows_sale` the operations of the sale whose provider serves a step.
    """

    flow: str
    body: YamlNode
    sketches: Mapping[str, ParsedStep]
    dag: Dag
    confirm: str | None
    pivot: str | None
    partial: bool
    whole: bool = True
    written: Needs = field(default_factory=dict)
    conditions: Mapping[str, CelCondition] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Source]] = field(default_factory=dict)
    follows: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    rules: Mapping[str, Sequence[CelCondition | None]] = field(default_factory=dict)
    retailer: Mapping[str, str] = field(default_factory=dict)
    sells: Mapping[Carried, Sold] | None = None
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    case: CaseTerms | None = None
    market: MarketPack | None = None
    opens_when: CelCondition | None = None
    follows_sale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        """What its conditions may name."""
        return PURCHASE if self.case is None else in_a_case()

    @property
    def known(self) -> Mapping[str, str]:
        """What every checkout of the flow has, by attribute of a checkout."""
        attributes = {"id": "retailer", "currency": "currency"}
        return {"flow": self.flow, **{attributes[key]: said for key, said in self.retailer.items()}}

    @property
    def readable(self) -> bool:
        """Whether every step and every condition could be read."""
        conditional = {step.name for step in self if step.spec.when is not None}
        return not self.partial and conditional <= self.conditions.keys()

    @property
    def mark(self) -> SourceLocation:
        """The place of the flow."""
        return self.body.mark

    def sells_mark(self, part: str = "") -> SourceLocation:
        """Where it says what it sells, if that is in its own file; else the place of the flow."""
        found = self.body.at(["sells", part] if part else ["sells"])
        return found if found.file == self.mark.file else self.mark

    def __iter__(self) -> Iterator[ParsedStep]:
        """The steps in order."""
        return (self.sketches[name] for name in self.dag.order)

    def after(self, name: str | None) -> frozenset[str]:
        """Every step downstream of one; none of nothing."""
        return self.dag.descendants[name] if name is not None else frozenset()


def marked_one(
    sketches: Mapping[str, ParsedStep], names: list[str], code: str, report: Diagnostics
) -> str | None:
    """The only one of some steps; the others are mistakes."""
    for name in names[1:]:
        message = f"{name}: a flow has one {code.removeprefix('two_').rstrip('s')}: {names[0]}"
        report.add(sketches[name].node.mark, code, message)
    return names[0] if len(names) == 1 else None
