"""The trace of a checkout: many traces, one for each request, linked to the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from unshackled.domain.records import Record
from unshackled.telemetry.names import CHECKOUT, DIGEST, FLOW, LIVEMODE, RETAILER
from unshackled.telemetry.redact import redact

W3C: Final = TraceContextTextMapPropagator()
# What the log lines of the current request have in common; None outside of one.
log_fields: ContextVar[dict[str, object] | None] = ContextVar("log_fields", default=None)


class CheckoutTrace(Record):
    """Which checkout a piece of work is about.

    `first_trace` is the W3C traceparent of the request that created the checkout (see
    `current_traceparent`), stored with it, so that it outlives the process.
    """

    checkout: str
    retailer: str
    flow: str
    digest: str
    first_trace: str | None = None
    livemode: bool = True

    def attributes(self) -> dict[str, str | int | bool]:
        """What every span of the checkout carries."""
        return {
            CHECKOUT: self.checkout,
            RETAILER: self.retailer,
            LIVEMODE: self.livemode,
            FLOW: self.flow,
            DIGEST: self.digest,
        }

    def fields(self) -> dict[str, object]:
        """What every log line about the checkout carries."""
        return {
            CHECKOUT: self.checkout,
            RETAILER: self.retailer,
            LIVEMODE: self.livemode,
            FLOW: self.flow,
        }

    def links(self, trace_id: int) -> tuple[Link, ...]:
        """The link to the first trace; none where that is the trace `trace_id` itself."""
        first = span_context(self.first_trace)
        return () if first is None or first.trace_id == trace_id else (Link(first),)


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span; None outside of a trace."""
    carrier: dict[str, str] = {}
    W3C.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str | None:
    """The current trace's 32 hexadecimal digits: what a customer can quote to support."""
    context = get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


@lru_cache(maxsize=4096)
def span_context(traceparent: str | None) -> SpanContext | None:
    """The span that a traceparent names; None for none or a malformed one."""
    if traceparent is None:
        return None
    context = W3C.extract({"traceparent": traceparent}, Context())
    found = get_current_span(context).get_span_context()
    return found if found.is_valid else None


def bind_checkout(trace: CheckoutTrace) -> None:
    """Say which checkout the current request is about: its span, its link, its log lines.

    Called once by each handler that has found (or made) the checkout.
    """
    fields = log_fields.get()
    if fields is not None:
        fields |= trace.fields()
    span = get_current_span()
    if span.is_recording():
        span.set_attributes(trace.attributes())
        for link in trace.links(span.get_span_context().trace_id):
            span.add_link(link.context)


@contextmanager
def telling(**fields: object) -> Iterator[None]:
    """Give every log line of the body these fields, beside those it has already."""
    token = log_fields.set({**(log_fields.get() or {}), **redact(fields)})
    try:
        yield
    finally:
        # A task that is dropped is closed by another: its own context, and the fields, are gone.
        with suppress(ValueError):
            log_fields.reset(token)


def tell(facts: Mapping[str, object]) -> None:
    """Add fields to every later log line of the current request."""
    fields = log_fields.get()
    if fields is not None:
        fields.update(redact(facts))
