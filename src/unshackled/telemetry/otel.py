"""Telemetry of one process: made once by the composition root, handed to what records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import Meter
from opentelemetry.trace import Tracer

from unshackled import __version__
from unshackled.domain.records import Record
from unshackled.telemetry.asgi import App, TelemetryMiddleware
from unshackled.telemetry.logs import Logger, get_logger
from unshackled.telemetry.metering import CheapMeterProvider
from unshackled.telemetry.meters import Meters
from unshackled.telemetry.names import SCOPE
from unshackled.telemetry.prometheus import PrometheusText
from unshackled.telemetry.spans import Recorder

if TYPE_CHECKING:  # the SDK loads when telemetry starts, that of metrics when they are read
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

FLUSH_MILLISECONDS: Final = 3_000


class Telemetry(Record):
    """Providers for libraries, `recorder` for the engine; no global is set."""

    tracer_provider: TracerProvider
    meter_provider: CheapMeterProvider
    tracer: Tracer
    meter: Meter
    meters: Meters
    prometheus: PrometheusText
    sent: MetricReader | None = None

    @property
    def recorder(self) -> Recorder:
        """What the engine records with."""
        return Recorder(self.tracer, self.meters)

    def metrics_text(self) -> tuple[bytes, str]:
        """All metrics as Prometheus text, and its content type."""
        return self.prometheus.text()

    def middleware(self, app: App, logger: Logger | None = None) -> App:
        """The app with every request observed."""
        logger = logger or get_logger("unshackled.http")
        return TelemetryMiddleware(app, tracer=self.tracer, meter=self.meter, logger=logger)

    def shutdown(self) -> None:
        """Send what is left and stop the exporters' threads; waits some seconds at most."""
        self.tracer_provider.force_flush(FLUSH_MILLISECONDS)
        self.tracer_provider.shutdown()
        if self.sent is not None:
            self.sent.shutdown(FLUSH_MILLISECONDS)


def start_telemetry(
    *,
    service: str = "unshackled",
    sample_ratio: float = 0.01,
    otlp_endpoint: str | None = None,
    exporters: Iterable[SpanExporter] = (),
) -> Telemetry:
    """Begin to record.

    A trace that a caller has begun follows the caller's choice; of the others `sample_ratio` (0 to
    1) are recorded. `exporters` get each span as it ends; `otlp_endpoint` gets batches of spans
    and metrics by OTLP/HTTP, and its library is loaded only for it.
    """
    from unshackled.telemetry.tracers import send_spans, tracer_provider  # loads the SDK

    tracers = tracer_provider(service, sample_ratio, exporters)
    sent: MetricReader | None = None
    meters = CheapMeterProvider()
    if otlp_endpoint is not None:
        send_spans(tracers, otlp_endpoint)
        sent = _otlp_metrics(otlp_endpoint, meters, tracers.resource)
    meter = meters.get_meter(SCOPE, __version__)
    return Telemetry(
        tracer_provider=tracers,
        meter_provider=meters,
        tracer=tracers.get_tracer(SCOPE, __version__),
        meter=meter,
        meters=Meters(meter),
        prometheus=PrometheusText(meters, tracers.resource),
        sent=sent,
    )


def _otlp_metrics(endpoint: str, meters: CheapMeterProvider, resource: Resource) -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    from unshackled.telemetry.points import reading

    return reading(
        PeriodicExportingMetricReader(
            OTLPMetricExporter(endpoint=f"{endpoint.rstrip('/')}/v1/metrics")
        ),
        meters,
        resource,
    )
