"""Steps whose query is declined before there is anything to choose from."""

from __future__ import annotations

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.ports.outcome import Declined


async def test_a_declined_choice_may_be_tried_again() -> None:
    """The action `retry` that the checkout offers is taken for a `choose` step too."""
    world = EngineHarness(credit_plan(slot={"choose": "delivery.slots", "needs": ["address"]}))
    world.backends.script("delivery.slots", Declined(code="declined"))
    await world.begin()
    await world.fill("contact", "address")
    assert {a.step for a in (await world.standing()).next_actions if a.type == "retry"} == {"slot"}
    await world.submit("slot", {})
    assert (await world.step("slot")).state == "waiting_customer"
