"""The ledger in storms: it comes out even, says what the books say, and shows what does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, count
from typing import Any

import pytest

from tests.budget import budget
from tests.simulation.broken import (
    gives_nothing_back,
    repeats_blindly,
    takes_any_amount,
)
from unshackled.proving.simulation import play
from unshackled.proving.simulation.plans import cases_of, plans

SEEDS = budget(12, 60)
WITHIN = 2_000
OPEN = "is open between"
DENIED = "the books have"


def _shows(flow: str, build: Callable[..., Any], words: str) -> Callable[[int], bool]:
    plan = plans()[f"simulated/{flow}"]
    return lambda seed: any(words in line for line in play(plan, seed, build=build).wrong)


def _denied(flow: str, words: Sequence[str], **more: Any) -> Callable[[int], bool]:
    """Whether a seed of a flow with its cases breaks a promise in these words."""
    plan = plans()[f"simulated/{flow}"]

    def shows(seed: int) -> bool:
        wrong = play(plan, seed, cases=cases_of(plan), **more).wrong
        return any(all(word in line for word in words) for line in wrong)

    return shows


# Each first with the seed that shows it soonest.
@pytest.mark.parametrize(
    ("flow", "words", "build", "first"),
    [
        ("short", (OPEN,), takes_any_amount, 47),
        ("short", ("payment.refund_amount", "was done"), repeats_blindly, 0),
    ],
)
def test_a_case_that_refunds_another_sum_or_twice_is_caught(
    flow: str, words: Sequence[str], build: Callable[..., Any], first: int
) -> None:
    """Another sum than was decided is open; what is sent again blindly is made twice."""
    shows = _denied(flow, words, build=build)
    assert next(seed for seed in chain((first,), count()) if shows(seed)) < WITHIN


def test_what_is_held_is_captured_once_and_for_what_was_held() -> None:
    """Storms over a flow that holds money before the order: its ledger is that of the books."""
    plan = plans()["simulated/held"]
    told = [play(plan, seed) for seed in range(SEEDS)]
    assert [one.wrong for one in told if one.wrong] == []
    assert sum(one.completed for one in told) > SEEDS // 2


@pytest.mark.parametrize("flow", ["tiny", "held"])
def test_a_wrong_sum_that_nobody_compares_is_open_in_the_ledger(flow: str) -> None:
    """Charged or captured with another amount: customer and payment provider are not even."""
    caught = _shows(flow, takes_any_amount, OPEN)
    assert next(seed for seed in count() if caught(seed)) < WITHIN


def test_a_refund_that_never_was_is_denied_by_the_books() -> None:
    """The ledger says that the money went back, and the provider still has it."""
    caught = _shows("short", gives_nothing_back, DENIED)
    assert next(seed for seed in count() if caught(seed)) < WITHIN
