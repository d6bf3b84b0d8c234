"""Variables of conditions: a row says truly what lies under its name, at load and at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.flow.files import mistakes, plan, steps
from tests.flow.test_conditions import CREDIT, HANDSET, QUOTE
from unshackled.domain.checkout import Checkout
from unshackled.domain.package import Package
from unshackled.domain.personal import fields_of
from unshackled.flow.language.yaml_marks import SourceLocation, YamlNode
from unshackled.flow.plan.annotations import unwrap
from unshackled.flow.plan.condition_variables import (
    NAMES,
    VARIABLES,
    Variable,
    known_variables,
)
from unshackled.flow.plan.conditions import BadCondition, compile_condition, variables_read
from unshackled.flow.plan.dag import dag
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.typed_samples import Sample, space

ROWS = pytest.mark.parametrize("row", VARIABLES, ids=lambda row: row.name)
# What is known of a checkout, by attribute: all that any variable is made of.
KNOWN: Final[dict[str, Any]] = {
    "package": Package(handset=HANDSET, credit=CREDIT),
    "quote": QUOTE,
    "retailer": "northstar",
    "currency": "GBP",
    "flow": "buy",
}


def samples(words: str) -> list[Sample]:
    """Every case of a flow without steps whose proofs say these words."""
    layout = ResolvedFlow(
        flow="f",
        body=YamlNode({}, SourceLocation("f", 1)),
        sketches={},
        dag=dag({}),
        confirm=None,
        pivot=None,
        partial=False,
    )
    return list(space(layout, (), words))


@ROWS
def test_a_variable_is_made_of_attributes_of_a_checkout(row: Variable) -> None:
    """Each that it reads is one, and known to this test."""
    assert set(row.reads) <= set(fields_of(Checkout)) & KNOWN.keys()


@ROWS
def test_what_lies_under_a_variable_is_what_its_type_says(row: Variable) -> None:
    """No key that the type has not, and none is missing but one that may be absent."""
    made = known_variables(KNOWN)[row.name]
    shape = fields_of(row.type)
    assert made.keys() <= shape.keys()
    needed = {name for name, kind in shape.items() if not unwrap(kind).optional}
    assert needed <= made.keys()


@ROWS
def test_every_field_of_a_variable_can_be_asked_for_in_every_case(row: Variable) -> None:
    """At load and at run time alike: a condition is proved over what it is evaluated on."""
    for name in fields_of(row.type):
        condition = compile_condition(f"has({row.name}.{name})", {})
        assert variables_read(condition.source) == {row.name}
        assert condition.evaluate({**known_variables(KNOWN), "steps": {}}) is not None
        found = [condition.evaluate(sample.variables) for sample in samples(name)]
        optional = unwrap(fields_of(row.type)[name]).optional and row.sample is None
        assert set(found) == ({True, False} if optional else {True}), name


@ROWS
def test_a_sample_has_every_field_of_the_type(row: Variable) -> None:
    """So no condition that could be written is left unproved."""
    for sample in samples(""):
        assert sample.variables[row.name].keys() == fields_of(row.type).keys()


@pytest.mark.parametrize("missing", KNOWN)
def test_a_variable_that_is_not_known_yet_leaves_a_condition_open(missing: str) -> None:
    """Before there is a checkout, only the conditions that read what is known are decided."""
    known = {name: value for name, value in KNOWN.items() if name != missing}
    for row in VARIABLES:
        [first, *_] = fields_of(row.type)
        condition = compile_condition(f"has({row.name}.{first})", {})
        decided = condition.evaluate({**known_variables(known), "steps": {}}) is not None
        assert decided is (missing not in row.reads)


def test_an_unknown_variable_is_refused_with_those_there_are() -> None:
    """The rows, and the outputs of steps."""
    with pytest.raises(BadCondition, match=f"allowed are {', '.join(sorted(NAMES))}$"):
        compile_condition("basket.total > 1", {})


def test_what_a_flow_is_sold_by_is_known_to_its_proofs(tmp_path: Path) -> None:
    """A condition on the retailer is proved with the retailer's own id, not with a made-up one."""
    held = 'sim: {when: has(package.tariff) && retailer.id == "%s"}'
    assert plan(tmp_path / "own", held % "acme").step("sim").when is not None
    found = mistakes(tmp_path / "other", {"acme.yaml": steps(held % "else")})
    assert {one.code for one in found} == {"part_not_carried", "price_not_collected"}
