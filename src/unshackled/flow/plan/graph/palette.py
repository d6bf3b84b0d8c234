"""Colours: of step kinds in the picture of a flow, of states in that of a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.states import State
from unshackled.flow.plan.graph.model import GraphNode

INK: Final = "#1b1f24"
FAINT: Final = "#57606a"
LINE: Final = "#8c959f"

# Each is (fill, border); the customer's steps are blue, calls grey, decisions amber.
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "collect": ("#ddf4ff", "#54aeff"),
    "show": ("#ddf4ff", "#54aeff"),
    "choose": ("#ddf4ff", "#54aeff"),
    "confirm": ("#dafbe1", "#2da44e"),
    "call": ("#f6f8fa", "#8c959f"),
    "rule": ("#fff8c5", "#d4a72c"),
    "review": ("#fbefff", "#bf8fff"),
}
CUSTOM: Final = ("#fbefff", "#bf8fff")
PIVOT: Final = "#cf222e"

_DONE: Final = ("#dafbe1", "#2da44e")
_MOVING: Final = ("#ddf4ff", "#0969da")
_WAITING: Final = ("#fff8c5", "#d4a72c")
_WRONG: Final = ("#ffebe9", "#cf222e")
_IDLE: Final = ("#ffffff", "#d0d7de")

STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.PENDING: _IDLE,
    State.READY: _MOVING,
    State.RUNNING: _MOVING,
    State.WAITING_CUSTOMER: _WAITING,
    State.WAITING_PROVIDER: _WAITING,
    State.IN_DOUBT: _WAITING,
    State.IN_REVIEW: _WAITING,
    State.PASSED: _DONE,
    State.DECLINED: _WRONG,
    State.FAILED: _WRONG,
    State.SKIPPED: ("#eaeef2", "#d0d7de"),
    State.UNDOING: _WAITING,
    State.UNDONE: ("#eaeef2", "#8c959f"),
    State.UNDO_FAILED: _WRONG,
}


def _colours(node: GraphNode) -> tuple[str, str]:
    return STATES[node.state] if node.state is not None else KINDS.get(node.kind, CUSTOM)


def fill_of(node: GraphNode) -> str:
    """The colour inside."""
    return _colours(node)[0]


def stroke_of(node: GraphNode) -> str:
    """The colour of the border; the pivot stands out in the picture of a flow."""
    return PIVOT if "pivot" in node.marks and node.state is None else _colours(node)[1]
