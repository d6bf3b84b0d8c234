"""The provider of tracers: what is sampled, and where finished spans go."""

from __future__ import annotations

from collections.abc import Iterable

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
)

from unshackled import __version__
from unshackled.telemetry.clean import CleanExporter
from unshackled.telemetry.sampling import sampler


def tracer_provider(
    service: str, sample_ratio: float, exporters: Iterable[SpanExporter]
) -> TracerProvider:
    """A provider for this service; each exporter gets every sampled span as it ends, redacted."""
    provider = TracerProvider(
        sampler=sampler(sample_ratio),
        resource=Resource.create({"service.name": service, "service.version": __version__}),
        shutdown_on_exit=False,
    )
    for exporter in exporters:
        provider.add_span_processor(SimpleSpanProcessor(CleanExporter(exporter)))
    return provider


def send_spans(provider: TracerProvider, endpoint: str) -> None:
    """Batches of redacted spans by OTLP/HTTP; its library is loaded only here."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(CleanExporter(exporter)))
