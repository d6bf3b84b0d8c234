"""Whatever a file says: it loads, or every mistake is told at a line. Nothing else happens."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.budget import budget
from tests.flow.files import GOOD, mistakes, steps
from unshackled.flow.language.diagnostics import CODES
from unshackled.flow.language.durations import duration, written
from unshackled.flow.plan.dag import closure, dag, find_cycle, with_implied
from unshackled.flow.plan.language_schema import flow_schema

FLOWS = Path(__file__).parents[2] / "flows"
GOOD_FILES = {"acme.yaml": yaml.safe_load(steps("{}")), "base/good.yaml": yaml.safe_load(GOOD)}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "contact", "env:X", "30m", "has(package.tariff)", "base/good", "é\n"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["call", "needs", "when", "first", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document."""
    entries: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        entries = list(enumerate(value))
    return [path, *(deeper for key, item in entries for deeper in paths(item, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with one place changed."""
    if not path:
        return value
    copy = list(document) if isinstance(document, list) else dict(document)
    copy[path[0]] = changed(document[path[0]], path[1:], value)
    return copy


PLACES = [(name, path) for name, document in GOOD_FILES.items() for path in paths(document)]


@settings(max_examples=budget(50, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=1))
def test_any_change_loads_or_is_told(
    changes: list[tuple[tuple[str, tuple[Any, ...]], Any]],
) -> None:
    """No value at any place makes the loader fail in another way than by its mistakes."""
    files = dict(GOOD_FILES)
    for (name, path), value in changes:
        if path in paths(files[name]):
            files[name] = changed(files[name], path, value)
    texts = {name: json.dumps(document) for name, document in files.items()}
    with tempfile.TemporaryDirectory() as folder:
        found = mistakes(Path(folder), texts)
    assert all(m.line >= 1 and m.code in CODES for m in found)


@settings(max_examples=budget(40, 100), deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_told(text: str) -> None:
    """A file that is no flow at all is told as such."""
    with tempfile.TemporaryDirectory() as folder:
        assert mistakes(Path(folder), {"acme.yaml": text})


@given(st.data())
def test_implied_needs_keep_an_order(data: st.DataObject) -> None:
    """With `confirm` and pivot anywhere, the steps still have an order that keeps every need."""
    names = [f"s{number}" for number in range(data.draw(st.integers(2, 8)))]
    needs = {
        name: frozenset(data.draw(st.sets(st.sampled_from(names[:number]))))
        if number
        else frozenset[str]()
        for number, name in enumerate(names)
    }
    confirm, pivot = data.draw(st.permutations(names))[:2]
    full = with_implied(needs, confirm=confirm, pivot=pivot, best_effort=())
    assert find_cycle(full) == ()
    order = dag(full)
    assert sorted(order.order) == names
    for name in names:
        assert all(order.order.index(need) < order.order.index(name) for need in full[name])
        assert order.ancestors[name] == closure(full)[name]
    assert set(names) == order.ancestors[pivot] | order.descendants[pivot] | {pivot}


@given(data=st.data())
def test_of_the_steps_that_may_come_next_the_first_written_does(data: st.DataObject) -> None:
    """The order follows the file wherever needs leave a choice."""
    names = data.draw(st.permutations([f"s{number}" for number in range(7)]))
    ranks = data.draw(st.permutations(names))
    needs = {
        name: frozenset(
            data.draw(st.sets(st.sampled_from(names))) & set(ranks[: ranks.index(name)])
        )
        for name in names
    }
    left, expected = list(names), list[str]()
    while left:
        expected.append(next(name for name in left if needs[name] <= set(expected)))
        left.remove(expected[-1])
    assert dag(needs).order == tuple(expected)


@given(data=st.data())
def test_a_circle_is_one_of_needs_and_begins_where_it_is_written_first(data: st.DataObject) -> None:
    """Each step of a circle needs the next one; where there is an order there is no circle."""
    names = data.draw(st.permutations([f"s{number}" for number in range(5)]))
    needs = {name: frozenset(data.draw(st.sets(st.sampled_from(names)))) for name in names}
    circle = find_cycle(needs)
    if not circle:
        assert len(dag(needs).order) == len(names)
        return
    assert circle[0] == circle[-1]
    assert circle[0] == min(circle, key=names.index)
    assert all(after in needs[before] for before, after in pairwise(circle))


@given(st.integers(1, 9999), st.sampled_from(["ms", "s", "m", "h"]))
def test_durations_are_written_as_they_are_read(count: int, unit: str) -> None:
    """A duration keeps its length when it is written in its biggest exact unit."""
    assert duration(written(duration(f"{count}{unit}"))) == duration(f"{count}{unit}")


def test_schema_accepts_the_shipped_flows() -> None:
    """The schema for editors knows every key that the shipped files use."""
    check = jsonschema_rs.validator_for(flow_schema())
    for path in (*FLOWS.glob("*.yaml"), *FLOWS.glob("base/*.yaml")):
        wrong = [str(error) for error in check.iter_errors(yaml.safe_load(path.read_text()))]
        assert wrong == [], path.name


def test_schema_refuses_what_the_loader_refuses() -> None:
    """A misspelled key, a wrong duration and an unknown operation are marked in the editor."""
    check = jsonschema_rs.validator_for(flow_schema())
    for change in ("stock: {tiemout: 3s}", "stock: {timeout: soon}", "stock: {call: stock.borrow}"):
        assert not check.is_valid(yaml.safe_load(steps(change)))
    assert check.is_valid(yaml.safe_load(steps("stock: {call: stock.reserve, when: null}")))
