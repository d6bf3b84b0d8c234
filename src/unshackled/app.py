"""The composition root: builds every part, hands each what it needs, and starts and stops them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from socket import gethostname
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI

from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.catalogues import Catalogues
from unshackled.consumers import ConsumerDeps, Consumers, consumers_of
from unshackled.demo_mode import add_stories, demo_environment, demo_keys, demo_operators
from unshackled.domain import normal
from unshackled.domain.checkout import Checkout
from unshackled.domain.clock import Clock
from unshackled.domain.events.event import Event
from unshackled.domain.modulus import Table, parse
from unshackled.domain.url_text import LOOPBACK
from unshackled.errors import StoreError, StoreUnavailable
from unshackled.flow.engine.alarms import warn_of_money
from unshackled.flow.plan.proven import ProofFolder, program_of
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.plan.registry import FlowRegistry, load_flows
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.indexer import Indexer
from unshackled.flow.runtime.plan_registry import PlanRegistry
from unshackled.flow.runtime.provider_calls import ProviderCaller
from unshackled.http.application import create_app
from unshackled.http.ids import Ids, RandomIds
from unshackled.http.services import Services
from unshackled.providers import ProviderDeps, Providers
from unshackled.routing.build import router_of
from unshackled.routing.router import Router
from unshackled.settings import ServiceSettings, variable
from unshackled.store import open_store
from unshackled.store.port import Store
from unshackled.system_clock import SystemClock
from unshackled.telemetry import StoryExporter, Telemetry, get_logger, start_telemetry

if TYPE_CHECKING:  # at run time it would load two HTTP libraries before anybody listens
    from unshackled.outbound.http_transport import Transport

log = get_logger(__name__)
# How long after a key was revoked on another machine it may still count here.
REVOKED_WITHIN: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process of the middleware, built and not yet started."""

    settings: ServiceSettings
    api: FastAPI
    engine: Engine
    store: Store
    book: FlowRegistry
    providers: Providers
    telemetry: Telemetry
    stories: StoryExporter | None
    life: Lifespan


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a test or a tool may put in place of the production part."""

    adapters: Adapters | None = None
    store: Store | None = None
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids | None = None
    random: Random = field(default_factory=Random)
    transport: Transport | None = None
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What every later part stands on."""

    settings: ServiceSettings
    given: Overrides
    adapters: Adapters
    book: FlowRegistry
    telemetry: Telemetry
    stories: StoryExporter | None
    providers: Providers
    store: Store
    router: Router


def build(settings: ServiceSettings, overrides: Overrides | None = None) -> Service:
    """Build every part; raises `FlowMistakes`, `MissingEnvironment` or `ValueError`."""
    components = _components(settings, overrides or Overrides())
    store, book, providers = components.store, components.book, components.providers
    telemetry, clock = components.telemetry, components.given.clock
    plans = PlanRegistry(book, components.adapters, store, clock)
    owner = f"{gethostname()}.{os.getpid()}.{components.given.random.getrandbits(32):08x}"
    after = _consumers(components, owner)
    engine = _engine(components, plans, after, owner)
    telemetry.meters.watch_breakers(providers.breakers)
    telemetry.meters.watch_lags(after.events.lags)
    telemetry.meters.watch_routes(components.router.all_shares, components.router.all_shadows)
    catalogues = _catalogues(components)
    telemetry.meters.watch_catalogues(catalogues.ages)
    telemetry.meters.watch_left_out(catalogues.left_out)
    life = Lifespan(
        settings=settings,
        engine=engine,
        consumers=after,
        store=store,
        book=book,
        plans=plans,
        providers=providers,
        router=components.router,
        catalogues=catalogues,
        telemetry=telemetry,
        clock=clock,
        indexer=Indexer(store, plans, clock, owner),
    )
    api = create_app(_services(components, engine, after, catalogues), lifespan=life.span)
    if components.stories is not None:
        add_stories(api, components.stories)
    return Service(
        settings=settings,
        api=api,
        engine=engine,
        store=store,
        book=book,
        providers=providers,
        telemetry=telemetry,
        stories=components.stories,
        life=life,
    )


def _components(settings: ServiceSettings, given: Overrides) -> Components:
    adapters = given.adapters or find()
    book = load_flows(settings.flows, adapters, _proofs(settings, given, adapters))
    stories = StoryExporter() if settings.demo else None
    telemetry = start_telemetry(
        sample_ratio=1.0 if settings.demo else settings.sample_ratio,
        otlp_endpoint=settings.otlp_endpoint,
        exporters=[stories] if stories else (),
    )
    store = given.store or open_store(settings.store, alone=True, secret=settings.index_secret)
    ids = given.ids or RandomIds(given.clock)
    router = router_of(book, store.tables, clock=given.clock, random=given.random, new_id=ids.short)
    return Components(
        settings=settings,
        given=given,
        adapters=adapters,
        book=book,
        telemetry=telemetry,
        stories=stories,
        providers=Providers(
            book.retailers, _parts(settings, given, adapters, book, telemetry), router
        ),
        store=store,
        router=router,
    )


def _proofs(settings: ServiceSettings, given: Overrides, adapters: Adapters) -> ProofFolder | None:
    """Where proofs are remembered; nowhere where nobody knows of which files the adapters are."""
    folder = settings.proof_folder(os.environ if given.environ is None else given.environ)
    if folder is None or not isinstance(adapters, AdapterRegistry) or not adapters.places:
        return None
    try:
        program = program_of((Path(__file__).parent, *adapters.places))
    except OSError:  # installed in another form than files: then everything is proved
        return None
    return ProofFolder(folder=folder, program=program)


