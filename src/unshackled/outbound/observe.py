"""The trace and the duration of each outgoing request, by OpenTelemetry's HTTP conventions.

No URL, query or body is recorded: they can carry personal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from opentelemetry.metrics import MeterProvider, get_meter
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanKind,
    StatusCode,
    TracerProvider,
    get_current_span,
    get_tracer,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from unshackled.outbound.call_failures import kind_of
from unshackled.telemetry.instruments import CALLS_BY_HTTP
from unshackled.telemetry.names import ERROR, METHOD, PORT, SERVER, STATUS

SCOPE: Final = "unshackled.outbound"
# Not the global propagator: that one also sends our baggage to the outside.
_TRACE_CONTEXT: Final = TraceContextTextMapPropagator()


@dataclass(slots=True)
class ObservedExchange:
    """One request under way: the headers that carry its trace, and its status once known."""

    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None


class Observer:
    """Spans and the duration metric for the requests to one server."""

    def __init__(
        self,
        server: str,
        port: int,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        labels: Mapping[str, str],
    ) -> None:
        self._server: dict[str, str | int] = {**labels, SERVER: server, PORT: port}
        self._tracer = get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._duration = CALLS_BY_HTTP.histogram(get_meter(SCOPE, meter_provider=meter_provider))

    @contextmanager
    def exchange(self, method: str) -> Iterator[ObservedExchange]:
        """Observe the request that is sent in the body."""
        span = self._span(method)
        exchange = ObservedExchange()
        _TRACE_CONTEXT.inject(exchange.headers, set_span_in_context(span))
        started = perf_counter()
        error: BaseException | None = None
        try:
            yield exchange
        except BaseException as raised:
            error = raised
            raise
        finally:
            facts = self._server | {METHOD: method} | _ending(exchange, error)
            self._duration.record(perf_counter() - started, facts)
            _finish(span, facts)

    def _span(self, method: str) -> Span:
        """A span of its own, or that of a trace that nobody records: it would be dropped too."""
        parent = get_current_span().get_span_context()
        if parent.is_valid and not parent.trace_flags.sampled:
            return NonRecordingSpan(parent)
        return self._tracer.start_span(f"HTTP {method}", kind=SpanKind.CLIENT)


def _ending(exchange: ObservedExchange, error: BaseException | None) -> dict[str, str | int]:
    facts: dict[str, str | int] = {}
    if exchange.status is not None:
        facts[STATUS] = exchange.status
    if error is not None:
        kind = kind_of(error.__context__ or error)
        facts[ERROR] = kind if exchange.status is None else str(exchange.status)
    return facts


def _finish(span: Span, facts: dict[str, str | int]) -> None:
    if span.is_recording():
        span.set_attributes(facts)
        if ERROR in facts:
            span.set_status(StatusCode.ERROR)
    span.end()
