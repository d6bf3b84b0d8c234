"""A compiled flow: everything the engine needs, resolved once at load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeAlias

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseHistory
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode, digest, encode, without_added
from unshackled.domain.documents import NO_PAPERS, RetailerPapers
from unshackled.domain.facts import CheckoutRef, Fact, added_fields, left_out
from unshackled.domain.market_rules import MarketPack
from unshackled.domain.memo import Memo
from unshackled.domain.package import (
    Accessories,
    CreditTerms,
    HandsetLine,
    Package,
    TariffLine,
    TradeInLine,
    UpgradeLine,
)
from unshackled.domain.quote import BringsLines, Quote
from unshackled.domain.records import Record
from unshackled.domain.runs import RunView, SaleStep
from unshackled.domain.time_zones import local
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import OnDecline, Sold
from unshackled.flow.plan.cases.case_facts import fact_of_case
from unshackled.flow.plan.cases.sale_outputs import fact_of_sale
from unshackled.flow.plan.conditions import Condition
from unshackled.flow.plan.personal_data.search_fields import search_fields
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.operation import Carried
from unshackled.steps import Definition

Json = Any


class FromCheckout(Record):
    """The field is filled from the checkout itself, by its fact type."""

    fact: type[Fact]


class FromStep(Record):
    """The field is filled from the output of an ancestor; None where that has none (optional)."""

    step: str
    fact: type[Fact]


class FromLiteral(Record):
    """The field has a fixed value: written under `with`, or the request's own default."""

    value: object


class FromSale(Record):
    """The field is filled from what the sale gave; None where it did not (always optional)."""

    fact: type[Fact]


class FromCase(Record):
    """The field is filled from the case: what it asks for, or what other cases moved."""

    fact: type[Fact] = CaseRequest


Source: TypeAlias = FromCheckout | FromStep | FromLiteral | FromSale | FromCase

# Requests and their digests, by all that these are made of.
_REQUESTS: Final[Memo[Any]] = Memo()
_DIGESTS: Final[Memo[str]] = Memo()
# Where each fact of the checkout lies; the parts of a package may be absent.
CHECKOUT_FACTS: Mapping[type[Fact], str] = {
    Package: "",
    HandsetLine: "handset",
    TariffLine: "tariff",
    CreditTerms: "credit",
    Accessories: "accessories",
    TradeInLine: "trade_in",
    UpgradeLine: "upgrade",
    Quote: "",
    CheckoutRef: "",
}


def checkout_fact(checkout: Checkout, fact: type[Fact]) -> object | None:
    """The checkout's own fact of a type; None for an absent part of the package."""
    if fact is Quote:
        return checkout.quote
    if fact is Package:
        return checkout.package
    if fact is CheckoutRef:
        return CheckoutRef(
            checkout=checkout.id,
            retailer=checkout.retailer,
            customer_ref=checkout.private.customer_ref,
        )
    part: object | None = getattr(checkout.package, CHECKOUT_FACTS[fact])
    return part