def _engine(components: Components, plans: PlanRegistry, after: Consumers, owner: str) -> Engine:
    settings, given, telemetry = components.settings, components.given, components.telemetry
    caller = ProviderCaller(
        backends=components.providers,
        clock=given.clock,
        random=given.random,
        public_url=settings.address,
        recorder=telemetry.recorder,
    )
    return Engine(
        store=components.store,
        plans=plans,
        caller=caller,
        listeners=[_counting(telemetry), warn_of_money, lambda *_: after.events.stir()],
        budget=settings.latency_budget,
        poll=settings.wake_every,
        budgets={one.id: one.latency_budget for one in components.book.retailers.values()},
        name=owner,
    )


def _catalogues(components: Components) -> Catalogues:
    given = components.given
    return Catalogues(
        components.book.retailers,
        components.providers,
        given.clock,
        catalogues=components.store.tables.catalogues,
        random=given.random,
    )


def _services(
    components: Components, engine: Engine, after: Consumers, catalogues: Catalogues
) -> Services:
    settings, given = components.settings, components.given
    return Services(
        engine=engine,
        store=components.store,
        book=components.book,
        catalogues=catalogues,
        providers=components.providers,
        clock=given.clock,
        ids=given.ids or RandomIds(given.clock),
        public_url=settings.address,
        bucket_salt=settings.bucket_salt,
        operators=(demo_operators() if settings.demo else {}) | settings.operators,
        demo_keys=demo_keys(components.book.retailers) if settings.demo else {},
        second_person=settings.second_person,
        letters=after.letters,
        router=components.router,
        bank=_bank(settings),
        stuck=after.stuck,
        metrics=components.telemetry.metrics_text,
        layers=[components.telemetry.middleware],
        keys_for=timedelta(0) if settings.alone else REVOKED_WITHIN,
    )


def _bank(settings: ServiceSettings) -> Table | None:
    """The weights that bank accounts are checked by; raises `ValueError` naming file and line."""
    if settings.bank_weights is None:
        return None
    substitutes = settings.bank_substitutes
    try:
        return parse(
            settings.bank_weights.read_text("ascii").splitlines(),
            substitutes.read_text("ascii").splitlines() if substitutes else (),
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"{variable('bank_weights')}: {error}") from None


def _consumers(components: Components, owner: str) -> Consumers:
    settings, given = components.settings, components.given
    return consumers_of(
        ConsumerDeps(
            store=components.store,
            backends=components.providers,
            retailers=components.book.retailers,
            clock=given.clock,
            random=given.random,
            meters=components.telemetry.meters,
            owner=owner,
            broker=settings.broker,
            public_url=settings.address,
            loopback=urlsplit(settings.address).hostname in LOOPBACK,
            transport=given.transport or settings.transport,
            retention=settings.retention,
        )
    )


def _parts(
    settings: ServiceSettings,
    given: Overrides,
    adapters: Adapters,
    book: FlowRegistry,
    telemetry: Telemetry,
) -> ProviderDeps:
    environ = dict(os.environ if given.environ is None else given.environ)
    if settings.demo:
        environ = demo_environment(book.retailers, settings.sandbox_url, adapters) | environ
    return ProviderDeps(
        adapters=adapters,
        environ=environ,
        clock=given.clock,
        transport=given.transport or settings.transport,
        tracers=telemetry.tracer_provider,
        meters=telemetry.meter_provider,
    )


def _counting(telemetry: Telemetry) -> Any:
    def count(checkout: Checkout, events: Sequence[Event]) -> None:
        telemetry.meters.count(checkout.account, checkout.flow, events)

    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifespan:
    """What happens when the process starts and stops, in order."""

    settings: ServiceSettings
    engine: Engine
    consumers: Consumers
    store: Store
    book: FlowRegistry
    plans: PlanRegistry
    providers: Providers
    router: Router
    catalogues: Catalogues
    telemetry: Telemetry
    clock: Clock
    indexer: Indexer

    @asynccontextmanager
    async def span(self, api: Any) -> AsyncIterator[None]:
        """Open, serve, drain, close; what was opened is closed too when a later part fails."""
        async with AsyncExitStack() as opened:
            opened.callback(self.telemetry.shutdown)
            await self._open_store()
            opened.push_async_callback(self.store.close)
            await self.plans.sync()
            opened.push_async_callback(self.providers.close)
            opened.push_async_callback(self.catalogues.close)
            await self.router.refresh()
            opened.push_async_callback(self.router.close)
            routing = asyncio.create_task(self.router.run(), name="routing")
            opened.callback(routing.cancel)
            indexing = asyncio.create_task(self.indexer.run(), name="lookups")
            opened.callback(indexing.cancel)
            self.consumers.start()
            opened.push_async_callback(self.consumers.close)
            self.engine.start()
            opened.push_async_callback(self.engine.close, within=self.settings.drain)
            for warming in (self.providers.warm(), asyncio.to_thread(normal.warm)):
                opened.callback(asyncio.ensure_future(warming).cancel)
            log.info("service.started", retailers=sorted(self.book.retailers))
            yield
        log.info("service.stopped")

    async def _open_store(self) -> None:
        try:
            await self.store.open()
        except StoreError as error:
            raise StoreUnavailable(f"{variable('store')}: {error}") from error
