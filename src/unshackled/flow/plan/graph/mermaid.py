"""The picture as Mermaid text, which code hosts and editors draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from unshackled.flow.plan.graph.model import Graph, GraphNode
from unshackled.flow.plan.graph.palette import INK, fill_of, stroke_of

SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "call": ("[", "]"),
    "choose": ("{{", "}}"),
    "rule": ("{{", "}}"),
    "confirm": ("([", "])"),
}
CUSTOMER: Final = ("(", ")")


def mermaid(graph: Graph) -> str:
    """A `flowchart` from top to bottom."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart TB"
    for node in graph.nodes.values():
        left, right = SHAPES.get(node.kind, CUSTOMER)
        yield f'  {_id(node.name)}{left}"{_label(node)}"{right}'
    for start, end in graph.edges:
        optional = "best_effort" in graph.nodes[end].marks
        yield f"  {_id(start)} {'-.->' if optional else '-->'} {_id(end)}"
    for node in graph.nodes.values():
        yield f"  style {_id(node.name)} {_style(node)}"


def _id(name: str) -> str:
    """An id that is no word of Mermaid, e.g. `end`."""
    return f"s_{name}"


def _label(node: GraphNode) -> str:
    first = node.name if node.kind == node.detail else f"{node.name}<br/>{node.kind} {node.detail}"
    text = "<br/>".join((first, *node.notes))
    return text.replace('"', "#quot;")


def _style(node: GraphNode) -> str:
    dashes = ",stroke-dasharray:5 3" if "conditional" in node.marks else ""
    width = 3 if "pivot" in node.marks else 1
    colours = f"fill:{fill_of(node)},stroke:{stroke_of(node)},color:{INK}"
    return f"{colours},stroke-width:{width}px{dashes}"
