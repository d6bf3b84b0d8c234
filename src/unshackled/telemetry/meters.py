"""Our metrics beside those of HTTP: checkouts, steps, provider calls, breakers, events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from opentelemetry.metrics import CallbackOptions, Meter, NoOpMeter, Observation

from unshackled.domain.account import is_live, retailer_of
from unshackled.domain.events.checkout_events import (
    CheckoutCanceled,
    CheckoutCompleted,
    CheckoutCreated,
)
from unshackled.domain.events.event import Event
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.privacy_events import PersonalErased
from unshackled.domain.events.step_events import StepEvent
from unshackled.domain.events.undo_events import UndoFailed
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.states import COUNTED
from unshackled.telemetry import instruments
from unshackled.telemetry.names import (
    CALL_KIND,
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
    STEP,
)

Facts = Mapping[str, str | int | bool]
Labels = dict[str, str]
Breakers = Callable[[], Iterable[tuple[str, str, str]]]
Lags = Callable[[], Iterable[tuple[str, float]]]
Routes = Callable[[], Iterable[tuple[str, str, str, float]]]
Read = Callable[[], Iterable[Observation]]
BREAKER_STATES: Final = {"closed": 0, "half_open": 1, "open": 2}
_LIVE: Final = {True: "true", False: "false"}
# Label sets are few and come again: each is put together once.
_remembered = lru_cache(maxsize=4_096)


@_remembered
def retailer_labels(account: str) -> Labels:
    """Whose it is: the retailer and its mode."""
    return {RETAILER: retailer_of(account), LIVEMODE: _LIVE[is_live(account)]}


class Meters:
    """One instance for each process; every method costs some microseconds and never fails."""

    def __init__(self, meter: Meter) -> None:
        self._created = instruments.CREATED.counter(meter)
        self._queued = instruments.QUEUED.counter(meter)
        self._completed = instruments.COMPLETED.counter(meter)
        self._canceled = instruments.CANCELED.counter(meter)
        self._steps = instruments.STEP_OUTCOMES.counter(meter)
        self._calls = instruments.PROVIDER_CALLS.histogram(meter)
        self._problems = instruments.PROVIDER_PROBLEMS.counter(meter)
        self._undelivered = instruments.UNDELIVERED.counter(meter)
        self._erasures = instruments.ERASURES.counter(meter)
        self._delivered = instruments.EVENTS_DELIVERED.counter(meter)
        self._reads: dict[str, list[Read]] = defaultdict(list)
        for one in instruments.INSTRUMENTS.values():
            if one.kind == "gauge":
                one.observed(meter, partial(self._observe, one.name))

    @classmethod
    def silent(cls) -> Meters:
        """Counts nothing."""
        return cls(NoOpMeter(SCOPE))

    def count(self, account: str, flow: str, events: Iterable[Event]) -> None:
        """Count what happened to a checkout: to be called once after each append."""
        for event in events:
            if isinstance(event, StepEvent):
                if event.to in COUNTED:
                    self._steps.add(1, _outcome(account, flow, event.step, event.to.value))
            elif isinstance(event, UndoFailed):
                self._steps.add(1, _outcome(account, flow, event.step, "undo_failed"))
            elif isinstance(event, MessageUndelivered):
                what = {STEP: event.step or "", PROVIDER: event.provider, CODE: event.code}
                self._undelivered.add(1, {**_flow(account, flow), **what})
            elif isinstance(event, CheckoutCreated):
                self._begun(event, _flow(account, flow))
            elif isinstance(event, CheckoutCompleted):
                self._completed.add(1, _flow(account, flow))
            elif isinstance(event, CheckoutCanceled):
                self._canceled.add(1, {**_flow(account, flow), CODE: event.code})
            elif isinstance(event, PersonalErased):
                what = {OUTCOME: "part" if event.duties else "whole", CODE: event.reason}
                self._erasures.add(1, {**_flow(account, flow), **what})

    def _begun(self, event: CheckoutCreated, labels: Labels) -> None:
        self._created.add(1, labels)
        if event.queue is not None:
            self._queued.add(1, labels)

    def called(self, facts: Facts, seconds: float) -> None:
        """One call of a step, by the attributes of its span and its outcome."""
        self._calls.record(seconds, _call(facts))

    def failed(self, where: Mapping[str, Any], problem: ProviderProblem) -> None:
        """One problem of a provider; `where` are the fields of its line."""
        of_call = {
            PROVIDER: problem.provider,
            OPERATION: problem.operation,
            CALL_KIND: problem.asked,
            OUTCOME: problem.outcome,
        }
        self._problems.add(1, _call({**where, **of_call}))

    def delivered(self, consumer: str, outcome: str, events: int = 1) -> None:
        """Events that a consumer has `taken`, that are `dead`, or that the relay `published`."""
        self._delivered.add(events, _delivery(consumer, outcome))

    def watch_breakers(self, read: Breakers) -> None:
        """Ask `read` for (account, provider, breaker state) whenever metrics are collected."""
        self._watch(
            instruments.BREAKER,
            lambda: (
                Observation(BREAKER_STATES[state], {**retailer_labels(account), PROVIDER: provider})
                for account, provider, state in read()
            ),
        )

    def watch_lags(self, read: Lags) -> None:
        """Ask `read` for (consumer, seconds) pairs whenever metrics are collected."""
        self._watch(instruments.EVENTS_LAG, lambda: _by_consumer(read()))

    def watch_stuck(self, read: Lags) -> None:
        """Ask `read` for (consumer, 1 or 0) pairs whenever metrics are collected."""
        self._watch(instruments.EVENTS_STUCK, lambda: _by_consumer(read()))

    def watch_routes(self, shares: Routes, shadows: Routes) -> None:
        """Ask for (account, policy, provider, figure) whenever metrics are collected."""
        self._watch(instruments.ROUTE_SHARE, lambda: _by_route(shares()))
        self._watch(instruments.SHADOW_RUNNING, lambda: _by_route(shadows()))

    def watch_catalogues(self, read: Lags) -> None:
        """Ask `read` for (account, seconds) pairs whenever metrics are collected."""
        self._watch(instruments.CATALOGUE_AGE, lambda: _by_account(read()))

    def watch_bank_weights(self, read: Callable[[], float]) -> None:
        """Ask `read` for seconds whenever metrics are collected."""
        self._watch(instruments.BANK_WEIGHTS_AGE, lambda: [Observation(read())])

    def watch_left_out(self, read: Lags) -> None:
        """Ask `read` for (retailer, offerings) pairs whenever metrics are collected."""
        self._watch(instruments.LEFT_OUT, lambda: _by_account(read()))

    def watch_waiting_rooms(self, read: Lags) -> None:
        """Ask `read` for (account, places) pairs whenever metrics are collected."""
        self._watch(instruments.WAITING, lambda: _by_account(read()))

    def _watch(self, what: instruments.Instrument, read: Read) -> None:
        self._reads[what.name].append(read)

    def _observe(self, name: str, options: CallbackOptions) -> Iterable[Observation]:
        for read in self._reads[name]:
            yield from read()


@_remembered
def _flow(account: str, flow: str) -> Labels:
    return {**retailer_labels(account), FLOW: flow}


@_remembered
def _outcome(account: str, flow: str, step: str, outcome: str) -> Labels:
    return {**_flow(account, flow), STEP: step, OUTCOME: outcome}


@_remembered
def _delivery(consumer: str, outcome: str) -> Labels:
    return {CONSUMER: consumer, OUTCOME: outcome}


_NAMED: Final = (RETAILER, FLOW, STEP, PROVIDER, OPERATION, CALL_KIND, OUTCOME)


def _call(facts: Mapping[str, Any]) -> Labels:
    """Whose call it was and what it asked; what there is none of is empty."""
    values = tuple([facts.get(name) for name in _NAMED])
    return _labels_of_call(values, live=bool(facts.get(LIVEMODE, True)))


@_remembered
def _labels_of_call(values: tuple[Any, ...], *, live: bool) -> Labels:
    labels = {name: str(value or "") for name, value in zip(_NAMED, values, strict=True)}
    return {**labels, LIVEMODE: _LIVE[live]}


def _by_consumer(figures: Iterable[tuple[str, float]]) -> Iterable[Observation]:
    for consumer, figure in figures:
        yield Observation(figure, {CONSUMER: consumer})


def _by_account(figures: Iterable[tuple[str, float]]) -> Iterable[Observation]:
    for account, figure in figures:
        yield Observation(figure, retailer_labels(account))


def _by_route(figures: Iterable[tuple[str, str, str, float]]) -> Iterable[Observation]:
    for account, policy, provider, figure in figures:
        labels = {**retailer_labels(account), POLICY: policy, PROVIDER: provider}
        yield Observation(figure, labels)
