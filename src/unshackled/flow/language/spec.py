"""The flow language as models: what a file may say, with every default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from pydantic import Field

from unshackled.domain.case import CaseKind
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.records import Record
from unshackled.domain.time_zones import local
from unshackled.flow.language.case_spec import OpensSpec
from unshackled.flow.language.document_settings import DocumentsSpec
from unshackled.flow.language.durations import Duration
from unshackled.flow.language.field_types import NAME, Model, Template
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.policy_forms import WhoServes
from unshackled.flow.language.retailer_settings import (
    CatalogueSpec,
    RetailerSettings,
    RetailerSpec,
)
from unshackled.markets import market_pack
from unshackled.outbound.limits import Limits
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.operation import Carried, Collected

Json = Any
LANGUAGE: Final = 1
OnDecline = Literal["edit", "skip", "end"]
Sold = Literal["required", "optional"]
PARTS: Final[tuple[Carried, ...]] = get_args(Carried)
# The price that a part brings beside what is due today.
LATER: Final[Mapping[Carried, Collected]] = {"credit": "instalments", "tariff": "tariff_months"}
STEP_NAME: Final = r"^[a-z][a-z0-9_]{0,39}$"


class BreakerSpec(Model):
    """When to stop asking a provider that fails."""

    window: Duration | None = None
    calls: int | None = Field(default=None, ge=1)
    minimum_calls: int | None = Field(default=None, ge=1)
    failure_rate: float | None = Field(default=None, gt=0, le=1)
    open_for: Duration | None = None
    probes: int | None = Field(default=None, ge=1)


class LimitsSpec(Model):
    """How much is asked of a provider, and how long it is waited for."""

    timeout: Duration | None = None
    concurrency: int | None = Field(default=None, ge=1)
    queue: int | None = Field(default=None, ge=0)
    patience: Duration | None = None
    rate_per_second: float | None = Field(default=None, gt=0)
    breaker: BreakerSpec | None = None


class PriceSpec(Model):
    """What a provider takes for a call; `best` with `measure: cost` goes by it."""

    fixed: float = Field(default=0, ge=0, description="Minor units for each call.")
    percent: float = Field(default=0, ge=0, le=100, description="Percent of what is paid.")


class AmountSpec(Model):
    """The sums that a provider takes in one call, in minor units, both ends included."""

    least: int = Field(default=1, ge=1, description="The smallest sum.")
    most: int | None = Field(default=None, ge=1, description="The largest; without it, any.")


# A default made by `model_construct` is the same value, and leaves the validator for later.
class ProviderEntry(Model):
    """An adapter, configured: any setting may be `env:NAME`, a secret must be."""

    adapter: str = Field(description="The adapter's folder name, e.g. legacy_shop.")
    settings: dict[str, Any] = Field(default={}, description="The adapter's own settings.")
    sandbox: dict[str, Any] | None = Field(
        default=None,
        description="What is different where test keys reach it; the address and every secret must"
        " be its own. Without it test keys are refused.",
    )
    limits: LimitsSpec = Field(
        default=LimitsSpec.model_construct(), description="Timeout, concurrency, breaker."
    )
    cost: PriceSpec = Field(
        default=PriceSpec.model_construct(), description="What it takes for a call."
    )
    amounts: dict[str, dict[str, AmountSpec]] = Field(
        default={},
        description="The sums that it takes, by operation and currency, where your contract says"
        " otherwise than the vendor's documents: payment.charge: {GBP: {least: 100}}.",
    )
    documents: DocumentsSpec | None = Field(
        default=None,
        description="Who it is in documents (a lender, a network), and its own texts in them.",
    )


class RetrySpec(Model):
    """Repeating what was not sent, inside one attempt."""

    attempts: int = Field(default=RetryPolicy().attempts, ge=1, le=10)
    initial: Duration = RetryPolicy().initial
    maximum: Duration = RetryPolicy().maximum

    @property
    def rule(self) -> RetryPolicy:
        """The rule that is written so."""
        return RetryPolicy(attempts=self.attempts, initial=self.initial, maximum=self.maximum)


class StepSpec(Model):
    """What every step may say beside its kind."""

    needs: list[str] = Field(default=[], description="Steps that are settled before this one.")
    when: str | None = Field(default=None, description="A CEL condition; without it, always.")
    use: dict[str, str] = Field(default={}, description="Which step fills a field: field: step.")
    literals: dict[str, Any] = Field(
        default={}, alias="with", description="Fixed values of fields: field: value."
    )
    provider: WhoServes | None = Field(
        default=None, description="Who serves it; else the default of its capability."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=10), description="How long one attempt is waited for."
    )
    retry: RetrySpec = Field(
        default=RetrySpec.model_construct(),
        description="How often what was not sent is sent again.",
    )
    deadline: Duration = Field(
        default=timedelta(hours=24),
        description="How long a provider, a person or a hosted page may take.",
    )
    undo_deadline: Duration = Field(
        default=timedelta(hours=24), description="How long an undo is tried before it has failed."
    )
    on_decline: OnDecline = Field(
        default="edit",
        description="edit: the customer changes something; skip: go on without; end: cancel.",
    )
    pivot: bool = Field(default=False, description="The point of no return: one a flow.")
    best_effort: bool = Field(default=False, description="Any end of it is good enough.")


class SellsSpec(Model):
    """What a flow sells: each part of a package that it takes, and whether it must be there."""

    handset: Sold | None = Field(default=None, description="A device.")
    tariff: Sold | None = Field(default=None, description="An airtime contract.")
    credit: Sold | None = Field(default=None, description="Paying a handset over time.")
    accessories: Sold | None = Field(default=None, description="Accessories.")
    trade_in: Sold | None = Field(default=None, description="An old device for money.")

    @property
    def parts(self) -> dict[Carried, Sold]:
        """What is sold, by part."""
        return {part: said for part in PARTS if (said := getattr(self, part)) is not None}


class FlowHead(Model):
    """What a flow says beside its steps.

    One that says `case` is no way to buy: it is what happens to a sale afterwards.
    """

    title: str | None = Field(default=None, description="What customers read.")
    sells: SellsSpec | None = Field(
        default=None,
        description="The parts of a package that it sells; any other is refused at the door.",
    )
    expires_after: Duration = Field(
        default=timedelta(hours=24), description="How long an idle checkout stays open."
    )
    case: CaseKind | None = Field(
        default=None, description="The kind of case that it carries out, of a sale that is done."
    )
    opens: OpensSpec | None = Field(
        default=None, description="Who opens such a case, and until when."
    )


class NotificationSpec(Model):
    """A message to the customer when something has happened."""

    event: str = Field(description="The type of an event, e.g. checkout.completed.v1.")
    template: Template = Field(description="The sender's template of the message.")
    step: str | None = Field(default=None, description="Only where the event is about this step.")
    case: CaseKind | None = Field(
        default=None,
        description="Only in a case of this kind; without it, events of steps are the purchase's.",
    )
    provider: str | None = Field(
        default=None, description="Who sends it; else the default of `notification`."
    )


class NotificationRule(Record):
    """An event of this type (about `step`, if one is named) has `provider` send `template`.

    `case` is the kind of case that it must have happened to.
    """

    event: str
    template: str
    provider: str
    step: str | None = None
    case: str | None = None


class ProviderSpec(Record):
    """A provider as its file has it: settings may be `env:NAME` references, not yet looked up.

    `timeout` is the written limit of one call; None leaves it to the step. `sandbox` are the whole
    settings that test keys reach; None refuses them. `amounts` are the sums that it takes: the
    file's, else the adapter's. `documents` is what it says in them.
    """

    name: str
    adapter: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    timeout: timedelta | None = None
    cost: PriceSpec = field(default_factory=PriceSpec)
    sandbox: Mapping[str, Json] | None = None
    amounts: Ranges = field(default_factory=dict)
    documents: DocumentsSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retailer(RetailerSettings):
    """One tenant: its settings, its providers and what serves a capability by default.

    `flows` are those that sell, `case_flows` those of what happens to a sale afterwards.
    A default is the name of a provider or of one of `routes`. Where the catalogue is merged of
    several, `merged_catalogues` has their names in order, and its default is the first of them.

    `notifications` are no part of any flow's digest: they change what customers read from now
    on, never what a checkout does.
    """

    providers: Mapping[str, ProviderSpec]
    defaults: Mapping[str, str]
    flows: tuple[str, ...]
    routes: Mapping[str, Policy] = field(default_factory=dict)
    notifications: tuple[NotificationRule, ...] = ()
    merged_catalogues: tuple[str, ...] = ()
    case_flows: tuple[str, ...] = ()

    def local(self, at: datetime) -> datetime:
        """The same moment on the retailer's calendar: its `date()` is the day that rules go by."""
        return local(at, self.time_zone)

    def rules(self, at: datetime) -> MarketRules:
        """What the law of its market says on that day; `LookupError` where none covers it."""
        return market_pack(self.market).on(self.local(at).date())

    def default(self, capability: str) -> Policy | None:
        """Who serves a capability where a step does not say."""
        name = self.defaults.get(capability)
        return None if name is None else self._policy(name)

    def _policy(self, name: str) -> Policy:
        return self.routes.get(name) or Policy(how="single", providers=(name,))

    def catalogue_policies(self) -> tuple[Policy, ...]:
        """Who serves the catalogue: one policy, or one for each of those that are merged."""
        if self.merged_catalogues:
            return tuple(self._policy(name) for name in self.merged_catalogues)
        policy = self.default("catalogue")
        return () if policy is None else (policy,)

    def providers_of(self, capability: str) -> tuple[str, ...]:
        """Who may serve a capability where a step does not say."""
        if capability == "catalogue":
            names = [name for one in self.catalogue_policies() for name in one.providers]
            return tuple(dict.fromkeys(names))
        policy = self.default(capability)
        return policy.providers if policy is not None else ()

    def amounts(self, provider: str) -> Ranges:
        """The sums that a provider takes; all of them by one that the file has no more."""
        spec = self.providers.get(provider)
        return spec.amounts if spec is not None else {}

    def without_sandbox(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the named providers that test keys cannot reach."""
        specs = {name: self.providers.get(name) for name in names}
        return tuple(name for name, spec in specs.items() if spec is None or spec.sandbox is None)


__all__ = [
    "LANGUAGE",
    "LATER",
    "NAME",
    "PARTS",
    "STEP_NAME",
    "AmountSpec",
    "BreakerSpec",
    "CatalogueSpec",
    "FlowHead",
    "LimitsSpec",
    "NotificationRule",
    "NotificationSpec",
    "OnDecline",
    "PriceSpec",
    "ProviderEntry",
    "ProviderSpec",
    "Retailer",
    "RetailerSpec",
    "RetrySpec",
    "SellsSpec",
    "Sold",
    "StepSpec",
]
