"""A checkout's story: its traces collected and drawn."""

from __future__ import annotations

from opentelemetry import trace

from tests.telemetry.conftest import Seen
from unshackled.domain.records import replace
from unshackled.telemetry import CheckoutTrace
from unshackled.telemetry.span_records import DemoSpanExporter, SpanRecord, gathered
from unshackled.telemetry.tree import lines_of


def span(name: str, start: int, end: int, parent: str | None = None, **more: object) -> SpanRecord:
    """A span of one trace by its times in milliseconds."""
    facts = {key.replace("__", "."): value for key, value in more.items()}
    return SpanRecord(
        trace="t",
        id=name,
        parent=parent,
        name=name,
        started=start * 1_000_000,
        ended=end * 1_000_000,
        failed=False,
        attributes=facts,
    )


def test_a_trace_is_drawn_as_a_tree() -> None:
    """Children in the order of time, the ending and the duration in columns."""
    spans = [
        span("HTTP POST", 3, 9, "stock.reserve legacy-shop", http__response__status_code=200),
        span("stock.reserve legacy-shop", 2, 10, "step stock", outcome="passed"),
        span("step stock", 1, 11, "POST /v1/checkouts", outcome="passed"),
        span("step credit", 5, 12, "POST /v1/checkouts", error__type="InDoubt"),
        span("POST /v1/checkouts", 0, 14, http__response__status_code=201),
    ]
    assert [" ".join(line.split()) for line in lines_of(spans)] == [
        "POST /v1/checkouts 201 14.0 ms",
        "├─ step stock passed 10.0 ms",
        "│ └─ stock.reserve legacy-shop passed 8.0 ms",
        "│ └─ HTTP POST 200 6.0 ms",
        "└─ step credit InDoubt 7.0 ms",
    ]


def test_columns_stay_in_line() -> None:
    """A long name is cut, so that every line is as long as every other."""
    spans = [span("a" * 200, 0, 9000), span("b", 0, 1, "a" * 200)]
    assert len({len(line) for line in lines_of(spans)}) == 1


def test_a_span_without_its_parent_is_a_root() -> None:
    """A caller's span is elsewhere, and some may have been dropped."""
    assert len(lines_of([span("child", 0, 1, "gone")])) == 1


def test_the_story_holds_all_traces_of_a_checkout_in_order(
    seen: Seen, story: CheckoutTrace
) -> None:
    """Requests and runner work of one checkout, and nothing of another."""
    recorder = seen.telemetry.recorder
    for told, step in ((story, "stock"), (replace(story, checkout="chk_2"), "x"), (story, "sim")):
        with recorder.step_span(told, step):
            pass
    drawn = [line.split()[1] for line in seen.exporter.lines("chk_1")]
    assert drawn == ["stock", "sim"]
    assert [record.name for record in seen.exporter.records("chk_2")] == ["step x"]


def test_work_is_drawn_below_the_request_that_waited_for_it() -> None:
    """A runner's own trace that began during a request; later work stands alone."""
    request = span("POST /complete", 0, 50, url__path="/complete")
    during = replace(span("step order", 10, 90), trace="u")
    below = replace(span("orders.place legacy-shop", 20, 80, "step order"), trace="u")
    later = replace(span("step sim", 60, 70), trace="v")
    drawn = gathered([[request], [during, below], [later]])
    assert [[record.name for record in spans] for spans in drawn] == [
        ["POST /complete", "step order", "orders.place legacy-shop"],
        ["step sim"],
    ]
    assert len([line for line in lines_of(drawn[0]) if line.startswith(" ")]) == 1


def test_a_whole_trace_belongs_to_the_story_of_one_of_its_spans(
    seen: Seen, story: CheckoutTrace
) -> None:
    """Spans of libraries know nothing of checkouts and are shown all the same."""
    with (
        seen.telemetry.recorder.step_span(story, "stock"),
        seen.telemetry.tracer.start_as_current_span("HTTP POST", kind=trace.SpanKind.CLIENT),
    ):
        pass
    assert len(seen.exporter.lines("chk_1")) == 2


def test_only_the_latest_spans_are_kept(seen: Seen) -> None:
    """The memory is bounded."""
    exporter = DemoSpanExporter(size=2)
    for name in ("a", "b", "c"):
        with seen.telemetry.tracer.start_as_current_span(name) as made:
            pass
        exporter.export([made])  # type: ignore[list-item]
    assert [record.name for record in exporter.records()] == ["b", "c"]
