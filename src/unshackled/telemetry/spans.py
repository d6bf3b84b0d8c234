"""The spans of the engine: steps and their calls.

Below a span that is not sampled no span is made at all: it would be dropped too.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from types import TracebackType
from typing import Final, Self

from opentelemetry import context as otel
from opentelemetry.trace import (
    NoOpTracer,
    Span,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.telemetry.checkout_trace import CheckoutTrace
from unshackled.telemetry.meters import Facts, Meters
from unshackled.telemetry.names import ATTEMPT, CALL_KIND, ERROR, OPERATION, OUTCOME, PROVIDER, STEP

_ENDINGS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (NotSent, "not_sent"),
    (InDoubt, "in_doubt"),
    (Refused, "refused"),
    (asyncio.CancelledError, "canceled"),
    (BaseException, "broken"),
)


# The words for which a span counts as failed; a decline is a business answer.
FAILURES: Final = frozenset({"not_sent", "in_doubt", "refused", "broken"})


def outcome_word(ending: object) -> str:
    """The word for how something ended: an outcome by its type, an error by the error table.

    `passed`, `declined`, `pending`, `redirect`, `absent`, or `not_sent`, `in_doubt`, `refused`,
    `canceled`, `broken`.
    """
    if isinstance(ending, BaseException):
        return next(word for kind, word in _ENDINGS if isinstance(ending, kind))
    return type(ending).__name__.lower()


class ObservedSpan:
    """A span around a body, which sets `outcome`; an error sets it by the error table.

    Of an error only its type is recorded: its text could hold what a backend echoed.
    """

    __slots__ = ("_attributes", "_checkout", "_name", "_span", "_token", "_tracer", "outcome")

    def __init__(
        self, tracer: Tracer, name: str, attributes: Facts, checkout: CheckoutTrace
    ) -> None:
        self._tracer = tracer
        self._name = name
        self._attributes = attributes
        self._checkout = checkout
        self._span: Span | None = None
        self.outcome: str | None = None

    def __enter__(self) -> Self:
        parent = get_current_span().get_span_context()
        if parent.is_valid and not parent.trace_flags.sampled:
            return self
        links = () if parent.is_valid else self._checkout.links(parent.trace_id)
        self._span = self._tracer.start_span(self._name, attributes=self._attributes, links=links)
        self._token = otel.attach(set_span_in_context(self._span))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.outcome = outcome_word(error)
        span = self._span
        if span is None:
            return
        otel.detach(self._token)
        if self.outcome is not None:
            span.set_attribute(OUTCOME, self.outcome)
        if error is not None or self.outcome in FAILURES:
            span.set_attribute(ERROR, type(error).__qualname__ if error else str(self.outcome))
            span.set_status(StatusCode.ERROR)
        span.end()


class ObservedCall(ObservedSpan):
    """As `Observed`, and the duration goes into the metric of provider calls."""

    __slots__ = ("_meters", "_started")

    def __init__(
        self, tracer: Tracer, meters: Meters, facts: Facts, checkout: CheckoutTrace
    ) -> None:
        super().__init__(tracer, f"{facts[OPERATION]} {facts[PROVIDER]}", facts, checkout)
        self._meters = meters

    def __enter__(self) -> Self:
        super().__enter__()
        self._started = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds = perf_counter() - self._started
        super().__exit__(kind, error, trace)
        self._meters.called({**self._attributes, OUTCOME: self.outcome or "unknown"}, seconds)


class Recorder:
    """What the engine needs of telemetry; `Recorder.silent()` records nothing."""

    __slots__ = ("meters", "tracer")

    def __init__(self, tracer: Tracer, meters: Meters) -> None:
        self.tracer = tracer
        self.meters = meters

    @classmethod
    def silent(cls) -> Recorder:
        """For tests and tools."""
        return cls(NoOpTracer(), Meters.silent())

    def step_span(self, checkout: CheckoutTrace, step: str, attempt: int = 1) -> ObservedSpan:
        """Around the work on one step; set `outcome` by `outcome_word`.

        As every span of ours: within a trace it is part of it; alone it begins one, linked to the
        checkout's first and sampled as that was.
        """
        facts: Facts = {**checkout.attributes(), STEP: step, ATTEMPT: attempt}
        return ObservedSpan(self.tracer, f"step {step}", facts, checkout)

    def call_span(
        self,
        checkout: CheckoutTrace,
        *,
        step: str,
        provider: str,
        operation: str,
        kind: str = "call",
        attempt: int = 1,
    ) -> ObservedCall:
        """Around one call to a provider, e.g. `credit.apply`; set `outcome` by `outcome_word`.

        The duration is recorded with the same names and the outcome, sampled or not.
        """
        facts: Facts = {
            STEP: step,
            PROVIDER: provider,
            OPERATION: operation,
            CALL_KIND: kind,
            ATTEMPT: attempt,
        }
        return ObservedCall(self.tracer, self.meters, {**checkout.attributes(), **facts}, checkout)
