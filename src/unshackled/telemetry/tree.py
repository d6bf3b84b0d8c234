"""A trace as a tree of text lines: what was done, how it ended, how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from unshackled.telemetry.names import ERROR, OUTCOME, STATUS


class SpanNode(Protocol):
    """What is drawn: a `SpanRecord`."""

    @property
    def id(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def started(self) -> int: ...
    @property
    def ended(self) -> int: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...


# The column at which endings begin, and their width.
NAME_WIDTH: Final = 58
ENDING_WIDTH: Final = 16


def lines_of(spans: Sequence[SpanNode]) -> list[str]:
    """The tree of one trace; a span whose parent is not there is a root.

    POST /v1/checkouts                          201          14.2 ms
    └─ step stock                               passed       11.0 ms
    """
    known = {span.id for span in spans}
    children: dict[str | None, list[SpanNode]] = {}
    for span in sorted(spans, key=lambda span: span.started):
        children.setdefault(span.parent if span.parent in known else None, []).append(span)
    return [line for root in children.get(None, []) for line in _draw(root, children, "", "")]


def _draw(
    span: SpanNode, children: Mapping[str | None, list[SpanNode]], branch: str, indent: str
) -> Iterator[str]:
    yield _line(branch + span.name, _ending(span), (span.ended - span.started) / 1e6)
    below = children.get(span.id, [])
    for child in below:
        branch, deeper = ("└─ ", "   ") if child is below[-1] else ("├─ ", "│  ")
        yield from _draw(child, children, indent + branch, indent + deeper)


def _line(name: str, ending: str, milliseconds: float) -> str:
    shown = name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 1] + "…"
    return f"{shown:<{NAME_WIDTH}} {ending:<{ENDING_WIDTH}} {milliseconds:>9.1f} ms"


def _ending(span: SpanNode) -> str:
    for name in (OUTCOME, STATUS, ERROR):
        if name in span.attributes:
            return str(span.attributes[name])
    return ""
