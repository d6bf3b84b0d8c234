"""Builds every part of a process, one function for each; the only reader of settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

import unshackled
from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.app.bank_weights import read_weights
from unshackled.app.components import Components, Overrides
from unshackled.app.lifespan import lifespan
from unshackled.catalogues import Catalogues
from unshackled.catalogues.stock_levels import StockLevels
from unshackled.consumers import Consumers, consumers_of
from unshackled.demo_mode import add_stories, demo_environment, demo_keys, demo_operators, with_shop
from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.records import Record
from unshackled.domain.waiting_room import RoomShare, admission_rates
from unshackled.events.consumer_registry import ConsumerDeps
from unshackled.flow.engine.alarms import warn_of_money
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.proven import ProofFolder, program_of
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.plan.registry import FlowRegistry, load_flows
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.eraser import Eraser
from unshackled.flow.runtime.indexer import Indexer
from unshackled.flow.runtime.plan_registry import PlanRegistry
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.room_admission import Admission, places_retention
from unshackled.http.application import create_app
from unshackled.http.checkouts.quote_service import quotes_retention
from unshackled.http.ids import Ids, RandomIds
from unshackled.http.upgrades.eligibility_service import eligibilities_retention
from unshackled.providers import ProviderDeps, Providers
from unshackled.routing.router import Router
from unshackled.routing.router_setup import retention_of, router_of
from unshackled.store import open_store
from unshackled.store.port import Store
from unshackled.telemetry import Telemetry, start_telemetry

if TYPE_CHECKING:  # who builds has them; they load pydantic-settings and OpenTelemetry's SDK
    from unshackled.settings import ServiceSettings
    from unshackled.telemetry.span_records import DemoSpanExporter

# How long after a key was revoked on another machine it may still count here.
REVOKED_WITHIN: Final = timedelta(seconds=5)


class Service(Record):
    """One process of the middleware, built and not yet started."""

    api: FastAPI
    components: Components

    def lifespan(self, api: Any = None) -> AbstractAsyncContextManager[None]:
        """The time between its start and its stop; a server hands in what it serves."""
        return lifespan(self.components, self.api)


def build(settings: ServiceSettings, overrides: Overrides | None = None) -> Service:
    """Build every part; raises `FlowMistakes`, `MissingEnvironment` or `ValueError`."""
    components = Builder(settings, overrides or Overrides()).components()
    _watch(components)
    api = create_app(components, lifespan=lambda served: lifespan(components, served))
    if components.stories is not None:
        add_stories(api, components.stories)
    return Service(api=api, components=components)


def _watch(components: Components) -> None:
    """What is read when the metrics are scraped."""
    meters, router = components.telemetry.meters, components.router
    meters.watch_breakers(components.providers.breakers)
    meters.watch_lags(components.consumers.events.lags)
    meters.watch_routes(router.all_shares, router.all_shadows)
    meters.watch_catalogues(components.catalogues.ages)
    meters.watch_left_out(components.catalogues.left_out)
    if components.admission is not None:
        meters.watch_waiting_rooms(components.admission.known_lengths)
    weights, clock = components.weights, components.clock
    if weights is not None:
        meters.watch_bank_weights(lambda: weights.age(clock.now()))


class Builder:
    """How each part is made: once, when another one first needs it. It is thrown away after."""

    def __init__(self, settings: ServiceSettings, overrides: Overrides) -> None:
        """Nothing is made before `components`."""
        self._settings = settings
        self._overrides = overrides
        self._clock = overrides.clock
        self._random = overrides.random
        self._transport = overrides.transport or settings.transport
        # Whose leases are this process's: no two have the same.
        self._owner = f"{gethostname()}.{os.getpid()}.{self._random.getrandbits(32):08x}"

    def components(self) -> Components:
        """Every part; nothing runs yet."""
        settings, book = self._settings, self._book
        weights = read_weights(settings)
        return Components(
            settings=settings,
            clock=self._clock,
            ids=self._ids,
            book=book,
            telemetry=self._telemetry,
            stories=self._stories,
            store=self._store,
            router=self._router,
            providers=self._providers,
            plans=self._plans,
            catalogues=self._catalogues,
            stock=self._stock_levels,
            stock_levels=self._stock_levels,
            consumers=self._consumers,
            engine=self._engine,
            indexer=Indexer(self._store, self._plans, self._clock, self._owner),
            eraser=Eraser(self._engine, self._clock, self._owner),
            public_url=settings.address,
            checkout_page=settings.page,
            bucket_salt=settings.bucket_salt,
            operators=(demo_operators() if settings.demo else {}) | settings.operators,
            demo_keys=demo_keys(book.retailers) if settings.demo else {},
            second_person=settings.second_person,
            letters=self._consumers.letters,
            bank=weights.table if weights is not None else None,
            links=settings.document_links,
            card_form=self._providers.card_form,
            admission=self._admission,
            weights=weights,
            stuck=self._consumers.stuck,
            metrics=self._telemetry.metrics_text,
            layers=[self._telemetry.middleware],
            keys_for=timedelta(0) if settings.alone else REVOKED_WITHIN,
        )

    @cached_property
    def _environ(self) -> dict[str, str]:
        given = self._overrides.environ
        return dict(os.environ if given is None else given)

    @cached_property
    def _ids(self) -> Ids:
        return self._overrides.ids or RandomIds(self._clock)

    @cached_property
    def _adapters(self) -> Adapters:
        return self._overrides.adapters or find()

    @cached_property
    def _book(self) -> FlowRegistry:
        proofs = proofs_of(self._settings.proof_folder(self._environ), self._adapters)
        book = load_flows(self._settings.flows, self._adapters, proofs)
        shop = self._settings.demo_shop_url if self._settings.demo else None
        return book if shop is None else with_shop(book, shop)

    @cached_property
    def _stories(self) -> DemoSpanExporter | None:
        if not self._settings.demo:
            return None
        from unshackled.telemetry.span_records import DemoSpanExporter

        return DemoSpanExporter()

    @cached_property
    def _telemetry(self) -> Telemetry:
        settings = self._settings
        return start_telemetry(
            sample_ratio=1.0 if settings.demo else settings.sample_ratio,
            otlp_endpoint=settings.otlp_endpoint,
            exporters=[self._stories] if self._stories else (),
        )

    @cached_property
    def _store(self) -> Store:
        settings = self._settings
        return self._overrides.store or open_store(
            settings.store,
            alone=True,
            secret=settings.index_secret,
            keys=settings.key_management,
        )

    @cached_property
    def _router(self) -> Router:
        return router_of(
            self._book,
            self._store.tables,
            clock=self._clock,
            random=self._random,
            new_id=self._ids.short,
        )

    @cached_property
    def _providers(self) -> Providers:
        """Of the demo every variable has a value, if none is set."""
        settings, retailers, environ = self._settings, self._book.retailers, self._environ
        if settings.demo:
            environ = demo_environment(retailers, settings.sandbox_url, self._adapters) | environ
        outside = ProviderDeps(
            adapters=self._adapters,
            environ=environ,
            clock=self._clock,
            transport=self._transport,
            tracers=self._telemetry.tracer_provider,
            meters=self._telemetry.meter_provider,
        )
        return Providers(retailers, outside, self._router)

    @cached_property
    def _plans(self) -> PlanRegistry:
        return PlanRegistry(self._book, self._adapters, self._store, self._clock)

    @cached_property
    def _catalogues(self) -> Catalogues:
        return Catalogues(
            self._book.retailers,
            self._providers,
            self._clock,
            catalogues=self._store.tables.catalogues,
            random=self._random,
        )

    @cached_property
    def _stock_levels(self) -> StockLevels:
        return StockLevels(self._book.retailers, self._providers, self._clock, random=self._random)

    @cached_property
    def _admission(self) -> Admission:
        retailers = self._book.retailers.values()
        shares = {
            one.id: RoomShare(
                per_minute=one.waiting_room.rate_per_minute, share=one.waiting_room.share
            )
            for one in retailers
        }
        rates = admission_rates(self._settings.waiting_room_rate, shares)
        return Admission(self._store, self._clock, rates)

    @cached_property
    def _consumers(self) -> Consumers:
        settings = self._settings
        return consumers_of(
            ConsumerDeps(
                store=self._store,
                backends=self._providers,
                retailers=self._book.retailers,
                clock=self._clock,
                random=self._random,
                meters=self._telemetry.meters,
                owner=self._owner,
                public_url=settings.address,
                transport=self._transport,
                environ=self._environ,
                links=settings.document_links,
            ),
            broker=settings.broker,
            keep=settings.retention,
            tables=[
                retention_of(self._store.tables),
                quotes_retention(self._store.tables),
                eligibilities_retention(self._store.tables),
                places_retention(self._store.tables),
            ],
        )

    @cached_property
    def _engine(self) -> Engine:
        settings, events = self._settings, self._consumers.events
        caller = ProviderCaller(
            backends=self._providers,
            clock=self._clock,
            random=self._random,
            public_url=settings.address,
            recorder=self._telemetry.recorder,
            links=settings.document_links,
        )
        return Engine(
            store=self._store,
            plans=self._plans,
            caller=caller,
            listeners=[_counting(self._telemetry), warn_of_money, lambda *_: events.wake()],
            budget=settings.latency_budget,
            poll=settings.wake_every,
            budgets={one.id: one.latency_budget for one in self._book.retailers.values()},
            name=self._owner,
            case_flows=lambda retailer: opened_by_flow(self._book, retailer),
        )


def opened_by_flow(book: FlowRegistry, retailer: str) -> Sequence[Plan]:
    """The case flows that a sale opens by itself once the order is placed."""
    return [
        plan for plan in book.cases_of(retailer) if plan.case is not None and "flow" in plan.case.by
    ]


def proofs_of(folder: Path | None, adapters: Adapters) -> ProofFolder | None:
    """Where proofs are remembered; nowhere where the files of the adapters are unknown."""
    if folder is None or not isinstance(adapters, AdapterRegistry) or not adapters.places:
        return None
    try:
        program = program_of((Path(unshackled.__file__).parent, *adapters.places))
    except OSError:  # installed in another form than files: then everything is proved
        return None
    return ProofFolder(folder=folder, program=program)


def _counting(telemetry: Telemetry) -> Callable[[Checkout, Sequence[Event]], None]:
    def count(checkout: Checkout, events: Sequence[Event]) -> None:
        meters = telemetry.meters
        if not checkout.runs:
            meters.count(checkout.account, checkout.flow, events)
            return
        for event in events:  # those of a case count for its flow
            flow = checkout.flow if event.run is None else checkout.runs[event.run].flow
            meters.count(checkout.account, flow, [event])

    return count
