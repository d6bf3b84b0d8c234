"""A resend that brings no outcome says nothing about what was sent before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.checkout import Checkout
from unshackled.errors import NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.testing.backends import LostAnswer

MINUTE = timedelta(minutes=1)


async def test_a_refused_resend_is_asked_for_and_the_money_is_taken_once() -> None:
    """The first charge was made and its answer lost; the backend then refuses the same key."""
    world = EngineHarness()
    world.backends.script("payment.charge", LostAnswer(), Refused("bad request", code="400"))
    await world.ready()
    await world.complete()

    def over(checkout: Checkout) -> bool:
        return checkout.completed_at is not None

    assert over(await world.wait_for(over, MINUTE))
    assert len(world.backends.calls("payment.charge", what="look_up")) == 1
    assert len(world.backends.standing("payment.charge")) == 1
    assert list(world.backends.repeated()) == []


async def test_a_refused_resend_of_what_never_happened_starts_over() -> None:
    """The look-up finds nothing after the call was given up: the step runs again, once."""
    world = EngineHarness()
    world.backends.script("payment.charge", LostAnswer(), Refused("bad request", code="400"))
    await world.ready()
    await world.complete()
    world.backends.effects.clear()

    def over(checkout: Checkout) -> bool:
        return checkout.completed_at is not None

    assert over(await world.wait_for(over, MINUTE))
    assert len(world.backends.standing("payment.charge")) == 1


async def test_an_unsent_resend_never_tries_the_next_provider() -> None:
    """While the first provider may have done it, `then` waits, however busy the first one is."""
    world = EngineHarness(credit_plan(stock={"providers": ["new", "old"]}))
    away = [NotSent("busy", provider="new")] * 6
    world.backends.script("stock.reserve", LostAnswer(), *away, provider="new")
    await world.begin()
    await world.wait_for(lambda checkout: checkout.steps["stock"].state == "passed", MINUTE)
    assert {call.provider for call in world.backends.calls("stock.reserve")} == {"new"}
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_an_unsent_resend_of_a_credit_search_still_counts_as_sent() -> None:
    """What may have left a mark on the credit file is never sent under another reference."""
    world = EngineHarness()
    busy = [NotSent("busy", provider="prime")] * 6
    world.backends.script("credit.apply", LostAnswer(), *busy)
    await world.begin()
    await world.fill()
    await world.wait_for(lambda checkout: checkout.steps["credit"].state == "passed", MINUTE)
    assert len({call.reference for call in world.backends.calls("credit.apply")}) == 1


async def test_an_operator_cannot_repeat_a_credit_search() -> None:
    """`retry` of a refused search is turned away with the verdicts that are left."""
    world = EngineHarness()
    world.backends.script("credit.apply", Refused("bad request", code="400"))
    await world.begin()
    await world.fill()
    assert (await world.step("credit")).state == "in_review"
    with pytest.raises(Rejected, match="passed, declined"):
        await world.ask(c.Resolve(step="credit", verdict="retry", reason="it is back"))
    await world.ask(c.Resolve(step="credit", verdict="declined", reason="ask the customer"))
    assert (await world.step("credit")).state == "declined"
