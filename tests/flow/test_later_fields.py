"""Requests and outputs may grow: what was asked for before is not asked for anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.flow.plans import plan_of
from unshackled.domain.facts import Fact, added
from unshackled.domain.package import HandsetLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.yaml_marks import SourceLocation, marked
from unshackled.flow.plan.dag import dag
from unshackled.flow.plan.parsed_step import parsed
from unshackled.flow.plan.plan import FromCheckout, FromLiteral, FromStep, PlannedStep
from unshackled.flow.plan.wiring import Wiring, later_fields
from unshackled.testing.made_up_checkouts import checkout_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A request as it was."""

    handset: HandsetLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The same with a literal and two facts more."""

    handset: HandsetLine | None = None
    priority: int = added(3)
    note: Quote | None = added(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Fact):
    """An output as it is now: it once had no `depot`."""

    reservation: str
    depot: str | None = added(None)


def step_of(request: type, **sources: Any) -> PlannedStep:
    """A step that asks so."""
    plan = plan_of({"stock": {"call": "stock.reserve"}, "confirm": {"confirm": "package"}})
    step = plan.steps["stock"]
    definition = replace(step.definition, request=request)
    return replace(step, definition=definition, sources=sources)


def test_a_later_field_at_its_default_is_no_part_of_the_request() -> None:
    """A literal at its default and a fact that nobody gives; another value is."""
    handset = FromCheckout(fact=HandsetLine)
    checkout = checkout_of()
    before = step_of(Before, handset=handset).digest(checkout)
    default = step_of(
        After, handset=handset, priority=FromLiteral(value=3), note=FromLiteral(value=None)
    )
    assert default.digest(checkout) == before
    urgent = step_of(After, handset=handset, priority=FromLiteral(value=1))
    assert urgent.digest(checkout) != before


def test_a_later_field_of_an_output_does_not_change_what_follows() -> None:
    """The step before was done by the version before, or again by this one: it is the same."""
    step = step_of(Before, handset=FromStep(step="step_0", fact=Found))
    checkout = checkout_of()
    digests = {
        step.digest(checkout.with_step("step_0", output={"reservation": "R-1", **more}))
        for more in ({}, {"depot": None})
    }
    assert len(digests) == 1
    moved = checkout.with_step("step_0", output={"reservation": "R-1", "depot": "Leeds"})
    assert step.digest(moved) not in digests


def test_a_stored_flow_fills_the_later_fields_that_it_filled() -> None:
    """One of a version that did not know a field never fills it; one of this version does."""
    report, mark = Diagnostics(), SourceLocation("stored", 1)
    made = parsed("stock", marked({"call": "stock.reserve"}, mark), report)
    assert made is not None
    step = replace(made, definition=replace(made.definition, request=After))
    order = dag({"stock": frozenset()})
    wiring = Wiring(sketches={"stock": step}, dag=order, report=report)
    quoted = FromCheckout(fact=Quote)
    filed = wiring.sources(step)
    assert filed["note"] == quoted
    assert later_fields(step, filed) == ["note"]
    unknown = replace(wiring, fields={}).sources(step)
    assert unknown["note"] == FromLiteral(value=None)
    assert unknown["handset"] == filed["handset"]
    assert later_fields(step, unknown) == []
    assert replace(wiring, fields={"stock": ["note"]}).sources(step)["note"] == quoted
    assert not len(report)
