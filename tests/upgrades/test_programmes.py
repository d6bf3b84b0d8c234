"""Programmes in a retailer's file: read as data, and held against what the flow does."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from unshackled.adapter_registry import find
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.plan.plan import FromLiteral
from unshackled.flow.plan.registry import FlowRegistry, load_flows

FLOWS: Final = Path(__file__).parents[2] / "flows"
EARLY: Final = "left_paid_by: customer"


def load(folder: Path, *changes: tuple[str, str]) -> FlowRegistry:
    """The shipped flows, with changes of the file of the retailer that upgrades."""
    shutil.copytree(FLOWS, folder, dirs_exist_ok=True)
    file = folder / "orbit.yaml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)
    return load_flows(folder, find())


def test_a_flow_has_the_terms_of_the_programme_that_it_names(tmp_path: Path) -> None:
    """Every key, and the defaults of the others; another term is another flow."""
    book = load(tmp_path / "a", ("surplus: pay_out", "surplus: forfeit\n      return_within: 21d"))
    plan = book.plans["orbit", "upgrade"]
    source = plan.step("eligibility").sources["programme"]
    assert source == FromLiteral(
        value=Programme(
            name="early",
            months=24,
            min_repayments=12,
            surplus="forfeit",
            return_within=timedelta(days=21),
        )
    )
    assert plan.digest != load(tmp_path / "b").plans["orbit", "upgrade"].digest


@pytest.mark.parametrize(
    ("code", "says", "old", "new"),
    [
        ("wrong_value", "allowed are early", "{programme: early}", "{programme: late}"),
        ("wrong_value", "surplus", "surplus: pay_out", "surplus: keep"),
        ("unknown_key", "colour", "worst_grade: worn", "colour: red"),
        (
            "wrong_value",
            "at_order",
            "left_paid_by: new_credit",
            "left_paid_by: new_credit\n      settles: after_inspection",
        ),
        ("wrong_value", "is over", EARLY, f"{EARLY}\n      not_returned: agreement_goes_on"),
        (
            "upgrade_not_settled",
            "add `call: credit.settle`",
            "settle_old:   {call: credit.settle, needs: [order, eligibility]}",
            "amendment:    {}",
        ),
        (
            "upgrade_settled_twice",
            "after the inspection",
            EARLY,
            f"{EARLY}\n      settles: after_inspection",
        ),
        ("upgrade_not_read", "upgraded_agreement", EARLY, "left_paid_by: new_credit"),
    ],
)
def test_what_does_not_go_together_does_not_start(
    tmp_path: Path, code: str, says: str, old: str, new: str
) -> None:
    """The mistake by its code, in words that say what is allowed."""
    with pytest.raises(FlowMistakes) as refused:
        load(tmp_path / "flows", (old, new))
    mistakes = [(one.code, one.message) for one in refused.value.mistakes]
    assert any(one == code and says in message for one, message in mistakes), mistakes
