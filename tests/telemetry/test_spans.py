"""The engine's spans: attributes, outcomes, links, sampling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from tests.telemetry.conftest import FIRST_TRACE, NOON, Seen
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.ports.outcome import Absent, Declined, Passed, Redirect
from unshackled.telemetry import (
    CheckoutTrace,
    Recorder,
    bind_checkout,
    current_trace_id,
    current_traceparent,
    outcome_word,
    tell,
)


def raw(seen: Seen) -> InMemorySpanExporter:
    """The spans as OpenTelemetry has them, links and status included."""
    exporter = InMemorySpanExporter()
    seen.telemetry.tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def first_trace_of(span: ReadableSpan) -> list[str]:
    """The traces a span is linked to."""
    return [format(link.context.trace_id, "032x") for link in span.links]


def test_a_step_and_its_call_say_what_they_are_about(seen: Seen, story: CheckoutTrace) -> None:
    """Every attribute of the design is on the span of a call, and it lies below its step."""
    recorder = seen.telemetry.recorder
    with (
        recorder.step_span(story, "credit", 2) as step,
        recorder.call_span(
            story, step="credit", provider="prime", operation="credit.apply", attempt=2
        ) as call,
    ):
        step.outcome = call.outcome = "passed"
    inner, outer = seen.spans()
    assert (inner.name, outer.name) == ("credit.apply prime", "step credit")
    assert inner.parent == outer.id
    assert inner.attributes == {
        "checkout": "chk_1",
        "retailer": "northstar",
        "livemode": True,
        "flow": "handset-on-credit",
        "digest": "sha256:ab",
        "step": "credit",
        "provider": "prime",
        "operation": "credit.apply",
        "asked": "call",
        "attempt": 2,
        "outcome": "passed",
    }


@pytest.mark.parametrize(
    ("ending", "word"),
    [
        (Passed(output=None), "passed"),
        (Declined(code="no"), "declined"),
        (Redirect(url="https://x.example", expires=NOON), "redirect"),
        (Absent(), "absent"),
        (NotSent("a"), "not_sent"),
        (InDoubt("a"), "in_doubt"),
        (Refused("a", code="422"), "refused"),
        (asyncio.CancelledError(), "canceled"),
        (KeyError("a"), "broken"),
    ],
)
def test_each_ending_has_one_word(ending: object, word: str) -> None:
    """Outcomes by their type, errors by the error table."""
    assert outcome_word(ending) == word


def test_an_error_is_recorded_by_its_type_alone(seen: Seen, story: CheckoutTrace) -> None:
    """No message, no stack trace, no exception event."""
    exporter = raw(seen)
    with pytest.raises(InDoubt), seen.telemetry.recorder.step_span(story, "stock"):
        raise InDoubt("Zelda Quixano at legacy-shop")
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "InDoubt"
    assert (span.attributes or {})["outcome"] == "in_doubt"
    assert "Zelda" not in span.to_json()


def test_a_failure_told_as_a_value_marks_the_span_too(seen: Seen, story: CheckoutTrace) -> None:
    """A doubt is a failure, a decline is not."""
    exporter = raw(seen)
    for word in ("in_doubt", "declined"):
        with seen.telemetry.recorder.step_span(story, "stock") as span:
            span.outcome = word
    codes = [span.status.status_code for span in exporter.get_finished_spans()]
    assert codes == [StatusCode.ERROR, StatusCode.UNSET]


def test_work_of_its_own_is_linked_to_the_first_trace(seen: Seen, story: CheckoutTrace) -> None:
    """A runner or a timer begins a trace, which the link joins to the checkout's story."""
    exporter = raw(seen)
    with (
        seen.telemetry.recorder.step_span(story, "stock"),
        seen.telemetry.recorder.call_span(story, step="stock", provider="p", operation="o"),
    ):
        pass
    call, step = exporter.get_finished_spans()
    assert first_trace_of(step) == [FIRST_TRACE.split("-")[1]]
    assert first_trace_of(call) == []


def test_a_later_request_is_linked_to_the_first_trace(seen: Seen, story: CheckoutTrace) -> None:
    """Telling the story marks the current span; the request that began it has no link to itself."""
    exporter = raw(seen)
    with seen.telemetry.tracer.start_as_current_span("later"):
        bind_checkout(story)
    with seen.telemetry.tracer.start_as_current_span("first"):
        bind_checkout(replace(story, first_trace=current_traceparent()))
    later, first = exporter.get_finished_spans()
    assert first_trace_of(later) == [FIRST_TRACE.split("-")[1]]
    assert first_trace_of(first) == []
    assert (later.attributes or {})["checkout"] == "chk_1"


@pytest.mark.parametrize("malformed", ["", "00-zz", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_malformed_first_trace_is_no_link(
    seen: Seen, story: CheckoutTrace, malformed: str
) -> None:
    """A story without a readable beginning is still recorded."""
    exporter = raw(seen)
    with seen.telemetry.recorder.step_span(replace(story, first_trace=malformed), "stock"):
        pass
    (span,) = exporter.get_finished_spans()
    assert not span.links


def test_a_story_is_sampled_whole_or_not_at_all(
    seeing: Callable[[float], Seen], story: CheckoutTrace
) -> None:
    """Work without a parent follows the first trace, whatever the ratio says."""
    for ratio, flag, expected in ((0.0, "01", 2), (1.0, "00", 0)):
        seen = seeing(ratio)
        told = replace(story, first_trace=f"{FIRST_TRACE[:-2]}{flag}")
        recorder = seen.telemetry.recorder
        with (
            recorder.step_span(told, "stock"),
            recorder.call_span(told, step="stock", provider="p", operation="stock.reserve"),
        ):
            pass
        assert len(seen.spans()) == expected


def test_calls_are_measured_though_not_sampled(
    seeing: Callable[[float], Seen], story: CheckoutTrace
) -> None:
    """The ratio is of traces; metrics count everything."""
    seen = seeing(0.0)
    call = seen.telemetry.recorder.call_span(
        story, step="stock", provider="legacy-shop", operation="stock.reserve"
    )
    with seen.telemetry.tracer.start_as_current_span("request"), call:
        call.outcome = "declined"
    assert seen.spans() == []
    assert (
        'unshackled_provider_call_duration_seconds_count{asked="call",flow="handset-on-credit",'
        'livemode="true",operation="stock.reserve",outcome="declined",provider="legacy-shop",'
        'retailer="northstar",step="stock"} 1.0' in seen.metrics()
    )


def test_outside_of_a_trace_there_is_nothing_to_quote(seen: Seen) -> None:
    """No trace id, no traceparent, and telling is harmless."""
    tell({"a": 1})
    assert (current_trace_id(), current_traceparent()) == (None, None)
    with seen.telemetry.tracer.start_as_current_span("x"):
        assert current_trace_id() == str(current_traceparent()).split("-")[1]


def test_a_silent_recorder_records_nothing(story: CheckoutTrace) -> None:
    """Tests and tools need no set-up."""
    recorder = Recorder.silent()
    with (
        recorder.step_span(story, "a"),
        recorder.call_span(story, step="a", provider="b", operation="c") as call,
    ):
        call.outcome = "passed"
    assert call.outcome == "passed"