@dataclass(frozen=True, kw_only=True)
class PlannedStep:
    """One step with everything resolved.

    `needs` are direct, implied ones included; `ancestors` and `descendants` are transitive.
    `rules` are the conditions of the policy's rules, compiled.
    `follows` is the ancestor whose provider serves this step too. `follows_sale` are operations of
    the sale: the provider of the first that passed serves this step. `deadline` bounds waiting for
    a provider, a person or a customer at a provider's page; `undo_deadline` an undo.
    """

    name: str
    definition: Definition
    needs: tuple[str, ...]
    ancestors: frozenset[str]
    descendants: frozenset[str]
    when: Condition | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    policy: Policy | None = None
    rules: Sequence[Condition | None] = ()
    follows: str | None = None
    follows_sale: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=10)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    deadline: timedelta = timedelta(hours=24)
    undo_deadline: timedelta = timedelta(hours=24)
    on_decline: OnDecline = "edit"
    pivot: bool = False
    best_effort: bool = False
    downstream_of_confirm: bool = False
    downstream_of_pivot: bool = False

    @cached_property
    def is_effect(self) -> bool:
        """Whether the step changes the world."""
        operation = self.definition.operation
        return operation is not None and operation.effect

    @cached_property
    def early(self) -> bool:
        """Whether it is a form that the customer may send before its turn."""
        return self.definition.action == "submit" and self.definition.request is None

    @cached_property
    def undo(self) -> str | None:
        """The key of the operation that takes it back, e.g. `stock.release`."""
        operation = self.definition.operation
        if operation is None or operation.undo is None:
            return None
        return f"{operation.capability}.{operation.undo}"

    @cached_property
    def hard_search(self) -> bool:
        """Whether it leaves a mark on the customer's credit file."""
        operation = self.definition.operation
        return operation is not None and operation.hard_search

    @cached_property
    def claims(self) -> bool:
        """Whether it takes a device that only one checkout may hold."""
        operation = self.definition.operation
        return operation is not None and operation.claims is not None

    @cached_property
    def counts_for(self) -> timedelta | None:
        """How long its output counts from when it passed, where its flow says so."""
        operation = self.definition.operation
        source = self.sources.get(operation.counts_for or "") if operation is not None else None
        value = source.value if isinstance(source, FromLiteral) else None
        return value if isinstance(value, timedelta) else None

    def facts(self, checkout: Checkout) -> dict[str, Any]:
        """What fills each field of the request now: typed facts, or a step's output as JSON."""
        found: dict[str, Any] = {}
        for name, source in self.sources.items():
            if isinstance(source, FromCheckout):
                found[name] = checkout_fact(checkout, source.fact)
            elif isinstance(source, FromStep):
                found[name] = checkout.output(source.step)
            elif isinstance(source, FromLiteral):
                found[name] = source.value
            else:
                found[name] = _of_case(source, checkout)
        return found

    def digest(self, checkout: Checkout) -> str | None:
        """The digest of the request as it would be now; None for a step without a request.

        A quote counts by its price: one that was only extended is the same. What came later than
        the request, or than an output, is left out while it has its default.
        """
        shape = self.definition.request
        if shape is None:
            return None
        return _DIGESTS.get(*self._reads(checkout), make=lambda: self._digest(shape, checkout))

    def _digest(self, shape: type, checkout: Checkout) -> str:
        known, apart = self._known(shape, checkout), left_out(shape)
        asked = {k: _omitting(v, apart.get(k, ())) for k, v in known.items()}
        return digest(checkout.id, asked)

    def same(self, checkout: Checkout, known: str) -> bool:
        """Whether the request asks for the same as the one of this digest.

        In digests of versions before, what is no part of the asking counted too.
        """
        shape = self.definition.request
        if shape is None:
            return False
        return known == self.digest(checkout) or known == digest(
            checkout.id, self._known(shape, checkout)
        )

    def _reads(self, checkout: Checkout) -> tuple[Any, ...]:
        """All that its request is made of, and the step itself."""
        private = checkout.private
        parts = [self, checkout.id, private.customer_ref, checkout.package, checkout.quote]
        for source in self.sources.values():
            if isinstance(source, FromStep):
                parts += (checkout.steps[source.step].output, private.outputs.get(source.step))
            elif isinstance(source, FromSale | FromCase) and isinstance(checkout, RunView):
                parts += (checkout.sale, checkout.case)
        return tuple(parts)

    def _known(self, shape: type, checkout: Checkout) -> dict[str, Any]:
        later = added_fields(shape)
        facts = self.facts(checkout).items()
        return {
            k: self._counted(k, v)
            for k, v in facts
            if (k not in later or v != later[k]) and not isinstance(v, CaseHistory)
        }

    def _counted(self, name: str, value: Any) -> Any:
        """What counts of a fact."""
        source = self.sources[name]
        if isinstance(source, FromStep | FromSale):
            return without_added(source.fact, value)
        return value.digest if isinstance(value, Quote) else value

    def build(self, checkout: Checkout) -> Any:
        """The typed request; None for a step without one."""
        shape = self.definition.request
        if shape is None:
            return None
        return _REQUESTS.get(*self._reads(checkout), make=lambda: shape(**self._typed(checkout)))

    def _typed(self, checkout: Checkout) -> dict[str, Any]:
        typed = self.facts(checkout)
        for name, source in self.sources.items():
            if isinstance(source, FromStep | FromSale) and typed[name] is not None:
                typed[name] = decode(source.fact, typed[name])
        return typed

    def encode_request(self, checkout: Checkout) -> Json:
        """The request as JSON, for the write-ahead."""
        request = self.build(checkout)
        return None if request is None else encode(request)


