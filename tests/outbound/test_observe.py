"""Spans, metrics and the trace header of outgoing requests."""

from __future__ import annotations

import httpx
import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from unshackled.errors import InDoubt, NotSent
from unshackled.outbound import HttpClient


class Backend:
    """Answers with `status`, or fails to connect where it is None; keeps the headers."""

    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.headers: list[httpx.Headers] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.headers.append(request.headers)
        if self.status is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(self.status)


class Telemetry:
    """Spans and metrics in memory."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.tracing = TracerProvider()
        self.tracing.add_span_processor(SimpleSpanProcessor(self.spans))
        self.reader = InMemoryMetricReader()
        self.metering = MeterProvider([self.reader])

    def client(self, backend: Backend) -> HttpClient:
        return HttpClient(
            "acme",
            "https://acme.example/v1",
            transport=httpx.MockTransport(backend),
            tracer_provider=self.tracing,
            meter_provider=self.metering,
        )


async def test_a_span_describes_the_request_and_travels_with_it() -> None:
    """The backend continues the trace of the client span, whose facts hide path and query."""
    telemetry, backend = Telemetry(), Backend(201)
    await telemetry.client(backend).request("POST", "/c/ann", params={"email": "a@b.example"})
    (span,) = telemetry.spans.get_finished_spans()
    assert (span.name, span.kind) == ("HTTP POST", trace.SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "server.address": "acme.example",
        "server.port": 443,
    }
    assert span.context is not None
    ids = f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
    assert backend.headers[0]["traceparent"].startswith(f"00-{ids}-")


@pytest.mark.parametrize(
    ("status", "error", "kind"), [(503, InDoubt, "503"), (None, NotSent, "ConnectError")]
)
async def test_a_failure_marks_the_span(
    status: int | None, error: type[Exception], kind: str
) -> None:
    """error.type is the status where there is one, else the kind of failure."""
    telemetry = Telemetry()
    with pytest.raises(error):
        await telemetry.client(Backend(status)).request("GET", "/")
    (span,) = telemetry.spans.get_finished_spans()
    assert (span.attributes or {})["error.type"] == kind
    assert span.status.status_code is trace.StatusCode.ERROR
    assert not span.events


async def test_an_expected_no_is_no_error() -> None:
    """A decline is business as usual."""
    telemetry = Telemetry()
    await telemetry.client(Backend(402)).request("GET", "/", expect={402})
    (span,) = telemetry.spans.get_finished_spans()
    assert "error.type" not in (span.attributes or {})


async def test_the_duration_is_measured_in_seconds() -> None:
    """One histogram by the conventions, so that any dashboard knows it."""
    telemetry = Telemetry()
    await telemetry.client(Backend()).request("GET", "/")
    data = telemetry.reader.get_metrics_data()
    assert data is not None
    metric = data.resource_metrics[0].scope_metrics[0].metrics[0]
    point = metric.data.data_points[0]
    assert (metric.name, metric.unit) == ("http.client.request.duration", "s")
    assert dict(point.attributes or {})["http.response.status_code"] == 200


async def test_baggage_stays_at_home() -> None:
    """Backends of other firms get the trace, not our notes about the customer."""
    telemetry, backend = Telemetry(), Backend()
    token = context.attach(baggage.set_baggage("customer", "ann"))
    try:
        await telemetry.client(backend).request("GET", "/")
    finally:
        context.detach(token)
    assert "traceparent" in backend.headers[0]
    assert "baggage" not in backend.headers[0]


async def test_an_unsampled_trace_is_passed_on_as_such() -> None:
    """The backend learns that nobody records, so that it need not either."""
    telemetry, backend = Telemetry(), Backend()
    telemetry.tracing = TracerProvider(sampler=ALWAYS_OFF)
    await telemetry.client(backend).request("GET", "/")
    flags = int(backend.headers[0]["traceparent"][-2:], 16)
    assert not flags & trace.TraceFlags.SAMPLED
    assert telemetry.spans.get_finished_spans() == ()


async def test_below_an_unsampled_span_no_other_is_made() -> None:
    """The backend gets the trace by the span that is there, and that nobody records it."""
    telemetry, backend = Telemetry(), Backend()
    tracer = TracerProvider(sampler=ALWAYS_OFF).get_tracer("ours")
    with tracer.start_as_current_span("request") as span:
        await telemetry.client(backend).request("GET", "/")
    ids = span.get_span_context()
    assert not ids.trace_flags.sampled
    expected = f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"
    assert backend.headers[0]["traceparent"] == expected
    assert telemetry.spans.get_finished_spans() == ()
