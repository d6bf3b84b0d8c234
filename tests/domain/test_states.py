"""The one home of the sets of states: each has one word, and no other module defines one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import unshackled
from unshackled.domain import states
from unshackled.domain.states import State

ROOT = Path(unshackled.__file__).parent
SETS = {
    name: value
    for name, value in vars(states).items()
    if isinstance(value, frozenset) and name.isupper() and value <= frozenset(State)
}


def _is_state(node: ast.expr) -> bool:
    """`State.READY`, `*WAITING` or the word of a state."""
    if isinstance(node, ast.Starred):
        return isinstance(node.value, ast.Name) and node.value.id in SETS
    if isinstance(node, ast.Constant):
        return node.value in set(State)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("State", "S", "states")
        and node.attr in State.__members__
    )


def sets_in(source: str) -> Iterator[int]:
    """The lines where a collection of states, or one made of the named sets, is written."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Set | ast.Tuple | ast.List):
            if len(node.elts) > 1 and all(map(_is_state, node.elts)):
                yield node.lineno
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.Sub | ast.BitAnd):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.Name) and side.id in SETS for side in sides):
                yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "X = frozenset({State.PASSED, State.SKIPPED})",
        "if state.state in (State.READY, *WAITING): pass",
        "X = OVER - {State.UNDONE}",
        'LEAVING = ("undoing", "undo_failed")',
    ],
)
def test_a_set_of_states_is_found_however_it_is_written(source: str) -> None:
    """The search sees sets, tuples, arithmetic on the named sets, and plain words."""
    assert list(sets_in(source)) == [1]


def test_no_other_module_defines_a_set_of_states() -> None:
    """The rooms that decide, store and answer take their sets from `domain/states.py`."""
    rooms = ("domain", "flow", "store", "http", "events", "routing", "testing", "telemetry")
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
        if path != Path(states.__file__)
        for line in sets_in(path.read_text())
    ]
    assert found == []


def test_each_set_has_one_word_and_is_used() -> None:
    """No two names mean the same states, and none is there for nobody."""
    assert len(set(SETS.values())) == len(SETS)
    source = "\n".join(
        path.read_text() for path in ROOT.rglob("*.py") if path != Path(states.__file__)
    )
    own = Path(states.__file__).read_text()
    unused = [name for name in SETS if name not in source and own.count(name) < 2]
    assert unused == []


def test_the_words_for_operators_are_states_but_for_two() -> None:
    """What a checkout is listed under is a state of a step, or that time ran out on it.

    What it got had ended, or what was promised has not come.
    """
    assert states.ATTENTION - set(State) == {states.EXPIRED, states.LATE}