def _of_case(source: FromSale | FromCase, checkout: Checkout) -> Any:
    """A fact of the case, or what its sale gave as JSON; None of a purchase."""
    if isinstance(source, FromSale):
        return fact_of_sale(checkout, source.fact)
    return fact_of_case(checkout, source.fact)


def _brings_lines(shape: type | None) -> bool:
    return shape is not None and issubclass(shape, BringsLines)


def _omitting(fact: Any, names: Sequence[str]) -> Any:
    """A fact without some of its fields."""
    if not names or not isinstance(fact, Mapping):
        return fact
    return {name: value for name, value in fact.items() if name not in names}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A flow, ready to run. `steps` are in topological order; `digest` pins a checkout to it.

    `time_zone` and `market` are the retailer's of today, whatever they were when the flow was
    stored; so are the `papers`, what it and its providers say in documents.
    `sells` is what a package may and must hold; None for a flow of before flows said so.
    `step_lines` says that what its steps bring is part of the quote: not in a flow of before that,
    whose customers were shown, and signed, a price without it. `erase_after` is how
    long the retailer of today keeps personal data that nothing asks for any more.
    `case` says that it carries out a case of a sale, who opens one and until when; `opens_when` for
    which sales it is (see `unshackled.flow.plan.cases.serving`). Such a flow expires at no time.
    """

    retailer: str
    name: str
    title: str
    digest: str
    steps: Mapping[str, PlannedStep]
    confirm: str | None
    pivot: str | None
    expires_after: timedelta
    time_zone: str = "UTC"
    market: MarketPack | None = None
    papers: RetailerPapers = NO_PAPERS
    resolved: Json = None
    sells: Mapping[Carried, Sold] | None = None
    step_lines: bool = True
    erase_after: timedelta = timedelta(days=30)
    case: CaseTerms | None = None
    opens_when: Condition | None = None

    @cached_property
    def hard_searches(self) -> tuple[PlannedStep, ...]:
        """The steps that leave a mark on the customer's credit file."""
        return tuple(step for step in self.steps.values() if step.hard_search)

    @cached_property
    def claiming(self) -> tuple[PlannedStep, ...]:
        """The steps that take a device which only one checkout may hold."""
        found = tuple(step for step in self.steps.values() if step.claims)
        trades = self.sells is not None and "trade_in" in self.sells
        if found or not trades or self.pivot is None:
            return found
        return (self.steps[self.pivot],)

    @cached_property
    def bringing_lines(self) -> tuple[PlannedStep, ...]:
        """The steps whose output adds lines to the quote."""
        return tuple(step for step in self.steps.values() if _brings_lines(step.definition.output))

    @cached_property
    def upgrades(self) -> bool:
        """Whether some step reads the upgrade of the package: then there must be one."""
        return any(
            source == FromCheckout(fact=UpgradeLine)
            for step in self.steps.values()
            for source in step.sources.values()
        )

    @cached_property
    def searched(self) -> Mapping[str, Mapping[str, str]]:
        """The steps whose data a checkout is found by: the kind of each such field."""
        found = {name: search_fields(step.definition.output) for name, step in self.steps.items()}
        return {name: fields for name, fields in found.items() if fields}

    @cached_property
    def output_steps(self) -> Mapping[type[Fact], str]:
        """Which step gives a fact of a type, of a base of its own too; the last where several."""
        return {
            fact: step.name
            for step in self.steps.values()
            for fact in getattr(step.definition.output, "__mro__", ())
            if fact is not Fact and issubclass(fact, Fact)
        }

    @cached_property
    def effect_steps(self) -> Mapping[str, tuple[SaleStep, ...]]:
        """The steps that have an operation, by its key, for cases that follow its effect."""
        found: dict[str, tuple[SaleStep, ...]] = {}
        for step in self.steps.values():
            operation = step.definition.operation
            if operation is not None:
                mine = SaleStep(name=step.name, output=step.definition.output)
                found[operation.key] = (*found.get(operation.key, ()), mine)
        return found

    def local(self, at: datetime) -> datetime:
        """The same moment in the retailer's zone: its `date()` is the day that rules go by."""
        return local(at, self.time_zone)

    def step(self, name: str) -> PlannedStep:
        """A step by name; raises `KeyError`."""
        return self.steps[name]
