"""Storms after the sale: cases of every kind, with crashes, lost answers and late notices."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from tests.budget import budget
from tests.simulation.broken import ForgetsCasesEngine
from unshackled.proving.simulation import play
from unshackled.proving.simulation.plans import cases_of, plans

SEEDS = budget(10, 60)
WITHIN = 2_000


def storm(flow: str, seed: int, **more: Any) -> Any:
    """One seed of a flow of ours, with the cases of its sales."""
    plan = plans()[f"simulated/{flow}"]
    return play(plan, seed, cases=cases_of(plan), **more)


@pytest.mark.parametrize("flow", ["tiny", "held", "long"])
def test_every_case_ends_and_none_goes_beyond_what_came_in(flow: str) -> None:
    """Each has one end, did what its steps say and no more, and comes out even in the ledger."""
    found = [storm(flow, seed) for seed in range(SEEDS)]
    assert [(one.seed, one.wrong) for one in found if one.wrong] == []
    assert sum(one.cases for one in found) > SEEDS // 2


def test_a_rule_that_forgets_earlier_cases_is_caught() -> None:
    """Opened as if there had been none before, cases give back more than came in."""
    words = ("that came in", "that was taken")
    seeds = (
        seed
        for seed in count()
        if any(line.endswith(words) for line in storm("tiny", seed, build=ForgetsCasesEngine).wrong)
    )
    assert next(seeds) < WITHIN
