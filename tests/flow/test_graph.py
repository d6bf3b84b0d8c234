"""Pictures of flows: what they show, and that nothing lies on anything else."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.flow.plans import plan_of, with_credit
from unshackled.domain.checkout import StepState
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.flow.plan.graph import graph_of, mermaid, svg
from unshackled.flow.plan.graph.layout import lay_out
from unshackled.flow.plan.graph.model import spoken
from unshackled.testing.made_up_checkouts import checkout_of
from unshackled.testing.samples import NOW

PLAN = plan_of(
    {
        "contact": {"collect": "contact"},
        "stock": {"call": "stock.reserve", "providers": ["shop", "spare"], "when": with_credit()},
        "confirm": {"confirm": "package", "needs": ["contact"]},
        "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
        "told": {"call": "notification.send", "needs": ["order"], "best_effort": True},
    }
)
LONG = timedelta(minutes=3)


def test_needs_that_others_imply_are_not_drawn() -> None:
    """The pivot needs everything before it; one line from `confirm` says so."""
    graph = graph_of(PLAN)
    assert graph.into("order") == ("confirm",)
    assert set(graph.into("confirm")) == {"contact", "stock"}


def test_mermaid_tells_kinds_providers_conditions_and_the_pivot() -> None:
    """Each has its mark; a line that is only best effort is dotted."""
    text = mermaid(graph_of(PLAN))
    assert 's_stock["stock<br/>call stock.reserve<br/>' in text
    assert "<br/>if has(package.credit)" in text
    assert "s_order -.-> s_told" in text
    assert "style s_order" in text
    assert "stroke-width:3px" in text


def test_a_checkouts_picture_has_states_and_timings() -> None:
    """Who served a step and how long it took, and why it was declined."""
    base = replace(checkout_of(steps=0), steps={name: StepState() for name in PLAN.steps})
    seen = base.with_step(
        "stock",
        state=State.DECLINED,
        code="out_of_stock",
        provider="spare",
        first_sent_at=NOW - LONG,
        updated_at=NOW,
    )
    node = graph_of(PLAN, seen).nodes["stock"]
    assert node.notes == ("declined: out_of_stock", "spare in 3 min")
    assert "declined: out_of_stock" in svg(graph_of(PLAN, seen))


def test_names_cannot_break_the_picture() -> None:
    """Text is escaped in SVG and in Mermaid."""
    title = '<script>"&'
    graph = graph_of(replace(PLAN, title=title))
    assert etree.fromstring(svg(graph).encode())[0].text == title
    node = replace(graph.nodes["stock"], notes=('if quote == "x" && y < 1',))
    odd = replace(graph, nodes={**graph.nodes, "stock": node})
    etree.fromstring(svg(odd).encode())
    assert "#quot;x#quot;" in mermaid(odd)


def test_durations_are_told_for_people() -> None:
    """From milliseconds to hours."""
    spans = (0.038, 2.4, 180, 7200)
    assert [spoken(timedelta(seconds=s)) for s in spans] == ["38 ms", "2.4 s", "3 min", "2 h"]


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]], dict[str, float]]:
    names = [f"n{number}" for number in range(draw(st.integers(1, 12)))]
    pairs = list(combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    widths = {name: draw(st.floats(40, 300)) for name in names}
    return names, edges, widths


@given(_graphs(), st.booleans())
def test_boxes_never_overlap_and_every_line_goes_down(
    graph: tuple[list[str], list[tuple[str, str]], dict[str, float]], sinks: bool
) -> None:
    """Neighbours of a layer keep their distance; a path passes each layer between its ends."""
    names, edges, widths = graph
    layout = lay_out(names, edges, widths, gap=20, sinking=names if sinks else ())
    for left, right in combinations(layout.boxes.values(), 2):
        if left.layer == right.layer:
            assert abs(left.x - right.x) >= (left.width + right.width) / 2 + 20 - 1e-6
    for start, end in edges:
        layers = [layer for _, layer in layout.paths[start, end]]
        assert layers == list(range(layout.boxes[start].layer, layout.boxes[end].layer + 1))
    assert all(box.x - box.width / 2 >= -1e-6 for box in layout.boxes.values())
    assert all(box.x + box.width / 2 <= layout.width + 1e-6 for box in layout.boxes.values())
