"""Who does not answer a lower value in time has answered: the case goes on without them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from tests.flow.case_world import CaseHarness
from tests.flow.plans import plan_of
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.customer import TradeInAnswer
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected

WEEK: Final = timedelta(days=7)


async def waiting(on_decline: str = "skip") -> CaseHarness:
    """A sale whose old device turned out to be worth less: the customer is asked."""
    plan = plan_of(
        {
            "answer": {"collect": "trade_in_answer", "on_decline": on_decline, "deadline": WEEK},
            "told": {"call": "notification.send", "needs": ["answer"], "pivot": True},
        },
        case=CaseTerms(kind="trade_in", by=("flow",)),
    )
    world = CaseHarness(plan)
    await world.sell()
    assert (await world.states_of("trade_in-1"))["answer"] == "waiting_customer"
    return world


async def test_silence_ends_the_wait_at_its_deadline() -> None:
    """Not a moment before; then the case goes on without an output, and no answer is taken."""
    world = await waiting()
    await world.wait(days=6, hours=23)
    assert (await world.states_of("trade_in-1"))["answer"] == "waiting_customer"
    await world.wait(hours=2)
    assert await world.states_of("trade_in-1") == {"answer": "declined", "told": "passed"}
    run = await world.run_of("trade_in-1")
    assert (run.steps["answer"].code, run.steps["answer"].output) == ("timed_out", None)
    with pytest.raises(Rejected):
        await world.ask(c.Submit(step="answer", body={"accept": True}, run="trade_in-1"))


async def test_an_answer_in_time_counts() -> None:
    """And stays what it is when the deadline passes."""
    world = await waiting()
    await world.wait(days=6)
    await world.ask(c.Submit(step="answer", body={"accept": False}, run="trade_in-1"))
    await world.wait(days=2)
    run = await world.run_of("trade_in-1")
    assert run.steps["answer"].state == "passed"
    assert run.steps["answer"].output == {"accept": False}


async def test_without_the_word_a_form_waits_for_ever() -> None:
    """Only a flow that says `on_decline: skip` goes on without its customer."""
    world = await waiting("edit")
    await world.wait(days=60)
    assert (await world.states_of("trade_in-1"))["answer"] == "waiting_customer"


def test_only_an_answer_may_stay_out() -> None:
    """Its model says so; a form that a contract needs is never left out."""
    assert TradeInAnswer.silence
