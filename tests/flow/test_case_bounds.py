"""A checkout with cases has a greatest size, too."""

import pytest

from tests.flow.case_world import CaseHarness, refund_plan
from unshackled.domain import bounds
from unshackled.domain.case_opening import CaseWish, WantedLine
from unshackled.domain.events.step_events import StepReset
from unshackled.domain.records import replace
from unshackled.domain.runs import CASE_PAST, RunView, StepsPrivate, merge
from unshackled.domain.states import State
from unshackled.errors import Refused
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.case_start import MOST_CASES
from unshackled.flow.engine.size_limits import has_room, size_of
from unshackled.testing.made_up_checkouts import checkout_of, run_of
from unshackled.testing.samples import NOW

A_PENNY = CaseWish(
    by="retailer", reason="goodwill", lines=(WantedLine(part="accessories", amount=1),)
)


async def test_a_checkout_has_so_many_cases_and_no_more() -> None:
    """The next one is refused, whatever it is about, and nothing of it is written."""
    world = CaseHarness(refund_plan())
    await world.sell()
    for _ in range(MOST_CASES):
        await world.open(wish=A_PENNY)
    with pytest.raises(Rejected) as refused:
        await world.open(wish=A_PENNY)
    assert (refused.value.code, refused.value.details["most"]) == ("too_many_cases", MOST_CASES)
    seen = await world.seen()
    assert len(seen.runs) == MOST_CASES
    assert size_of(seen) < bounds.SNAPSHOT * 3 // 4


async def test_a_step_that_is_tried_for_ever_keeps_the_newest_of_its_past() -> None:
    """Operators may try again as often as they want: what is remembered of it has a bound."""
    world = CaseHarness(refund_plan())
    await world.sell()
    world.backends.script("payment.refund_amount", Refused("no", provider="main", code="bad"))
    await world.open()
    view = world.plans().view_of(await world.seen(), "refund-1")
    for number in range(CASE_PAST + 7):
        step = replace(view.steps["refund"], reference=f"R{number}", provider="main")
        step = replace(step, state=State.IN_REVIEW)
        view = replace(view, steps={**view.steps, "refund": step})
        view = StepReset(step="refund", reason="operator").fold(view, NOW)
    assert isinstance(view, RunView)
    past = [*merge(view).runs["refund-1"].past]
    assert past == [f"R{number}" for number in range(7, CASE_PAST + 7)]


def test_what_cases_have_counts_for_the_room_of_each() -> None:
    """An answer fits a case only where it fits the whole checkout, with its other cases."""
    world = CaseHarness(refund_plan())
    big = {"step_1": {"text": "x" * (bounds.SNAPSHOT * 3 // 4)}}
    sale = checkout_of(version=5)
    private = replace(sale.private, runs={"return-1": StepsPrivate(outputs=big)})
    runs = {"refund-1": run_of(), "return-1": run_of("return-1")}
    whole = replace(sale, runs=runs, private=private)
    view = world.plans().view_of(whole, "refund-1")
    answer = {"text": "y" * (bounds.SNAPSHOT // 6)}
    assert size_of(view) == size_of(whole)
    assert not has_room(world.cases[0], view, answer)
    alone = world.plans().view_of(replace(sale, runs={"refund-1": run_of()}), "refund-1")
    assert has_room(world.cases[0], alone, answer)
