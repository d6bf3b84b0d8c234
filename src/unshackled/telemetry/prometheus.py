"""Metrics as Prometheus text; the exporter's libraries load with the first scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics.export import MetricReader, MetricsData

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class PrometheusText(MetricReader):
    """Collects from the start, renders on demand."""

    def __init__(self) -> None:
        super().__init__()
        self._registry: CollectorRegistry | None = None
        self._data: MetricsData | None = None

    def text(self) -> tuple[bytes, str]:
        """All metrics now, and the content type: the body and header of a `/metrics` answer."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        if self._registry is None:
            self._registry = self._connect()
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def _connect(self) -> CollectorRegistry:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from prometheus_client import CollectorRegistry, ProcessCollector

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        exporter = PrometheusMetricReader(scope_info_enabled=False, registry=registry)
        # A provider would do the same, but one added late knows nothing of what was counted before.
        exporter._set_collect_callback(self._pull)  # noqa: SLF001
        return registry

    def _pull(self, reader: MetricReader, timeout_millis: Any) -> Any:
        self.collect()
        data, self._data = self._data, None
        return data

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> None:
        self._data = metrics_data

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing is held."""
