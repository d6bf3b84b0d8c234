"""Nothing is ordered before what is due today was collected, whatever the flow says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.plans import When, credit_plan, plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.attention import attention_of
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.outcome import Declined
from unshackled.testing.samples import QUOTE

GOODS: dict[str, dict[str, Any]] = {
    "contact": {"collect": "contact"},
    "address": {"collect": "address"},
    "stock": {"call": "stock.reserve"},
    "confirm": {"confirm": "package"},
}
FREE = replace(QUOTE, due_today=0)


def _without_payment() -> EngineHarness:
    order = {"call": "orders.place", "needs": ["confirm"], "pivot": True}
    return EngineHarness(plan_of({**GOODS, "order": order}))


async def _confirmed(world: EngineHarness, **more: Any) -> EngineHarness:
    await world.begin(**more)
    await world.fill()
    await world.complete()
    return world


async def _held_back(world: EngineHarness) -> None:
    """Nothing was sent, a person is told, and the customer's status is honest."""
    state = await world.step("order")
    assert (state.state, state.code, state.sent) == ("in_review", "unpaid", False)
    assert world.backends.calls("orders.place") == []
    assert "in_review" in attention_of(await world.seen())
    assert (await world.standing()).status == "complete_in_progress"


async def test_a_flow_without_payment_places_no_order_that_costs() -> None:
    """The guard stands on its own: a flow from before the proofs cannot give a phone away."""
    await _held_back(await _confirmed(_without_payment()))


async def test_a_flow_without_payment_places_an_order_that_costs_nothing_today() -> None:
    """All on credit: nothing is due today, and nothing is missing."""
    world = await _confirmed(_without_payment(), quote=FREE)
    assert (await world.standing()).status == "completed"


@pytest.mark.parametrize(
    "deposit",
    [{"on_decline": "skip"}, {"best_effort": True}, {"when": When(lambda _: False)}],
    ids=["declined and skipped", "best effort", "its condition is false"],
)
async def test_a_payment_that_did_not_pass_pays_nothing(deposit: dict[str, Any]) -> None:
    """However the flow lets a payment be missing: the order is held back."""
    world = EngineHarness(credit_plan(deposit=deposit))
    world.backends.script("payment.charge", *[Declined(code="card_declined")] * 3)
    await world.ready()
    await world.complete()
    await _held_back(world)


async def test_a_retry_looks_again() -> None:
    """Nothing changed: it is held back again, and still nothing was sent."""
    world = await _confirmed(_without_payment())
    await world.ask(c.RetryNow(step="order", reason="try again"))
    await _held_back(world)


async def test_nobody_passes_an_order_that_was_not_sent() -> None:
    """A verdict `passed` is no payment: it is refused."""
    world = await _confirmed(_without_payment())
    with pytest.raises(Rejected, match="not collected"):
        await world.ask(
            c.Resolve(step="order", verdict="passed", reason="let it go", output={"order": "o-1"})
        )
    await _held_back(world)


async def test_the_customer_may_still_cancel() -> None:
    """The point of no return is ahead: everything is taken back."""
    world = await _confirmed(_without_payment())
    await world.cancel()
    assert (await world.standing()).status == "canceled"
    assert world.backends.standing("stock.reserve") == []


async def test_the_end_of_the_review_takes_everything_back() -> None:
    """Nobody decided for a day: canceled, and the stock is released."""
    world = await _confirmed(_without_payment())
    await world.wait(hours=25)
    assert (await world.standing()).status == "canceled"
    assert world.backends.standing("stock.reserve") == []


async def test_a_pivot_that_charges_takes_the_whole_itself() -> None:
    """A flow whose point of no return is the charge: nothing is due before it."""
    card = {"collect": "payment_method"}
    charge = {"call": "payment.charge", "needs": ["confirm", "card"], "pivot": True}
    world = await _confirmed(EngineHarness(plan_of({**GOODS, "card": card, "charge": charge})))
    assert (await world.standing()).status == "completed"
    (charged,) = world.backends.standing("payment.charge")
    assert charged.outcome.output.amount == QUOTE.due_today  # type: ignore[union-attr]
