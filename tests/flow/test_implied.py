"""What reads a price comes after whatever can bring one, without a word in the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from unshackled.domain.facts import Fact
from unshackled.domain.quote import BringsLines, Quote, QuoteLine
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.spec import StepSpec
from unshackled.flow.language.yaml_marks import SourceLocation, marked
from unshackled.flow.plan.conditions import variables_read
from unshackled.flow.plan.implied import Written, with_rules
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.steps import BaseDefinition

HERE = SourceLocation("flows/acme.yaml", 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced(BringsLines):
    """An output that costs something."""

    price: int

    def quote_lines(self) -> tuple[QuoteLine, ...]:
        """One line of its price."""
        line = QuoteLine(part="delivery", title="x", due_today=self.price, total=self.price)
        return (line,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Free(Fact):
    """An output without a price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A request that reads the quote."""

    quote: Quote


def step(name: str, *, request: type | None = None, output: type | None = None) -> ParsedStep:
    """A step that reads `request` and brings `output`."""
    made = BaseDefinition(kind="call", detail=name, entry="call", request=request, output=output)
    node = marked({"call": name}, HERE)
    return ParsedStep(name=name, node=node, spec=StepSpec(), definition=made, options={})


def implied(
    steps: list[ParsedStep],
    needs: Mapping[str, set[str]],
    expressions: Mapping[str, tuple[str, ...]] | None = None,
    confirm: str | None = None,
) -> tuple[Mapping[str, frozenset[str]] | None, Diagnostics]:
    """The full needs of some steps, and what is wrong with them."""
    report = Diagnostics()
    written = Written(
        sketches={one.name: one for one in steps},
        needs={one.name: frozenset(needs.get(one.name, ())) for one in steps},
        confirm=confirm,
        pivot=None,
        expressions=expressions or {},
    )
    return with_rules(written, report), report


SLOT, CHARGE = step("slot", output=Priced), step("charge", request=Charge)
CARD, YES = step("card", output=Free), step("yes")


def test_a_step_that_reads_the_quote_needs_what_brings_a_line() -> None:
    """By its request, its condition or its provider's rule; what reads no quote needs nothing."""
    expressions = {"card": ("quote.due_today > 0",)}
    found, report = implied([CARD, SLOT, CHARGE, YES], {}, expressions)
    assert found == {
        "card": {"slot"},
        "slot": frozenset(),
        "charge": {"slot"},
        "yes": frozenset(),
    }
    assert len(report) == 0


def test_confirm_needs_what_brings_a_line() -> None:
    """Nobody says yes to a price that is not known yet."""
    found, _ = implied([YES, SLOT], {}, confirm="yes")
    assert found is not None
    assert found["yes"] == {"slot"}


@pytest.mark.parametrize(
    ("needs", "expressions", "told"),
    [
        ({"slot": {"charge"}}, {}, "charge reads the quote, and slot can bring a price to it"),
        ({"slot": {"yes"}}, {}, "yes confirms the price, and slot can bring a price to it"),
        ({"slot": {"card"}, "card": {"yes"}}, {}, "slot must not need yes"),
        ({}, {"slot": ("quote.due_today > 0",)}, "cannot read the quote itself"),
    ],
)
def test_a_price_that_comes_too_late_is_a_mistake(
    needs: Mapping[str, set[str]], expressions: Mapping[str, tuple[str, ...]], told: str
) -> None:
    """A step that brings a price cannot come after one that reads the quote."""
    found, report = implied([CARD, SLOT, CHARGE, YES], needs, expressions, confirm="yes")
    assert found is None
    [mistake] = report.entries.values()
    assert (mistake.code, mistake.line) == ("implied_cycle", HERE.line)
    assert told in mistake.message


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("quote.due_today > 0", {"quote"}),
        ("has(package.credit) && steps.quote.price > 0", {"package", "steps"}),
        ('retailer.id == "quote" // quote', {"retailer"}),
    ],
)
def test_the_variables_of_a_condition_are_known(source: str, read: set[str]) -> None:
    """A field, a string or a comment of the same name is no variable."""
    assert variables_read(source) == read
