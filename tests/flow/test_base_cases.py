"""The base flows of cases, each proved with a retailer who extends it, say what they should."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.flow.files import cases, load
from unshackled.domain.case_terms import CaseTerms
from unshackled.flow.plan.registry import FlowRegistry

BASES: Final = Path(__file__).parents[2] / "flows" / "base"
NAMES: Final = ("refund", "return", "faulty", "exchange", "withdrawal", "stop")
ANYBODY: Final = ("customer", "retailer", "operator")
TERMS: Final[Mapping[str, CaseTerms]] = {
    "refund": CaseTerms(kind="refund", by=("retailer", "operator"), up_to="payment"),
    "return": CaseTerms(kind="return", by=ANYBODY, within=timedelta(days=14), from_="delivered"),
    "faulty": CaseTerms(kind="return", by=ANYBODY, within=timedelta(days=30), from_="delivered"),
    "exchange": CaseTerms(
        kind="return", by=("retailer", "operator"), within=timedelta(days=60), from_="delivered"
    ),
    "withdrawal": CaseTerms(
        kind="withdrawal", by=ANYBODY, within=timedelta(days=14), from_="agreement"
    ),
    "stop": CaseTerms(kind="stop", by=ANYBODY),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> FlowRegistry:
    """A retailer who extends every one of them."""
    own = "\n".join(f"{name}: {{extends: base/{name}}}" for name in NAMES)
    bases = {f"base/{name}.yaml": (BASES / f"{name}.yaml").read_text() for name in NAMES}
    return load(tmp_path_factory.mktemp("bases"), cases(own), **bases)


@pytest.mark.parametrize("name", NAMES)
def test_a_base_says_who_opens_it_and_until_when(book: FlowRegistry, name: str) -> None:
    """As the guide tells it."""
    assert book.cases["acme", name].case == TERMS[name]


def test_whatever_ends_with_goods_ends_once_they_are_back(book: FlowRegistry) -> None:
    """The return is the pivot; credit, line, mandate and money come after it, and never before."""
    for name in ("return", "faulty", "exchange"):
        flow = book.cases["acme", name]
        late = {step.name for step in flow.steps.values() if step.downstream_of_pivot}
        ends = {"line", "statement", "instalments", "credit", "mandate", "refund"}
        assert (flow.pivot, late) == ("goods", ends), name


def test_a_fault_is_looked_at_before_the_goods_are_sent_back(book: FlowRegistry) -> None:
    """A person may say no to it, and then the case ends."""
    claim = book.cases["acme", "faulty"].steps["claim"]
    assert (claim.definition.kind, claim.on_decline) == ("review", "end")
    assert "goods" in claim.descendants


def test_a_withdrawal_is_looked_at_on_day_thirty(book: FlowRegistry) -> None:
    """For as long as the customer has by law to repay, the lender is asked."""
    repaid = book.cases["acme", "withdrawal"].steps["repaid"]
    assert (repaid.deadline, repaid.follows_sale) == (
        timedelta(days=30),
        ("credit.activate", "credit.apply"),
    )
