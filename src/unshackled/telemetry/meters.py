"""Our metrics beside those of HTTP: checkouts, steps, provider calls, breakers, events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from opentelemetry.metrics import CallbackOptions, Meter, NoOpMeter, Observation

from unshackled.domain.events import CheckoutCanceled, CheckoutCompleted, CheckoutCreated, Event
from unshackled.domain.step_events import StepEvent
from unshackled.domain.undo_events import UndoFailed
from unshackled.telemetry.names import (
    CODE,
    CONSUMER,
    FLOW,
    OUTCOME,
    POLICY,
    PROVIDER,
    RETAILER,
    SCOPE,
    SECONDS,
    STEP,
)

Facts = Mapping[str, str | int]
Breakers = Callable[[], Iterable[tuple[str, str]]]
Lags = Callable[[], Iterable[tuple[str, float]]]
Routes = Callable[[], Iterable[tuple[str, str, str, float]]]
BREAKER_STATES: Final = {"closed": 0, "half_open": 1, "open": 2}
# The states worth counting: where a step comes to rest. The rest are its way there.
OUTCOMES: Final = frozenset(
    {
        *("passed", "declined", "failed", "skipped"),
        *("in_doubt", "in_review", "undone"),
    }
)


class Meters:
    """One instance for each process; every method costs some microseconds and never fails."""

    def __init__(self, meter: Meter) -> None:
        counter = meter.create_counter
        self._created = counter("unshackled.checkout.created", "{checkout}", "Checkouts begun.")
        self._completed = counter(
            "unshackled.checkout.completed", "{checkout}", "Checkouts whose pivot passed."
        )
        self._canceled = counter(
            "unshackled.checkout.canceled", "{checkout}", "Checkouts ended without an order."
        )
        self._steps = counter("unshackled.step.outcomes", "{step}", "Steps by where they rest.")
        self._calls = meter.create_histogram(
            "unshackled.provider.call.duration",
            "s",
            "Duration of one call to a provider, retries inside it included.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._breakers: list[Breakers] = []
        meter.create_observable_gauge(
            "unshackled.provider.breaker",
            [self._observe_breakers],
            description="Circuit breakers: 0 closed, 1 half open, 2 open.",
        )
        self._delivered = counter(
            "unshackled.events.delivered", "{event}", "Events handed on, by how that ended."
        )
        self._lags: list[Lags] = []
        meter.create_observable_gauge(
            "unshackled.events.lag",
            [self._observe_lags],
            "s",
            "Age of the oldest event that was not handed on, where this process hands them on.",
        )
        self._stuck: list[Lags] = []
        meter.create_observable_gauge(
            "unshackled.events.stuck",
            [self._observe_stuck],
            description="1 where the relay or a consumer does not come on, 0 elsewhere.",
        )

        self._routes: list[Routes] = []
        meter.create_observable_gauge(
            "unshackled.route.share",
            [self._observe_shares],
            "%",
            "The percent of new checkouts that a provider of a split gets.",
        )
        self._shadows: list[Routes] = []
        meter.create_observable_gauge(
            "unshackled.shadow.running",
            [self._observe_shadows],
            description="Configured shadows: 1 runs, 0 does not although there is traffic.",
        )

        self._catalogues: list[Lags] = []
        meter.create_observable_gauge(
            "unshackled.catalogue.age",
            [self._observe_catalogues],
            "s",
            "Seconds since the catalogue that is served was read.",
        )

    @classmethod
    def silent(cls) -> Meters:
        """Counts nothing."""
        return cls(NoOpMeter(SCOPE))

    def count(self, retailer: str, flow: str, events: Iterable[Event]) -> None:
        """Count what happened to a checkout: to be called once after each append."""
        base = {RETAILER: retailer, FLOW: flow}
        for event in events:
            if isinstance(event, StepEvent):
                if event.to in OUTCOMES:
                    self._steps.add(1, {**base, STEP: event.step, OUTCOME: event.to.value})
            elif isinstance(event, UndoFailed):
                self._steps.add(1, {**base, STEP: event.step, OUTCOME: "undo_failed"})
            elif isinstance(event, CheckoutCreated):
                self._created.add(1, base)
            elif isinstance(event, CheckoutCompleted):
                self._completed.add(1, base)
            elif isinstance(event, CheckoutCanceled):
                self._canceled.add(1, {**base, CODE: event.code})

    def called(self, facts: Facts, seconds: float) -> None:
        """One call by provider, operation and outcome."""
        self._calls.record(seconds, facts)

    def watch_breakers(self, read: Breakers) -> None:
        """Ask `read` for (provider, breaker state) pairs whenever metrics are collected."""
        self._breakers.append(read)

    def delivered(self, consumer: str, outcome: str, events: int = 1) -> None:
        """Events that a consumer has `taken`, that are `dead`, or that the relay `published`."""
        self._delivered.add(events, {CONSUMER: consumer, OUTCOME: outcome})

    def watch_lags(self, read: Lags) -> None:
        """Ask `read` for (consumer, seconds) pairs whenever metrics are collected."""
        self._lags.append(read)

    def watch_stuck(self, read: Lags) -> None:
        """Ask `read` for (consumer, 1 or 0) pairs whenever metrics are collected."""
        self._stuck.append(read)

    def watch_routes(self, shares: Routes, shadows: Routes) -> None:
        """Ask for (retailer, route, provider, figure) whenever metrics are collected."""
        self._routes.append(shares)
        self._shadows.append(shadows)

    def watch_catalogues(self, read: Lags) -> None:
        """Ask `read` for (retailer, seconds) pairs whenever metrics are collected."""
        self._catalogues.append(read)

    def _observe_catalogues(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._catalogues:
            for retailer, seconds in read():
                yield Observation(seconds, {RETAILER: retailer})

    def _observe_shares(self, options: CallbackOptions) -> Iterable[Observation]:
        return _by_route(self._routes)

    def _observe_shadows(self, options: CallbackOptions) -> Iterable[Observation]:
        return _by_route(self._shadows)

    def _observe_lags(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._lags:
            for consumer, seconds in read():
                yield Observation(seconds, {CONSUMER: consumer})

    def _observe_stuck(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._stuck:
            for consumer, stuck in read():
                yield Observation(stuck, {CONSUMER: consumer})

    def _observe_breakers(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._breakers:
            for provider, state in read():
                yield Observation(BREAKER_STATES[state], {PROVIDER: provider})


def _by_route(reads: Iterable[Routes]) -> Iterable[Observation]:
    for read in reads:
        for retailer, route, provider, figure in read():
            yield Observation(figure, {RETAILER: retailer, POLICY: route, PROVIDER: provider})
