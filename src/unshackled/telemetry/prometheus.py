"""Metrics as Prometheus text; the exporter's libraries load with the first scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unshackled.telemetry.metering import CheapMeterProvider

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from prometheus_client import CollectorRegistry


class PrometheusText:
    """Renders what a provider's meters have, on demand."""

    def __init__(self, meters: CheapMeterProvider, resource: Resource) -> None:
        self._meters = meters
        self._resource = resource
        self._registry: CollectorRegistry | None = None

    def text(self) -> tuple[bytes, str]:
        """All metrics now, and the content type: the body and header of a `/metrics` answer."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        if self._registry is None:
            self._registry = self._connect()
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def _connect(self) -> CollectorRegistry:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from prometheus_client import CollectorRegistry, ProcessCollector

        from unshackled.telemetry.points import reading

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        exporter = PrometheusMetricReader(scope_info_enabled=False, registry=registry)
        reading(exporter, self._meters, self._resource)
        return registry
