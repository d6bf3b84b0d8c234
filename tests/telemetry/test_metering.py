"""Cheap meters against OpenTelemetry's SDK: the same measurements are the same metrics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from tests.telemetry.lines import log_lines
from unshackled.telemetry.metering import MOST, CheapMeterProvider
from unshackled.telemetry.names import SECONDS
from unshackled.telemetry.points import reading

RESOURCE = Resource({"service.name": "test"})
labels = st.fixed_dictionaries(
    {"retailer": st.sampled_from(["northstar", "orbit"])},
    optional={"http.response.status_code": st.sampled_from([200, 503]), "flow": st.just("")},
)
measurements = st.lists(
    st.tuples(
        st.sampled_from(["count", "level", "seconds", "sizes"]),
        st.integers(-2, 20_000) | st.sampled_from([*SECONDS, 0.0049, 3.3, 11.5]),
        labels,
    ),
    max_size=40,
)


def points(reader: InMemoryMetricReader) -> dict[str, Any]:
    """What a reader sees, without the times of the points."""
    data = reader.get_metrics_data()
    found: dict[str, Any] = {}
    for scope in [s for r in (data.resource_metrics if data else ()) for s in r.scope_metrics]:
        for metric in scope.metrics:
            rows = [
                (
                    sorted((point.attributes or {}).items()),
                    {
                        name: pytest.approx(value) if name in ("sum", "value") else value
                        for name in ("value", "count", "sum", "min", "max")
                        if (value := getattr(point, name, None)) is not None
                    },
                    list(getattr(point, "bucket_counts", ())),
                    list(getattr(point, "explicit_bounds", ())),
                )
                for point in metric.data.data_points
            ]
            kind = type(metric.data).__name__, getattr(metric.data, "is_monotonic", None)
            known = scope.scope.name, metric.unit, metric.description, kind
            found[metric.name] = known, sorted(rows, key=lambda row: str(row[0]))
    return found


def record(provider: MeterProvider, measured: Iterable[tuple[str, float, dict[str, Any]]]) -> None:
    """Record each measurement with the instrument of its name."""
    meter = provider.get_meter("test", "1")
    count = meter.create_counter("count", "{one}", "how many")
    level = meter.create_up_down_counter("level", "{one}", "how many now")
    sizes = meter.create_histogram("sizes", "By", "how large")
    seconds = meter.create_histogram(
        "seconds", "s", "how long", explicit_bucket_boundaries_advisory=SECONDS
    )
    meter.create_observable_gauge(
        "gauge", [lambda _: [Observation(3, {"a": "b"})]], "1", "how high"
    )
    meter.create_observable_up_down_counter("under_way", [lambda _: [Observation(-2)]])
    meter.create_observable_counter("seen", [lambda _: [Observation(5)]])
    recorders = {"count": count.add, "level": level.add}
    recorders |= {"seconds": seconds.record, "sizes": sizes.record}
    for name, amount, attributes in measured:
        recorders[name](amount, attributes)


def both(measured: list[tuple[str, float, dict[str, Any]]]) -> tuple[Any, Any]:
    """What is read after these measurements, by the SDK's meters and by ours."""
    theirs = InMemoryMetricReader()
    sdk = SdkMeterProvider([theirs], resource=RESOURCE, shutdown_on_exit=False)
    cheap = CheapMeterProvider()
    ours = reading(InMemoryMetricReader(), cheap, RESOURCE)
    for provider in (sdk, cheap):
        record(provider, measured)
    found = points(theirs), points(ours)
    sdk.shutdown()
    return found


@settings(max_examples=60, deadline=None)
@given(measurements)
def test_the_same_measurements_are_the_same_points(
    measured: list[tuple[str, float, dict[str, Any]]],
) -> None:
    """Sums, buckets, bounds, extremes, labels, units and meanings, whatever was recorded."""
    with log_lines():  # the SDK warns of what is negative
        theirs, ours = both(measured)
    assert ours == theirs


def test_labels_count_once_in_whatever_order_they_come() -> None:
    """Two callers that name the same labels differently add to one point."""
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    theirs, ours = both([("count", 1, one), ("count", 1, other), ("seconds", 0.1, other)])
    assert ours == theirs


def test_label_sets_without_end_share_one_point() -> None:
    """As many as the SDK keeps apart; the rest is counted all the same."""
    theirs, ours = both([("count", 1, {"number": number}) for number in range(MOST + 50)])
    values = {str(labels): value for labels, value, *_ in ours["count"][1]}
    assert len(values) <= MOST + 1
    assert sum(value["value"].expected for value in values.values()) == MOST + 50
    assert "[('otel.metric.overflow', True)]" in values
    assert {str(labels) for labels, *_ in theirs["count"][1]} >= {
        "[('otel.metric.overflow', True)]"
    }


def test_a_reading_that_fails_leaves_the_others() -> None:
    """Its error is a line in the log, by its kind."""
    cheap = CheapMeterProvider()
    meter = cheap.get_meter("test")

    def broken(options: CallbackOptions) -> Iterable[Observation]:
        raise LookupError("4111111111111111")

    meter.create_observable_gauge("broken", [broken, lambda _: [Observation(1)]])
    meter.create_counter("count").add(1)
    with log_lines() as log:
        found = points(reading(InMemoryMetricReader(), cheap, RESOURCE))
    assert set(found) == {"broken", "count"}
    assert [line["event"] for line in log.lines] == ["metrics.unreadable"]


def test_an_instrument_of_another_kind_by_the_same_name_is_refused() -> None:
    """Two meanings of one name are a mistake of the program."""
    meter = CheapMeterProvider().get_meter("test")
    meter.create_counter("count")
    with pytest.raises(TypeError, match="count"):
        meter.create_histogram("count")
