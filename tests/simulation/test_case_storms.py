"""Storms after the sale: cases of every kind, with crashes, lost answers and late notices."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count
from typing import Any

import pytest

from tests.budget import budget
from tests.simulation.broken import repeats_blindly
from tests.simulation.broken_cases import (
    ClaimsNothingEngine,
    ForgetsCasesEngine,
    OverlooksExcessEngine,
    OverlooksWithdrawalEngine,
    leaves_agreements_live,
    settles_nothing,
)
from unshackled.proving.simulation import play
from unshackled.proving.simulation.plans import cases_of, plans

SEEDS = budget(6, 60)
UPGRADES = budget(5, 60)
WITHIN = 2_000
# Where most kinds are opened.
FIRST = (("simulated/lined", 0), ("upgrading/upgraded", 18))


def storm(flow: str, seed: int, **more: Any) -> Any:
    """One seed of a flow of ours, with the cases of its sales."""
    plan = plans()[flow]
    return play(plan, seed, cases=cases_of(plan), **more)


@pytest.mark.parametrize("flow", ["simulated/tiny", "simulated/held", "simulated/long"])
def test_every_case_ends_and_none_goes_beyond_what_came_in(flow: str) -> None:
    """Each has one end, did what its steps say and no more, and comes out even in the ledger."""
    found = [storm(flow, seed) for seed in range(SEEDS)]
    assert [(one.seed, one.wrong) for one in found if one.wrong] == []
    assert sum(sum(one.cases.values()) for one in found) > SEEDS // 2


@pytest.mark.parametrize("flow", ["upgraded", "inspected", "on-credit"])
def test_upgrades_owe_nobody_twice_and_no_device_is_taken_twice(flow: str) -> None:
    """The old agreement is paid off whole and once, whoever pays it, and the device looked at."""
    found = [storm(f"upgrading/{flow}", seed) for seed in range(UPGRADES)]
    assert [(one.seed, one.wrong) for one in found if one.wrong] == []
    assert sum(one.cases["trade-in"] for one in found) > UPGRADES // 3


# Each with a promise taken out, from the seed on that shows it first.
@pytest.mark.parametrize(
    ("flow", "build", "words", "first"),
    [
        ("simulated/tiny", ForgetsCasesEngine, "that was taken", 0),
        ("simulated/tiny", OverlooksExcessEngine, "that was taken goes back", 316),
        ("simulated/long", leaves_agreements_live, "end the agreement", 4),
        ("simulated/long", repeats_blindly, "agreements were made for one handset", 16),
        ("upgrading/upgraded", OverlooksWithdrawalEngine, "back of", 23),
        ("upgrading/upgraded", settles_nothing, "of an old agreement", 0),
        ("upgrading/inspected", settles_nothing, "of an old agreement", 0),
        ("upgrading/upgraded", ClaimsNothingEngine, "is taken again", 5),
    ],
)
def test_a_broken_promise_of_what_comes_after_the_sale_is_caught(
    flow: str, build: Callable[..., Any], words: str, first: int
) -> None:
    """Beyond what came in, a second agreement, one that lives on, an old one, a device twice."""
    seeds = (
        seed
        for seed in chain((first,), count())
        if any(words in line for line in storm(flow, seed, build=build).wrong)
    )
    assert next(seeds) < WITHIN


def test_every_kind_of_case_is_opened_in_storms() -> None:
    """Also those that are data alone, and the one that a sale opens by itself."""
    left = {plan.name for one in plans().values() for plan in cases_of(one)}
    for flow, seed in chain(FIRST, (("upgrading/upgraded", seed) for seed in count())):
        left -= storm(flow, seed).cases.keys()
        if not left:
            return
        assert seed < WITHIN
