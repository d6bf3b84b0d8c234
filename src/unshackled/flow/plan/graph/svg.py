"""The picture as SVG, drawn without any other program."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from unshackled.flow.plan.graph.layout import Box, GraphLayout, lay_out
from unshackled.flow.plan.graph.model import Graph, GraphNode
from unshackled.flow.plan.graph.palette import FAINT, INK, LINE, PIVOT, fill_of, stroke_of

MARGIN: Final = 24.0
TITLE: Final = 40.0
GAP: Final = 28.0
BETWEEN: Final = 38.0
LINE_HEIGHT: Final = 16.0
PAD: Final = 12.0
# Width of a letter at 13 and 11 px in a usual sans-serif font, rounded up.
LETTER: Final = 7.4
SMALL_LETTER: Final = 6.2
LONGEST: Final = 44
NO_RETURN: Final = "point of no return"


def svg(graph: Graph) -> str:
    """A complete SVG document on a white ground."""
    return "\n".join(_Drawing(graph).lines()) + "\n"


class _Drawing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.texts = {node.name: _texts(node) for node in graph.nodes.values()}
        widths = {name: _width(texts) for name, texts in self.texts.items()}
        # A customer's data is drawn where it is needed; a call runs as soon as it can.
        sinking = {node.name for node in graph.nodes.values() if node.kind != "call"}
        self.layout: GraphLayout = lay_out(
            list(graph.nodes), graph.edges, widths, gap=GAP, sinking=sinking
        )
        self.tops, self.bottom = self._rows()

    def _rows(self) -> tuple[list[tuple[float, float]], float]:
        """The top and the height of each layer; the end of the last."""
        heights = [0.0] * self.layout.layers
        for name, box in self.layout.boxes.items():
            heights[box.layer] = max(heights[box.layer], _height(self.texts[name]))
        rows, at = [], MARGIN + TITLE
        for height in heights:
            rows.append((at, height))
            at += height + BETWEEN
        return rows, at - BETWEEN

    def lines(self) -> Iterator[str]:
        """The document line by line."""
        width = max(self.layout.width, len(self.graph.title) * 9.0) + 2 * MARGIN
        height = self.bottom + MARGIN
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
            f' width="{width:.0f}" height="{height:.0f}" role="img"'
            ' font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">'
        )
        yield f"<title>{escape(self.graph.title)}</title>"
        yield (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
            f' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{LINE}"/>'
            "</marker></defs>"
        )
        yield f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>'
        yield (
            f'<text x="{MARGIN}" y="{MARGIN + 12}" font-size="17" font-weight="600"'
            f' fill="{INK}">{escape(self.graph.title)}</text>'
        )
        for start, end in self.graph.edges:
            yield self._edge(start, end)
        for name, node in self.graph.nodes.items():
            yield from self._node(node, self.layout.boxes[name])
        yield "</svg>"

    def _edge(self, start: str, end: str) -> str:
        points = list(self.layout.paths[start, end])
        path = ""
        x, layer = points[0]
        y = self._top(start) + _height(self.texts[start])
        path = f"M{self._x(x):.1f} {y:.1f}"
        for x_next, layer in points[1:]:
            top, height = self.tops[layer]
            last = (x_next, layer) == points[-1]
            target = self._top(end) - 2 if last else top
            middle = (y + target) / 2
            path += (
                f"C{self._x(x):.1f} {middle:.1f} {self._x(x_next):.1f} {middle:.1f}"
                f" {self._x(x_next):.1f} {target:.1f}"
            )
            if not last:
                path += f"V{top + height:.1f}"
            x, y = x_next, top + height
        dashes = ' stroke-dasharray="4 4"' if "best_effort" in self.graph.nodes[end].marks else ""
        return (
            f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.4"{dashes}'
            ' marker-end="url(#tip)"/>'
        )

    def _top(self, name: str) -> float:
        """Boxes stand in the middle of their layer."""
        top, height = self.tops[self.layout.boxes[name].layer]
        return top + (height - _height(self.texts[name])) / 2

    def _x(self, x: float) -> float:
        return x + MARGIN

    def _node(self, node: GraphNode, box: Box) -> Iterator[str]:
        texts = self.texts[node.name]
        left, top = self._x(box.x - box.width / 2), self._top(node.name)
        dashes = ' stroke-dasharray="6 3"' if "conditional" in node.marks else ""
        round_ = 8 if node.kind in ("call", "rule") else _height(texts) / 2.6
        yield (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}"'
            f' height="{_height(texts):.1f}" rx="{round_:.1f}" fill="{fill_of(node)}"'
            f' stroke="{stroke_of(node)}" stroke-width="{2.4 if "pivot" in node.marks else 1.3}"'
            f"{dashes}/>"
        )
        for at, text in enumerate(texts):
            y = top + PAD + LINE_HEIGHT * at + 10
            look = f'font-size="11" fill="{PIVOT if text == NO_RETURN else FAINT}"'
            if at == 0:
                look = f'font-size="13" font-weight="600" fill="{INK}"'
            yield (
                f'<text x="{self._x(box.x):.1f}" y="{y:.1f}" text-anchor="middle" {look}>'
                f"{escape(text)}</text>"
            )


def _texts(node: GraphNode) -> list[str]:
    what = [] if node.kind == node.detail else [f"{node.kind} {node.detail}"]
    effort = ["best effort"] if "best_effort" in node.marks and node.state is None else []
    pivot = [NO_RETURN] if "pivot" in node.marks else []
    texts = (node.name, *what, *node.notes, *effort, *pivot)
    return [line for text in texts for line in wrap(text, LONGEST)]


def _width(texts: list[str]) -> float:
    rest = max((len(text) * SMALL_LETTER for text in texts[1:]), default=0.0)
    return max(len(texts[0]) * LETTER, rest, 70.0) + 2 * PAD


def _height(texts: list[str]) -> float:
    return LINE_HEIGHT * len(texts) + 2 * PAD - 8
