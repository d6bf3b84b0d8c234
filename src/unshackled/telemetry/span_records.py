"""Spans as plain values, kept in memory for a tree on a screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode

from unshackled.domain.records import Record, replace
from unshackled.telemetry.clean import clean
from unshackled.telemetry.names import CHECKOUT, PATH
from unshackled.telemetry.tree import lines_of


class SpanRecord(Record):
    """One finished span; times in nanoseconds since 1970, ids in hexadecimal digits."""

    trace: str
    id: str
    parent: str | None
    name: str
    started: int
    ended: int
    failed: bool
    attributes: Mapping[str, Any]


def record_of(span: ReadableSpan) -> SpanRecord:
    """A redacted span as a record."""
    kept = clean(span)
    return SpanRecord(
        trace=format(kept.context.trace_id, "032x"),
        id=format(kept.context.span_id, "016x"),
        parent=format(kept.parent.span_id, "016x") if kept.parent else None,
        name=kept.name,
        started=kept.start_time or 0,
        ended=kept.end_time or 0,
        failed=kept.status.status_code is StatusCode.ERROR,
        attributes=dict(kept.attributes or {}),
    )


def traces_of(records: Iterable[SpanRecord], checkout: str) -> list[list[SpanRecord]]:
    """The traces of a checkout, the oldest first; each oldest span first."""
    traces: dict[str, list[SpanRecord]] = {}
    for record in records:
        traces.setdefault(record.trace, []).append(record)
    traced = [
        sorted(spans, key=lambda span: span.started)
        for spans in traces.values()
        if any(span.attributes.get(CHECKOUT) == checkout for span in spans)
    ]
    return sorted(traced, key=lambda spans: spans[0].started)


def gathered(traces: Sequence[list[SpanRecord]]) -> list[list[SpanRecord]]:
    """The same traces, work that began during a request placed below that request.

    The runner of a checkout has traces of its own; a reader wants to see who waited for it.
    """
    requests = [spans for spans in traces if PATH in spans[0].attributes]
    shown = [list(spans) for spans in requests]
    for spans in traces:
        if spans in requests:
            continue
        begun = spans[0].started
        waiting = [
            i for i, (first, *_) in enumerate(requests) if first.started <= begun < first.ended
        ]
        if waiting:
            request = shown[waiting[-1]]
            request += [replace(span, parent=span.parent or request[0].id) for span in spans]
        else:
            shown.append(spans)
    return sorted(shown, key=lambda spans: spans[0].started)


class DemoSpanExporter(SpanExporter):
    """Keeps the latest `size` spans and draws the traces of a checkout."""

    def __init__(self, size: int = 10_000) -> None:
        self._records: deque[SpanRecord] = deque(maxlen=size)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep the spans."""
        self._records.extend(record_of(span) for span in spans)
        return SpanExportResult.SUCCESS

    def records(self, checkout: str | None = None) -> list[SpanRecord]:
        """Everything kept, or the spans of one checkout's traces, in order."""
        kept = list(self._records)
        if checkout is None:
            return kept
        return [record for trace in traces_of(kept, checkout) for record in trace]

    def lines(self, checkout: str) -> list[str]:
        """The traces as lines of text, one tree for each request."""
        traces = gathered(traces_of(list(self._records), checkout))
        return [line for trace in traces for line in lines_of(trace)]
