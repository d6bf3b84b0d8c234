"""A query whose provider does not know yet: credit that starts when the goods are on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.domain.checkout import reference_of
from unshackled.errors import NotSent, Refused
from unshackled.flow.engine.attention import needs_of
from unshackled.ports.orders import OrderDispatched, OrderPlaced
from unshackled.ports.outcome import Passed, Pending
from unshackled.testing.samples import sample

LEFT = Passed(output=sample(OrderDispatched))
HOUR = timedelta(hours=1)


def not_yet(**more: Any) -> Pending:
    """The shop still has the goods."""
    return Pending(poll_after=timedelta(minutes=30), **more)


async def _ordered(*answers: Any, **step: Any) -> EngineHarness:
    """An order is placed, and the shop answers so when it is asked whether the goods left."""
    plan = credit_plan(
        dispatch={"call": "orders.dispatch", "needs": ["order"], **step},
        activate_credit={"needs": ["order", "dispatch"]},
    )
    world = EngineHarness(plan)
    world.backends.script("orders.dispatch", *answers)
    await world.ready()
    await world.complete()
    return world


async def test_credit_starts_when_the_goods_left() -> None:
    """The order is complete at once, the agreement starts two days later."""
    world = await _ordered(*[not_yet()] * 3)
    view = await world.standing()
    assert (view.status, view.settled) == ("completed", False)
    assert (await world.step("dispatch")).state == "waiting_provider"
    assert not world.backends.calls("credit.activate")
    await world.wait(days=2)
    assert (await world.step("dispatch")).state == "passed"
    assert len(world.backends.standing("credit.activate")) == 1
    assert (await world.standing()).settled is True


async def test_it_is_asked_ever_less_often() -> None:
    """A shop that takes ten days is asked some hundred times, and never in a hurry."""
    world = await _ordered(*[not_yet()] * 2_000)
    await world.wait(days=10)
    asked = len(world.backends.calls("orders.dispatch"))
    assert 50 < asked <= 10 * 48 + 1
    moments = [row.at for row in await world.store.events(ID, after=None, limit=1_000)]
    assert moments == sorted(moments)


async def test_a_promise_that_passes_is_late_once_and_asking_goes_on() -> None:
    """Operators find it under `late`, customers read it, and the day it leaves it is well."""
    world = await _ordered(*_promised(4, 60))
    (told,) = [m for m in (await world.standing()).messages if m.path == "$.steps.dispatch"]
    assert (told.code, told.params["until"]) == ("in_progress", world.clock.now() + 4 * HOUR)
    await world.wait(hours=5)
    need = next(one for one in needs_of(await world.seen()) if one.step == "dispatch")
    assert need.state == "late"
    (told,) = [m for m in (await world.standing()).messages if m.path == "$.steps.dispatch"]
    assert (told.code, told.type) == ("late", "warning")
    await world.wait(days=1)
    rows = await world.store.events(ID, after=None, limit=1_000)
    assert [row.type for row in rows].count("step.late.v1") == 1
    await world.wait(days=10)
    assert (await world.step("dispatch")).state == "passed"
    assert not [one for one in needs_of(await world.seen()) if one.step == "dispatch"]


def _promised(hours: int, times: int) -> list[Any]:
    """The promise of a virtual world that stands at its beginning."""
    world = EngineHarness()
    return [not_yet(due_by=world.clock.now() + hours * HOUR)] * times


async def test_a_new_promise_ends_the_old_one() -> None:
    """The shop says another day before the first has passed: nobody is told that it is late."""
    start = EngineHarness().clock.now()
    first, second = (not_yet(due_by=start + hours * HOUR) for hours in (4, 40))
    world = await _ordered(first, first, *[second] * 500)
    await world.wait(hours=30)
    assert (await world.step("dispatch")).late is False
    await world.wait(hours=11)
    assert (await world.step("dispatch")).late is True


async def test_without_a_promise_the_deadline_is_when_a_person_looks() -> None:
    """After the point of no return a deadline ends nothing."""
    world = await _ordered(*[not_yet()] * 500, deadline=timedelta(days=5))
    await world.wait(days=4)
    assert (await world.step("dispatch")).late is False
    await world.wait(days=1, hours=1)
    step = await world.step("dispatch")
    assert (step.state, step.late) == ("waiting_provider", True)


async def test_a_notice_about_the_order_has_the_shop_asked_at_once() -> None:
    """The same final word about the order once more, or a hint: whoever waits for it asks."""
    for hint in (Passed(output=sample(OrderPlaced)), Pending(poll_after=timedelta(0))):
        world = await _ordered(not_yet())
        order = await world.step("order")
        placed = world.backends.effects[str(order.reference)].outcome
        assert await world.notify(
            str(order.reference), placed if isinstance(hint, Passed) else hint
        )
        assert (await world.step("dispatch")).state == "passed"
        assert len(world.backends.calls("orders.dispatch")) == 2


async def test_a_notice_of_its_own_reference_is_its_answer() -> None:
    """A query that waits can be called back: its reference is known from then on."""
    world = await _ordered(*[not_yet()] * 100)
    step = await world.step("dispatch")
    checkout = await world.seen()
    assert step.reference == reference_of(ID, checkout.run, "dispatch", 0, str(step.provider))
    assert await world.notify(str(step.reference), LEFT)
    assert (await world.step("dispatch")).state == "passed"


@pytest.mark.parametrize(
    "trouble", [NotSent("away", provider="main"), Refused("what?", code="404", provider="main")]
)
async def test_trouble_while_waiting_is_no_answer(trouble: Exception) -> None:
    """It is asked again later; the same provider, for it has the order."""
    world = await _ordered(not_yet(), trouble, not_yet())
    await world.wait(days=1)
    assert (await world.step("dispatch")).state == "passed"
    asked = {one.provider for one in world.backends.calls("orders.dispatch")}
    assert asked == {(await world.step("order")).provider}


async def test_an_order_that_the_shop_refuses_to_know_is_for_a_person() -> None:
    """At the first asking: nothing is activated until somebody looked."""
    world = await _ordered(Refused("cancelled", code="order_cancelled", provider="main"))
    assert (await world.step("dispatch")).state == "in_review"
    assert not world.backends.calls("credit.activate")


async def test_what_waits_survives_a_restart() -> None:
    """The snapshot has the provider, the reference and the promise."""
    world = await _ordered(*_promised(4, 3))
    step = await world.step("dispatch")
    seen = await world.store.load(ID)
    assert seen is not None
    assert seen.steps["dispatch"] == step
    assert step.due_by is not None


async def test_another_day_is_told_once_and_another_hour_is_not() -> None:
    """A promise that moves by a day of the retailer's calendar has an event of its own."""
    start = EngineHarness().clock.now()
    first, hour, day = (not_yet(due_by=start + hours * HOUR) for hours in (40, 41, 80))
    world = await _ordered(first, hour, *[day] * 3, *[first] * 500)
    await world.wait(hours=20)
    rows = await world.store.events(ID, after=None, limit=1_000)
    moved = [row.data for row in rows if row.type == "step.promise_moved.v1"]
    days = [(start + hours * HOUR).date().isoformat() for hours in (41, 80, 40)]
    assert [(one["step"], one["before"], one["day"]) for one in moved] == [
        ("dispatch", days[0], days[1]),
        ("dispatch", days[1], days[2]),
    ]
