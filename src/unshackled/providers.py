"""The configured providers of every retailer, each behind its guard: what the engine calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from unshackled.domain.account import accounts_of, is_live, retailer_of
from unshackled.domain.clock import Clock
from unshackled.domain.records import Record, replace
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.engine.route_choice import RankingInputs, RouteChoice, RouteRequest, ranked
from unshackled.flow.language.diagnostics import listed
from unshackled.flow.language.spec import ProviderSpec, Retailer
from unshackled.flow.plan.provider_config import Adapters, MissingEnvironment, build_settings
from unshackled.flow.plan.sandbox_settings import same_credentials
from unshackled.flow.runtime.provider_caller import LOOK_UP_TIMEOUT, adapter_broke
from unshackled.outbound import (
    BreakerChange,
    CallGuard,
    Deadline,
    HttpClient,
    Limits,
    followed,
    until,
)
from unshackled.ports import all_operations
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.outcome import Found, Notice, Outcome, Undone
from unshackled.ports.taking_back import REPEATABLE, callable_of
from unshackled.routing.router import Router
from unshackled.routing.shadow import Candidate, Served, can_shadow
from unshackled.sdk import Adapter, BadSignature, Doubt, RawCallback, Settings
from unshackled.system_clock import SystemClock
from unshackled.telemetry import get_logger
from unshackled.telemetry.meters import retailer_labels
from unshackled.telemetry.names import PROVIDER

if TYPE_CHECKING:  # at run time it would load two HTTP libraries before anybody listens
    from unshackled.outbound.http_transport import Transport

log = get_logger(__name__)


class Provider(Record):
    """An adapter configured for use: its settings, its client behind a guard, its ports."""

    name: str
    adapter: Adapter
    settings: Settings
    guard: CallGuard
    http: HttpClient
    ports: Mapping[str, Any]
    client: Any
    timeout: timedelta | None = None
    ranges: Ranges = field(default_factory=dict)

    def bound(self, within: timedelta) -> timedelta:
        """How long one call may take: the step's bound, or the provider's where that is shorter."""
        return within if self.timeout is None else min(within, self.timeout)


class ProviderDeps(Record):
    """What every provider is built with."""

    adapters: Adapters
    environ: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    transport: Transport = "aiohttp"
    tracers: TracerProvider | None = None
    meters: MeterProvider | None = None


def build(spec: ProviderSpec, parts: ProviderDeps, account: str) -> Provider:
    """Configure an adapter for an account.

    Raises `MissingEnvironment` naming the variables that are not set.
    """
    labels = {**retailer_labels(account), PROVIDER: spec.name}
    adapter = parts.adapters.load(spec.adapter)
    settings = build_settings(spec, adapter.settings, parts.environ)
    http = HttpClient(
        spec.name,
        settings.base_url,
        limits=spec.limits,
        transport=parts.transport,
        clock=parts.clock,
        tracer_provider=parts.tracers,
        meter_provider=parts.meters,
        marks=adapter.marks,
        labels=labels,
    )
    client = adapter.client(settings, http)
    return Provider(
        name=spec.name,
        adapter=adapter,
        settings=settings,
        guard=CallGuard(
            spec.name,
            spec.limits,
            clock=parts.clock,
            on_breaker=lambda change: tell_breaker(account, change, spec.limits),
        ),
        http=http,
        client=client,
        ports={capability: port(client) for capability, port in adapter.ports.items()},
        timeout=spec.timeout,
        ranges=spec.amounts,
    )


def tell_breaker(account: str, change: BreakerChange, limits: Limits) -> None:
    """One line for each change; the call that brought it names flow, step and reference."""
    write = log.warning if change.state == "open" else log.info
    write(
        "breaker.changed",
        retailer=retailer_of(account),
        livemode=is_live(account),
        provider=change.provider,
        was=change.was,
        state=change.state,
        calls=change.calls,
        failures=change.failures,
        open_seconds=limits.breaker.open_for.total_seconds() if change.state == "open" else None,
    )


def _of_modes(
    retailer: str, spec: ProviderSpec, parts: ProviderDeps
) -> dict[tuple[str, str], Provider]:
    """A provider by account and name: the live one and, where the file has one, its sandbox.

    Raises `MissingEnvironment`, also for a sandbox that was given the live credentials.
    """
    account, test = accounts_of(retailer)
    live = build(spec, parts, account)
    found = {(account, spec.name): live}
    if spec.sandbox is None:
        return found
    sandbox = build(replace(spec, settings=spec.sandbox), parts, test)
    if same := same_credentials(live.settings, sandbox.settings):
        raise MissingEnvironment(f"provider {spec.name}: the sandbox has the live {listed(same)}")
    return {**found, (test, spec.name): sandbox}


class Providers:
    """Every provider of every retailer, built at start-up; implements the engine's `Backends`.

    Each method's `retailer` is the account: `northstar:test` has the sandboxes, with clients,
    breakers and limits of their own, and nothing else.
    """

    def __init__(
        self, retailers: Mapping[str, Retailer], parts: ProviderDeps, router: Router | None = None
    ) -> None:
        """Build them all, so that a missing variable stops the start and not a customer.

        Without a router, picks go by the files alone and nothing is measured.
        Raises `MissingEnvironment` with a line for each provider that cannot be built.
        """
        self._router = router
        self._clock = parts.clock
        self._built: dict[tuple[str, str], Provider] = {}
        missing = []
        for retailer in retailers.values():
            for spec in retailer.providers.values():
                try:
                    self._built |= _of_modes(retailer.id, spec, parts)
                except (MissingEnvironment, ValueError) as error:
                    missing.append(f"retailer {retailer.id}: {error}")
        if missing:
            raise MissingEnvironment("\n".join(missing))

    def get(self, retailer: str, provider: str) -> Provider:
        """A provider; raises `LookupError` for one that a retailer does not have."""
        return self._built[retailer, provider]

    def breakers(self) -> Iterator[tuple[str, str, str]]:
        """(account, provider, state) of each circuit breaker."""
        for (account, name), provider in self._built.items():
            yield account, name, provider.guard.breaker.state

    def admits(self, retailer: str, provider: str) -> bool:
        """Whether a step that follows may go there now.

        Known, at work, breaker closed, not full, and its own rate limit not used up. A disabled
        provider finishes what was begun with it; nobody is sent there anew.
        """
        return self.turned_away(retailer, provider) is None

    def turned_away(self, retailer: str, provider: str) -> str | None:
        """Why a provider would not be tried now, e.g. `breaker_open`; None where it would."""
        known = self._built.get((retailer, provider))
        if known is None:
            return "unknown_provider"
        if self._router is not None and self._router.settings.away(retailer, provider):
            return "maintenance"
        return known.guard.turned_away() or (None if known.http.admits() else "rate_limited")

    def offers(self, retailer: str, provider: str, operation: str) -> bool:
        """Whether a provider is there and its adapter has the operation, by word and by deed."""
        known = self._built.get((retailer, provider))
        if known is None or not known.adapter.offers(operation):
            return False
        capability, _, name = operation.partition(".")
        return hasattr(known.ports[capability], name)

    def ranges(self, retailer: str, provider: str) -> Ranges:
        """The sums that the provider takes; all of them by one that is gone."""
        known = self._built.get((retailer, provider))
        return known.ranges if known is not None else {}

    def picks(self, ask: RouteRequest) -> Sequence[RouteChoice]:
        """Who would serve a step, in the order in which they are tried; no disabled one."""
        able = tuple(name for name in ask.candidates if self._may_begin(ask.retailer, name))
        ask = replace(ask, candidates=able)
        return ranked(ask, RankingInputs()) if self._router is None else self._router.rank(ask)

    def _may_begin(self, retailer: str, provider: str) -> bool:
        out = self._router is not None and self._router.settings.out(retailer, provider)
        return not out and self.admits(retailer, provider)

    def doubt(self, retailer: str, provider: str, operation: str) -> Doubt:
        """The declared way out of doubt; a person decides for a provider that is gone."""
        known = self._built.get((retailer, provider))
        if known is not None and all_operations()[operation].is_undo:
            return REPEATABLE
        return known.adapter.doubt.get(operation, Doubt()) if known else Doubt()

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Outcome[Any]:
        """Carry out an operation."""
        known = self._known(retailer, provider)
        method = _called(known, operation)
        router = self._router
        try:
            ask = partial(method, request, call)
            outcome: Outcome[Any] = await _guarded(known, ask, call.timeout)
        except ProviderError as error:
            if router is not None:
                router.failed(retailer, provider, operation, call, error)
            raise
        if router is not None:
            router.answered(retailer, provider, operation, call, outcome)
            served = Served(
                retailer=retailer,
                provider=provider,
                operation=operation,
                call=call,
                outcome=outcome,
            )
            router.shadow(served, partial(self._candidate, retailer, operation, request))
        return outcome

    def _candidate(
        self, retailer: str, operation: str, request: Any, name: str
    ) -> Candidate | None:
        """How another provider is asked the same; None for one that cannot be."""
        other = self._built.get((retailer, name))
        if other is None or not can_shadow(other.adapter, operation):
            return None
        method = _called(other, operation)

        async def send(own: Call) -> Any:
            return await _guarded(other, partial(method, request, own), own.timeout)

        return Candidate(send=send, admitted=self._may_begin(retailer, name))

    async def look_up(self, retailer: str, provider: str, operation: str, call: Call) -> Found[Any]:
        """Ask what became of the effect under `call.reference`."""
        known = self._known(retailer, provider)
        look_up = _port(known, operation).look_up
        found: Found[Any] = await _guarded(
            known, partial(look_up, operation, call), LOOK_UP_TIMEOUT
        )
        return found

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> Undone:
        """Take an effect back."""
        known = self._known(retailer, provider)
        method = _method(known, operation)
        undone: Undone = await _guarded(known, partial(method, undo, call), call.timeout)
        return undone

    async def callback(self, retailer: str, provider: str, raw: RawCallback) -> Sequence[Notice]:
        """Check and read a callback; raises `BadSignature`, or `LookupError` for no provider.

        A vendor that must be asked what it means is asked: a `ProviderError` is its failure. So
        is one where the adapter breaks: the vendor sends it again, while somebody mends that.
        """
        known = self.get(retailer, provider)
        adapter = known.adapter
        try:
            if adapter.callback is not None:
                return adapter.callback(known.settings, raw)
            if adapter.receive is not None:
                # Not through the guard: strangers must not use up its slots or open its breaker.
                deadline = Deadline.after(known.bound(LOOK_UP_TIMEOUT), self._clock)
                with followed(), until(deadline):
                    return await adapter.receive(known.client, raw)
        except (BadSignature, ProviderError):
            raise
        # Its text may hold personal data.
        except Exception as error:  # noqa: BLE001
            raise adapter_broke(error, provider) from None
        raise LookupError(f"{provider} sends no callbacks")

    def acknowledgement(self, retailer: str, provider: str) -> bytes | None:
        """What the vendor wants a callback to be answered with; None where it does not matter."""
        return self.get(retailer, provider).adapter.acknowledgement

    def card_form(self, retailer: str, provider: str) -> str | None:
        """The page of a provider with the fields of a card; None where it has none."""
        known = self._built.get((retailer, provider))
        form = known.adapter.card_form if known is not None else None
        return form(known.settings) if known is not None and form is not None else None

    async def warm(self) -> None:
        """Load the clients' libraries and open their pools before the first customer comes."""
        for provider in self._built.values():
            await provider.http.warm()

    async def close(self) -> None:
        """Close every connection."""
        for provider in self._built.values():
            await provider.http.aclose()

    def _known(self, retailer: str, provider: str) -> Provider:
        known = self._built.get((retailer, provider))
        if known is None:
            raise NotSent("the retailer has no such provider", provider=provider)
        return known


async def _guarded(provider: Provider, ask: Callable[[], Awaitable[Any]], within: timedelta) -> Any:
    """Ask through the provider's guard, within the step's bound or the provider's shorter one."""
    return await provider.guard.call(ask, within=provider.bound(within))


def _called(provider: Provider, operation: str) -> Callable[[Any, Call], Awaitable[Any]]:
    """How a step's call is made: that of an undo takes back what the sale did."""
    return callable_of(all_operations().get(operation), _method(provider, operation))


def _method(provider: Provider, operation: str) -> Any:
    """The port's method of an operation, e.g. `reserve` of `stock.reserve`."""
    return getattr(_port(provider, operation), operation.partition(".")[2])


def _port(provider: Provider, operation: str) -> Any:
    """The port of an operation; `NotSent` where a stored flow asks what is offered no more."""
    port = provider.ports.get(operation.partition(".")[0])
    if port is None:
        raise NotSent(f"the provider does not offer {operation}", provider=provider.name)
    return port
