"""What came in for a sale and when: from the outputs of its own steps, as providers told them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.flow.plan.sale_money import sale_money
from unshackled.ports.orders import OrderDispatched
from unshackled.ports.outcome import Passed, Pending
from unshackled.testing.samples import sample


async def _sold(**steps: Any) -> EngineHarness:
    world = EngineHarness(credit_plan(**steps))
    await world.ready()
    return world


async def test_nothing_came_in_before_the_yes() -> None:
    """An open checkout has captured, financed and started nothing."""
    world = await _sold()
    money = sale_money(world.plan, await world.seen())
    assert (money.captured, money.financed, dict(money.started)) == (0, 0, {})


async def test_captured_and_financed_are_what_providers_said() -> None:
    """The deposit that was charged and the credit that was activated, and all of the order."""
    world = await _sold()
    await world.complete()
    checkout = await world.seen()
    money, package = sale_money(world.plan, checkout), checkout.package
    assert package.credit is not None
    assert money.captured == checkout.quote.due_today > 0
    assert money.financed == package.credit.amount
    assert money.started["completed"] == checkout.completed_at
    signed = checkout.steps["agreement"].updated_at
    assert signed is not None
    assert money.started["agreement"] >= signed


async def test_goods_that_were_not_sent_start_no_window() -> None:
    """Where the flow waits for the dispatch, its day counts, and none before it."""
    steps = {"dispatch": {"call": "orders.dispatch", "needs": ["order"]}}
    world = EngineHarness(credit_plan(**steps))
    sent = Passed(output=sample(OrderDispatched))
    world.backends.script("orders.dispatch", Pending(poll_after=timedelta(hours=1)), sent)
    await world.ready()
    await world.complete()
    before = sale_money(world.plan, await world.seen()).started
    assert "dispatched" not in before
    assert "delivered" not in before
    await world.wait(days=1)
    assert sale_money(world.plan, await world.seen()).started["dispatched"] == (
        sent.output.dispatched_at
    )
