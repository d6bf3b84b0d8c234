"""Browser, callback, poller, timer and operator on one checkout in the same instant.

Two replicas share one store; two to five acts begin at the same moment, in the orders in which
requests can arrive and the database and the backends can answer (see `explorer.py`). Afterwards
time passes until the checkout is at rest, and it is judged against the backends' books: one order
or none, the money taken once or given back, one end, and every accepted command kept.

Explored in each run: every order of each act and the next of its scenario; every order of all acts
where that takes at most `IN_FULL` schedules (913 for 36,836); of the others `WALKS` schedules by
chance. In `make deep` every order of every two acts (4,092 schedules, which stand for 786,720
orders), and five times the walks. With `HYPOTHESIS_PROFILE=search` all orders of the scenarios that
name their number: 54,522,867 of five acts and 904,344,413 of four.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

import pytest

from tests.budget import DEEP, PROFILE, budget
from tests.flow.explorer import Course, Explored, explore, wander
from tests.flow.instant import Act, Scene, play
from tests.flow.scenarios import SCENARIOS, Scenario

IN_FULL = 500
WALKS = budget(60, 300)
PAIRS = budget((1_000, 100_000), (4_000, 750_000))  # schedules and orders, at least
SEARCH = PROFILE == "search"
KNOWN = [name for name, one in SCENARIOS.items() if one.full and (SEARCH or one.full[0] <= IN_FULL)]
OTHERS = [name for name in SCENARIOS if name not in KNOWN]


def _explored(scenario: Scenario, scene: Scene, acts: Mapping[str, Act]) -> Explored:
    def one(course: Course) -> tuple[str, list[str]]:
        return play(scene, acts, course, scenario.check)

    return explore(one)


def _pairs(acts: Mapping[str, Act]) -> set[tuple[str, str]]:
    """Each act and the next one, or every two."""
    return set(combinations(acts, 2)) if DEEP else set(pairwise(acts))


def test_any_two_acts_keep_every_promise_in_every_order() -> None:
    """Whichever two of a scenario meet, in whichever order: the checkout comes out right."""
    schedules, interleavings = 0, 0
    for scenario in SCENARIOS.values():
        scene, acts = scenario.begin()
        for pair in sorted(_pairs(acts)):
            found = _explored(scenario, scene, {name: acts[name] for name in pair})
            assert found.wrong == []
            assert found.complete
            schedules += found.schedules
            interleavings += found.interleavings
    assert schedules >= PAIRS[0]
    assert interleavings >= PAIRS[1]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", KNOWN)
def test_all_acts_keep_every_promise_in_every_order(name: str) -> None:
    """Whoever comes first: one order at most, the money right, one end, nothing lost."""
    scenario = SCENARIOS[name]
    found = _explored(scenario, *scenario.begin())
    assert found.wrong == []
    assert set(found.ends) == scenario.ends
    assert found.complete
    assert (found.schedules, found.interleavings) == scenario.full


@pytest.mark.parametrize("name", OTHERS)
def test_all_acts_keep_every_promise_in_orders_by_chance(name: str) -> None:
    """As above, for what has too many orders: some hundreds of them, most of them different."""
    scenario = SCENARIOS[name]
    scene, acts = scenario.begin()
    found = wander(lambda course: play(scene, acts, course, scenario.check), schedules=WALKS)
    assert found.wrong == []
    assert set(found.ends) == scenario.ends
    assert found.schedules == WALKS
    assert len(found.different) >= WALKS * 2 / 3


@pytest.mark.parametrize("name", SCENARIOS)
def test_without_compare_and_swap_every_scenario_breaks(name: str) -> None:
    """The explorer finds what a database that compares nothing does to each of them."""
    scenario = SCENARIOS[name]
    scene, acts = scenario.begin()
    found = _explored(scenario, scene.careless(), acts)
    assert found.wrong
    assert found.schedules <= 100
