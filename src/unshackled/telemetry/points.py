"""What cheap meters keep, as the points of OpenTelemetry's SDK: cumulative, for its exporters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from time import time_ns
from typing import Any, Final, TypeVar

from opentelemetry.metrics import CallbackOptions
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    HistogramDataPoint,
    Metric,
    MetricReader,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Histogram as HistogramData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from unshackled.telemetry.logs import get_logger
from unshackled.telemetry.metering import (
    AddedSum,
    CheapMeter,
    CheapMeterProvider,
    Histogram,
    Labels,
    MeasuredSeries,
    Number,
    Spread,
)

log = get_logger(__name__)
CUMULATIVE: Final = AggregationTemporality.CUMULATIVE


R = TypeVar("R", bound=MetricReader)


def reading(reader: R, provider: CheapMeterProvider, resource: Resource) -> R:
    """A reader of the SDK that gets its metrics here."""

    def collect(*_: Any, **options: Any) -> MetricsData:
        return metrics_data(provider, resource)

    reader._set_collect_callback(collect)  # noqa: SLF001 - as a provider of the SDK does
    return reader


def metrics_data(provider: CheapMeterProvider, resource: Resource) -> MetricsData:
    """Everything that was recorded until now; an instrument that has nothing is left out."""
    now = time_ns()
    scopes = [
        ScopeMetrics(InstrumentationScope(one.name, one.version, one.schema_url), made, "")
        for one in provider.meters
        if (made := list(_metrics(one, now)))
    ]
    return MetricsData([ResourceMetrics(resource, scopes, resource.schema_url)])


def _metrics(meter: CheapMeter, now: int) -> Iterator[Metric]:
    for one in meter.instruments:
        data: Any
        if isinstance(one, Histogram):
            data = HistogramData(_spreads(one, now), CUMULATIVE)
        elif one.kind == "gauge":
            data = Gauge(_numbers(one, now))
        else:
            data = Sum(_numbers(one, now), CUMULATIVE, is_monotonic=one.kind == "counter")
        if data.data_points:
            yield Metric(one.name, one.meaning, one.unit, data)


def _numbers(one: MeasuredSeries[Any], now: int) -> list[NumberDataPoint]:
    callbacks = getattr(one, "callbacks", None)
    totals = _totals(one) if callbacks is None else _observed(one, callbacks)
    return [NumberDataPoint(dict(k), one.since, now, value) for k, value in totals.items()]


def _totals(one: MeasuredSeries[AddedSum]) -> Mapping[Labels, Number]:
    """By labels, in whatever order they were given."""
    found: dict[Labels, Number] = {}
    with one.lock:
        for labels, total in one.children.items():
            key = _ordered(labels)
            found[key] = found.get(key, 0) + total.amount
    return found


def _observed(one: MeasuredSeries[Any], callbacks: Iterable[Any]) -> Mapping[Labels, Number]:
    """What the callbacks say; one that fails says nothing, and the others are asked."""
    found: dict[Labels, Number] = {}
    for callback in callbacks:
        try:
            for seen in callback(CallbackOptions()):
                found[_ordered(tuple((seen.attributes or {}).items()))] = seen.value
        except Exception as error:
            log.exception("metrics.unreadable", metric=one.name, kind=type(error).__name__)
    return found


def _spreads(one: Histogram, now: int) -> list[HistogramDataPoint]:
    found: dict[Labels, Spread] = {}
    with one.lock:
        for labels, spread in one.children.items():
            key = _ordered(labels)
            found[key] = _both(found.get(key, one.empty()), spread)
    return [
        HistogramDataPoint(
            attributes=dict(labels),
            start_time_unix_nano=one.since,
            time_unix_nano=now,
            count=spread.count,
            sum=spread.total,
            bucket_counts=spread.buckets,
            explicit_bounds=one.bounds,
            min=spread.least,
            max=spread.most,
        )
        for labels, spread in found.items()
    ]


def _both(one: Spread, other: Spread) -> Spread:
    return Spread(
        buckets=[a + b for a, b in zip(one.buckets, other.buckets, strict=True)],
        count=one.count + other.count,
        total=one.total + other.total,
        least=min(one.least, other.least),
        most=max(one.most, other.most),
    )


def _ordered(labels: Labels) -> Labels:
    return tuple(sorted(labels))
