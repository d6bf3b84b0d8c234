"""Our metrics beside those of HTTP: checkouts, steps, provider calls, breakers, events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Meter, NoOpMeter, Observation

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.events import CheckoutCanceled, CheckoutCompleted, CheckoutCreated, Event
from unshackled.domain.message_events import MessageUndelivered
from unshackled.domain.problems import ProviderProblem
from unshackled.domain.step_events import StepEvent
from unshackled.domain.undo_events import UndoFailed
from unshackled.telemetry.instruments import INSTRUMENTS
from unshackled.telemetry.names import (
    ASKED,
    CODE,
    CONSUMER,
    FLOW,
    LIVEMODE,
    OPERATION,
    OUTCOME,
    POLICY,
    PROVIDER,
    RETAILER,
    SCOPE,
    SECONDS,
    STEP,
)

Facts = Mapping[str, str | int | bool]
Labels = dict[str, str]
Breakers = Callable[[], Iterable[tuple[str, str, str]]]
Lags = Callable[[], Iterable[tuple[str, float]]]
Routes = Callable[[], Iterable[tuple[str, str, str, float]]]
Observe = Callable[[CallbackOptions], Iterable[Observation]]
BREAKER_STATES: Final = {"closed": 0, "half_open": 1, "open": 2}
# The states worth counting: where a step comes to rest. The rest are its way there.
OUTCOMES: Final = frozenset(
    {
        *("passed", "declined", "failed", "skipped"),
        *("in_doubt", "in_review", "undone"),
    }
)
_LIVE: Final = {True: "true", False: "false"}


def retailer_labels(account: str) -> Labels:
    """Whose it is: the retailer and its mode."""
    return {RETAILER: retailer_of(account), LIVEMODE: _LIVE[is_live(account)]}


class Meters:
    """One instance for each process; every method costs some microseconds and never fails."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._created = self._counter("unshackled.checkout.created")
        self._completed = self._counter("unshackled.checkout.completed")
        self._canceled = self._counter("unshackled.checkout.canceled")
        self._steps = self._counter("unshackled.step.outcomes")
        self._calls = self._histogram("unshackled.provider.call.duration")
        self._problems = self._counter("unshackled.provider.problems")
        self._undelivered = self._counter("unshackled.messages.undelivered")
        self._delivered = self._counter("unshackled.events.delivered")
        self._breakers: list[Breakers] = []
        self._lags: list[Lags] = []
        self._stuck: list[Lags] = []
        self._routes: list[Routes] = []
        self._shadows: list[Routes] = []
        self._catalogues: list[Lags] = []
        self._gauge("unshackled.provider.breaker", self._observe_breakers)
        self._gauge("unshackled.events.lag", self._observe_lags)
        self._gauge("unshackled.events.stuck", self._observe_stuck)
        self._gauge("unshackled.route.share", lambda _: _by_route(self._routes))
        self._gauge("unshackled.shadow.running", lambda _: _by_route(self._shadows))
        self._gauge("unshackled.catalogue.age", self._observe_catalogues)

        self._left_out: list[Lags] = []
        self._gauge("unshackled.catalogue.left_out", self._observe_left_out)

    @classmethod
    def silent(cls) -> Meters:
        """Counts nothing."""
        return cls(NoOpMeter(SCOPE))

    def count(self, account: str, flow: str, events: Iterable[Event]) -> None:
        """Count what happened to a checkout: to be called once after each append."""
        base = {**retailer_labels(account), FLOW: flow}
        for event in events:
            if isinstance(event, StepEvent):
                if event.to in OUTCOMES:
                    self._steps.add(1, {**base, STEP: event.step, OUTCOME: event.to.value})
            elif isinstance(event, UndoFailed):
                self._steps.add(1, {**base, STEP: event.step, OUTCOME: "undo_failed"})
            elif isinstance(event, MessageUndelivered):
                what = {PROVIDER: event.provider, CODE: event.code}
                self._undelivered.add(1, {**base, STEP: event.step or "", **what})
            elif isinstance(event, CheckoutCreated):
                self._created.add(1, base)
            elif isinstance(event, CheckoutCompleted):
                self._completed.add(1, base)
            elif isinstance(event, CheckoutCanceled):
                self._canceled.add(1, {**base, CODE: event.code})

    def called(self, facts: Facts, seconds: float) -> None:
        """One call of a step, by the attributes of its span and its outcome."""
        self._calls.record(seconds, _call(facts))

    def failed(self, where: Mapping[str, Any], problem: ProviderProblem) -> None:
        """One problem of a provider; `where` are the fields of its line."""
        of_call = {
            PROVIDER: problem.provider,
            OPERATION: problem.operation,
            ASKED: problem.asked,
            OUTCOME: problem.outcome,
        }
        self._problems.add(1, _call({**where, **of_call}))

    def watch_breakers(self, read: Breakers) -> None:
        """Ask `read` for (account, provider, breaker state) whenever metrics are collected."""
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
        """Ask for (account, policy, provider, figure) whenever metrics are collected."""
        self._routes.append(shares)
        self._shadows.append(shadows)

    def watch_catalogues(self, read: Lags) -> None:
        """Ask `read` for (account, seconds) pairs whenever metrics are collected."""
        self._catalogues.append(read)

    def _counter(self, name: str) -> Counter:
        told = INSTRUMENTS[name]
        return self._meter.create_counter(name, told.unit, told.meaning)

    def _histogram(self, name: str) -> Histogram:
        told = INSTRUMENTS[name]
        return self._meter.create_histogram(
            name, told.unit, told.meaning, explicit_bucket_boundaries_advisory=SECONDS
        )

    def _gauge(self, name: str, observe: Observe) -> None:
        told = INSTRUMENTS[name]
        self._meter.create_observable_gauge(name, [observe], told.unit, told.meaning)

    def watch_left_out(self, read: Lags) -> None:
        """Ask `read` for (retailer, offerings) pairs whenever metrics are collected."""
        self._left_out.append(read)

    def _observe_left_out(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._left_out:
            for account, items in read():
                yield Observation(items, retailer_labels(account))

    def _observe_catalogues(self, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._catalogues:
            for account, seconds in read():
                yield Observation(seconds, retailer_labels(account))

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
            for account, provider, state in read():
                labels = {**retailer_labels(account), PROVIDER: provider}
                yield Observation(BREAKER_STATES[state], labels)


def _call(facts: Mapping[str, Any]) -> Labels:
    """Whose call it was and what it asked; what there is none of is empty."""
    named = (RETAILER, FLOW, STEP, PROVIDER, OPERATION, ASKED, OUTCOME)
    labels = {name: str(facts.get(name) or "") for name in named}
    return {**labels, LIVEMODE: _LIVE[bool(facts.get(LIVEMODE, True))]}


def _by_route(reads: Iterable[Routes]) -> Iterable[Observation]:
    for read in reads:
        for account, policy, provider, figure in read():
            labels = {**retailer_labels(account), POLICY: policy, PROVIDER: provider}
            yield Observation(figure, labels)
