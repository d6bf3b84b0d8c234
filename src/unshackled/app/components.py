"""The parts of one process, each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from random import Random
from typing import TYPE_CHECKING

from unshackled.app.bank_weights import BankWeights
from unshackled.catalogues import Catalogues
from unshackled.catalogues.stock_levels import StockLevels
from unshackled.consumers import Consumers
from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.runtime.eraser import Eraser
from unshackled.flow.runtime.indexer import Indexer
from unshackled.flow.runtime.plan_registry import PlanRegistry
from unshackled.http.ids import Ids
from unshackled.http.services import Services
from unshackled.providers import Providers
from unshackled.routing.router import Router
from unshackled.store.port import Store
from unshackled.system_clock import SystemClock
from unshackled.telemetry import Telemetry

if TYPE_CHECKING:  # at run time they would load HTTP clients, pydantic-settings and an SDK early
    from unshackled.outbound.http_transport import Transport
    from unshackled.settings import ServiceSettings
    from unshackled.telemetry.span_records import DemoSpanExporter


class Overrides(Record):
    """What a test or a tool may put in place of the production part."""

    adapters: Adapters | None = None
    store: Store | None = None
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids | None = None
    random: Random = field(default_factory=Random)
    transport: Transport | None = None
    environ: Mapping[str, str] | None = None


class Components(Services):
    """What requests touch (`Services`), and what the process has and runs beside it.

    `stories` keeps the traces of the demo; `weights` are those that bank accounts are checked by.
    Nothing runs before `lifespan`.
    """

    settings: ServiceSettings
    weights: BankWeights | None = None
    telemetry: Telemetry
    stories: DemoSpanExporter | None
    plans: PlanRegistry
    catalogues: Catalogues
    stock_levels: StockLevels
    providers: Providers
    router: Router
    consumers: Consumers
    indexer: Indexer
    eraser: Eraser
