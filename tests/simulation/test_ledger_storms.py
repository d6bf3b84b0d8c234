"""The ledger in storms: it comes out even, says what the books say, and shows what does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.budget import budget
from tests.simulation.broken import gives_nothing_back, takes_any_amount
from unshackled.proving.simulation import play
from unshackled.proving.simulation.plans import plans

SEEDS = budget(12, 60)
WITHIN = 2_000
OPEN = "is open between"
DENIED = "the books have"


def _shows(flow: str, build: Callable[..., Any], words: str) -> Callable[[int], bool]:
    plan = plans()[f"simulated/{flow}"]
    return lambda seed: any(words in line for line in play(plan, seed, build=build).wrong)


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
