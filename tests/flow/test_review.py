"""A `review` step: a person decides, from a queue and until a deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from tests.flow.plans import plan_of
from tests.flow.world import EngineHarness
from unshackled.flow.engine import commands as c


async def _waiting(on_decline: str = "edit") -> EngineHarness:
    world = EngineHarness(
        plan_of(
            {
                "address": {"collect": "address"},
                "contact": {"collect": "contact"},
                "stock": {"call": "stock.reserve"},
                "fraud": {
                    "review": "fraud",
                    "needs": ["address"],
                    "deadline": timedelta(hours=4),
                    "on_decline": on_decline,
                },
                "confirm": {"confirm": "package"},
                "card": {"collect": "payment_method"},
                "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
                "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
            }
        )
    )
    await world.begin()
    await world.fill("contact", "address", "card")
    return world


async def _decide(world: EngineHarness, verdict: Literal["passed", "declined", "retry"]) -> None:
    await world.ask(c.Resolve(step="fraud", verdict=verdict, reason="looked at", operator="alice"))


async def test_a_review_waits_in_its_queue() -> None:
    """The step is in review under the queue's name, and the customer is told who looks at it."""
    world = await _waiting()
    state = await world.step("fraud")
    assert (state.state, state.code) == ("in_review", "fraud")
    (said,) = (await world.standing()).messages
    assert (said.code, said.params["who"]) == ("in_review", "person")
    assert said.params["until"] == state.deadline_at


async def test_a_review_that_passes_lets_the_customer_go_on() -> None:
    """After the person's yes the checkout can be completed."""
    world = await _waiting()
    await _decide(world, "passed")
    assert (await world.standing()).status == "ready_for_complete"
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_a_review_that_declines_ends_the_checkout_where_the_flow_says_so() -> None:
    """`on_decline: end`: canceled, and what was reserved is released."""
    world = await _waiting(on_decline="end")
    await _decide(world, "declined")
    end = await world.standing()
    assert (end.status, end.settled) == ("canceled", True)
    assert world.backends.standing("stock.reserve") == []


async def test_a_review_that_nobody_decides_is_declined_at_its_deadline() -> None:
    """Four hours pass, and the step is declined as timed out."""
    world = await _waiting()
    await world.wait(hours=5)
    state = await world.step("fraud")
    assert (state.state, state.code) == ("declined", "timed_out")


async def test_a_review_can_be_opened_again() -> None:
    """The verdict `retry` puts it back into the queue."""
    world = await _waiting()
    await _decide(world, "retry")
    assert (await world.step("fraud")).state == "in_review"
