"""Telemetry whose spans and log lines are kept in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from unshackled.telemetry import (
    CheckoutTrace,
    Logger,
    Telemetry,
    start_telemetry,
)
from unshackled.telemetry.logs import new_logger
from unshackled.telemetry.span_records import DemoSpanExporter, SpanRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(slots=True)
class Seen:
    """What left the process: spans, log lines, metrics."""

    telemetry: Telemetry
    exporter: DemoSpanExporter
    stream: io.BytesIO = field(default_factory=io.BytesIO)

    @property
    def logger(self) -> Logger:
        """A logger into `stream`."""
        logger: Logger = new_logger(self.stream, lambda: NOON)
        return logger

    def lines(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        return [orjson.loads(line) for line in self.stream.getvalue().splitlines()]

    def spans(self) -> list[SpanRecord]:
        """The spans so far, in the order in which they ended."""
        return self.exporter.records()

    def metrics(self) -> str:
        """The Prometheus text now."""
        return self.telemetry.metrics_text()[0].decode()

    def everything(self) -> str:
        """All of it as one text."""
        return self.stream.getvalue().decode() + repr(self.spans()) + self.metrics()


@pytest.fixture
def seeing() -> Iterator[Callable[[float], Seen]]:
    """Make telemetry with a sampling ratio; shut down afterwards."""
    made: list[Telemetry] = []

    def make(ratio: float) -> Seen:
        exporter = DemoSpanExporter()
        telemetry = start_telemetry(sample_ratio=ratio, exporters=[exporter])
        made.append(telemetry)
        return Seen(telemetry, exporter)

    yield make
    for telemetry in made:
        telemetry.shutdown()


@pytest.fixture
def seen(seeing: Callable[[float], Seen]) -> Seen:
    """Telemetry that samples everything."""
    return seeing(1.0)


@pytest.fixture
def story() -> CheckoutTrace:
    """A checkout whose first trace was sampled."""
    return CheckoutTrace(
        checkout="chk_1",
        retailer="northstar",
        flow="handset-on-credit",
        digest="sha256:ab",
        first_trace=FIRST_TRACE,
    )
