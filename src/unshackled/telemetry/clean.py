"""The last net for spans: whatever library made them, they leave the process redacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from unshackled.telemetry.redact import REDACTED, is_hidden, redact, redact_text

# An exception's text can repeat any input; its type says enough.
_TEXTS: Final = frozenset({"exception.message", "exception.stacktrace"})


class CleanExporter(SpanExporter):
    """Redacts what passes to `inner`; costs nothing for what is not sampled."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Pass on clean copies."""
        return self._inner.export([clean(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the inner exporter down."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter."""
        return self._inner.force_flush(timeout_millis)


def clean(span: ReadableSpan) -> ReadableSpan:
    """A copy of a span without personal data and secrets."""
    return ReadableSpan(
        name=redact_text(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[_clean_event(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean_event(event: Event) -> Event:
    return Event(event.name, _clean(event.attributes), event.timestamp)


def _clean(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: REDACTED if is_hidden(name) or name in _TEXTS else redact(value)
        for name, value in (attributes or {}).items()
    }
