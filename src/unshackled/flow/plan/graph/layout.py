"""Where things lie: layers from top to bottom, short and straight edges.

The usual way for directed graphs (Sugiyama, Tagawa and Toda, 1981): a layer for each node, points
on the layers that an edge passes, an order by the mean of the neighbours, and then positions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unshackled.domain.records import Record

SWEEPS = 12
PASSING = 24.0


class Box(Record):
    """A node's place: its centre across, its layer, and its width."""

    x: float
    layer: int
    width: float


class GraphLayout(Record):
    """The places of nodes, and for each edge the (x, layer) points that it passes."""

    boxes: Mapping[str, Box]
    paths: Mapping[tuple[str, str], tuple[tuple[float, int], ...]]
    width: float
    layers: int


@dataclass(slots=True)
class _Work:
    """Nodes and passing points by name; edges only between neighbouring layers."""

    layers: list[list[str]]
    widths: dict[str, float]
    above: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    x: dict[str, float] = field(default_factory=dict)

    def join(self, upper: str, lower: str) -> None:
        self.below.setdefault(upper, []).append(lower)
        self.above.setdefault(lower, []).append(upper)


def lay_out(
    nodes: Sequence[str],
    edges: Sequence[tuple[str, str]],
    widths: Mapping[str, float],
    *,
    gap: float,
    sinking: Collection[str] = (),
) -> GraphLayout:
    """Place nodes, given in topological order; `gap` is between neighbours of a layer.

    A node without needs stands at the top, or, if it is `sinking`, above what needs it.
    """
    layer = _layers(nodes, edges, sinking)
    work = _Work(layers=[[] for _ in range(max(layer.values(), default=-1) + 1)], widths={})
    for name in nodes:
        work.layers[layer[name]].append(name)
        work.widths[name] = widths[name]
    passed = {edge: _thread(work, layer, *edge) for edge in edges}
    _order(work)
    _place(work, gap)
    left = min((work.x[n] - work.widths[n] / 2 for n in nodes), default=0.0)
    right = max((work.x[n] + work.widths[n] / 2 for n in nodes), default=0.0)
    for name in work.x:
        work.x[name] -= left
    boxes = {n: Box(x=work.x[n], layer=layer[n], width=widths[n]) for n in nodes}
    paths = {
        (start, end): tuple(
            (work.x[name], layer[start] + at) for at, name in enumerate((start, *middle, end))
        )
        for (start, end), middle in passed.items()
    }
    return GraphLayout(boxes=boxes, paths=paths, width=right - left, layers=len(work.layers))


def _layers(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], sinking: Collection[str]
) -> dict[str, int]:
    layer: dict[str, int] = {}
    for name in nodes:
        layer[name] = max((layer[s] + 1 for s, e in edges if e == name), default=0)
    for name in reversed(nodes):
        after = [layer[e] - 1 for s, e in edges if s == name]
        has_needs = any(e == name for _, e in edges)
        if after and not has_needs and name in sinking:
            layer[name] = min(after)
    return layer


def _thread(work: _Work, layer: Mapping[str, int], start: str, end: str) -> list[str]:
    """Points for an edge on each layer between its ends."""
    middle = []
    previous = start
    for at in range(layer[start] + 1, layer[end]):
        point = f"{start}>{end}@{at}"
        work.layers[at].append(point)
        work.widths[point] = PASSING
        work.join(previous, point)
        middle.append(point)
        previous = point
    work.join(previous, end)
    return middle


def _order(work: _Work) -> None:
    """Fewer crossings: sort each layer by the mean place of its neighbours, down and up."""
    for sweep in range(SWEEPS):
        near = work.above if sweep % 2 == 0 else work.below
        order = work.layers if sweep % 2 == 0 else work.layers[::-1]
        place = {name: i for row in work.layers for i, name in enumerate(row)}
        for row in order:
            wanted = {
                name: _mean([place[n] for n in near.get(name, [])], place[name]) for name in row
            }
            row.sort(key=wanted.__getitem__)
            place.update({name: i for i, name in enumerate(row)})


def _place(work: _Work, gap: float) -> None:
    """Pull each node to the mean of its neighbours, without overlaps, down and up again."""
    for row in work.layers:
        work.x.update(zip(row, _apart(row, [0.0] * len(row), work.widths, gap), strict=True))
    for sweep in range(2 * SWEEPS):
        near = work.above if sweep % 2 == 0 else work.below
        for row in work.layers if sweep % 2 == 0 else work.layers[::-1]:
            wanted = [_mean([work.x[n] for n in near.get(name, [])], work.x[name]) for name in row]
            work.x.update(zip(row, _apart(row, wanted, work.widths, gap), strict=True))


def _apart(
    row: Sequence[str], wanted: Sequence[float], widths: Mapping[str, float], gap: float
) -> list[float]:
    """The places nearest to `wanted` (least squares) at which nothing overlaps."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + gap)
    # Pool adjacent violators: without its offset, each place must not be left of the one before.
    pools: list[tuple[float, int]] = []
    for value in (want - offset for want, offset in zip(wanted, offsets, strict=True)):
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    places = [value for value, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
