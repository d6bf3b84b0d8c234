"""Programmes in a retailer's file: read as data, and held against what the flow does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError

from unshackled.adapter_registry import find
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.language.upgrade_spec import UpgradeSpec
from unshackled.flow.plan.plan import FromLiteral
from unshackled.flow.plan.registry import FlowRegistry, load_flows

FLOWS: Final = Path(__file__).parents[2] / "flows"
EARLY: Final = "left_paid_by: customer"
CASE: Final = "extends: base/trade-in-settlement"
# A lower value counts without a question.
UNASKED: Final = (
    "{answer: null, inspect: {on_decline: edit}, ending: {needs: [regrade]},"
    " outcome: {needs: [regrade, standing]}}"
)


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
    book = load(tmp_path / "a", ("surplus: pay_out", "surplus: forfeit\n      silence: decline"))
    plan = book.plans["orbit", "upgrade"]
    source = plan.step("eligibility").sources["programme"]
    assert source == FromLiteral(
        value=Programme(
            name="early",
            months=24,
            min_repayments=12,
            surplus="forfeit",
            silence="decline",
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


def _refused(folder: Path, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(FlowMistakes) as refused:
        load(folder, *changes)
    return [(one.code, one.message) for one in refused.value.mistakes]


WAITS: Final = """
inspect: waits 21d, and the programme early of upgrade says 28d (return_within 21d and \
inspect_within 7d): write `deadline: 28d`, or change the programme
answer: waits 7d, and the programme early of upgrade says 10d (answer_within): write \
`deadline: 10d`, or change the programme
trade-in: the programme on-inspection of upgrade-on-inspection settles the old agreement after the \
inspection, and no step does: add `call: credit.settle`, or extend base/trade-in-settlement
"""
ENDLESS: Final = """
inspect: waits without an end, and the programme early of upgrade says 21d (return_within 14d and \
inspect_within 7d): write `deadline: 21d` and `on_decline: skip`
trade-in: asks the customer nothing, and the programme early of upgrade gives them 7d to answer a \
lower value (answer_within): add a step `collect: trade_in_answer`
"""
NOBODY: Final = """
eligibility: the programme early takes the old device back, and nobody looks at it: add a flow of \
the retailer that the sale opens, e.g. `trade-in: {extends: base/trade-in-inspection}`
"""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            (
                (EARLY, f"{EARLY}\n      return_within: 21d\n      answer_within: 10d"),
                (CASE, "extends: base/trade-in-inspection"),
            ),
            WAITS,
        ),
        (((CASE, f"{CASE}\n    steps: {UNASKED}"),), ENDLESS),
        (((f"  trade-in:\n    {CASE}", ""),), NOBODY),
    ],
)
def test_a_case_that_does_not_keep_its_programme_does_not_start(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], expected: str
) -> None:
    """It waits more or less, or without an end, asks or settles nothing, or is not there."""
    found = _refused(tmp_path / "flows", *changes)
    assert {*expected.strip().splitlines()} <= {message for _, message in found}, found
    own = {"upgrade_waits_otherwise", "upgrade_not_settled", "upgrade_not_inspected"}
    # Without the case its steps are unknown to notifications too.
    assert {code for code, _ in found} <= {*own, "unknown_event_step"}


def test_a_time_that_is_told_in_days_is_whole_days() -> None:
    """36 hours would be told as one day."""
    with pytest.raises(ValidationError, match="answer_within: 36h are no whole days"):
        UpgradeSpec.model_validate({"months": 24, "min_repayments": 12, "answer_within": "36h"})


def test_programmes_with_other_times_have_cases_of_their_own(tmp_path: Path) -> None:
    """Each needs a case that waits as it says, and a case that keeps none does not start."""
    other = """  trade-in-slowly:
    extends: base/trade-in-settlement
    opens: {when: has(sale.trade_in) && has(sale.contact) && !has(sale.existing_agreement)}
    steps: {inspect: {deadline: 28d}}
  trade-in:
"""
    longer = (EARLY, f"{EARLY}\n      return_within: 21d")
    kept = load(tmp_path / "a", longer, ("  trade-in:\n", other))
    assert ("orbit", "trade-in-slowly") in kept.cases
    with pytest.raises(FlowMistakes, match="inspect: waits 28d"):
        load(tmp_path / "b", ("  trade-in:\n", other))
