"""A checkout whose stock and order go by one route: it stays, and it moves as a whole."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent
from unshackled.flow.language.policy import Policy
from unshackled.flow.plan.plan import Plan
from unshackled.ports.outcome import Declined, Passed
from unshackled.ports.stock import StockReserved
from unshackled.sdk import lookup

ROUTE = Policy(
    how="split", providers=("old", "new"), weights=(0.0, 100.0), route="shop", shared=True
)


def routed(**changes: object) -> Plan:
    """The flow of the main job, stock and order by one route."""
    plan = credit_plan()
    policy = replace(ROUTE, **changes)
    steps = {
        name: replace(step, policy=policy) if name in ("stock", "order") else step
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


async def test_one_pick_serves_the_whole_route() -> None:
    """Stock and order go to one backend, and the record says why."""
    world = EngineHarness(routed())
    await world.ready()
    await world.complete()
    assert [sent.provider for sent in world.backends.calls("stock.reserve")] == ["new"]
    assert [sent.provider for sent in world.backends.calls("orders.place")] == ["new"]
    rows = await world.store.events("chk_test", after=None, limit=1000)
    started = [row.data for row in rows if row.type == "step.started.v1"]
    stock = next(data for data in started if data["step"] == "stock")
    order = next(data for data in started if data["step"] == "order")
    assert (stock["route"], stock["why"]) == ("shop", "split 100 %")
    assert (order["route"], order["why"]) == ("shop", "kept")


async def test_an_outage_before_the_order_moves_everything() -> None:
    """When the backend that holds the stock is gone, the stock moves and the order follows."""
    world = EngineHarness(routed())
    await world.ready()
    world.backends.script("orders.place", *[NotSent("away")] * 9, provider="new")
    await world.complete()
    seen = await world.wait_for(lambda one: one.completed_at is not None, timedelta(minutes=5))
    assert seen.completed_at is not None
    assert [e.provider for e in world.backends.standing("stock.reserve")] == ["old"]
    assert [e.provider for e in world.backends.standing("orders.place")] == ["old"]
    assert len(world.backends.standing("payment.charge")) == 1
    assert seen.routes["shop"].provider == "old"
    assert seen.routes["shop"].left == ("new",)
    assert "route.moved.v1" in await world.types()


async def test_a_provider_that_was_taken_out_is_left() -> None:
    """Stock that stands at a provider that is out when the order is due moves with it."""
    world = EngineHarness(routed())
    await world.ready()
    world.backends.down.add("new")
    await world.complete()
    await world.wait_for(lambda one: one.completed_at is not None, timedelta(hours=2))
    assert [e.provider for e in world.backends.standing("orders.place")] == ["old"]
    assert [e.provider for e in world.backends.standing("stock.reserve")] == ["old"]


async def test_what_never_happened_is_tried_elsewhere() -> None:
    """An order whose answer was lost and that is proved absent is placed at the other backend."""
    world = EngineHarness(routed())
    world.backends.ways["orders.place"] = lookup()
    await world.ready()
    world.backends.script("orders.place", InDoubt("lost"), provider="new")
    await world.complete()
    seen = await world.wait_for(lambda one: one.completed_at is not None, timedelta(minutes=10))
    assert seen.completed_at is not None
    assert [e.provider for e in world.backends.standing("orders.place")] == ["old"]
    assert [e.provider for e in world.backends.standing("stock.reserve")] == ["old"]


async def test_an_order_in_doubt_is_not_moved() -> None:
    """While nobody knows whether the order exists, it is looked up and never sent elsewhere."""
    world = EngineHarness(routed())
    world.backends.ways["orders.place"] = lookup()
    await world.ready()
    world.backends.script("orders.place", InDoubt("lost"), provider="new")
    world.backends.script("orders.place:look_up", *[InDoubt("away")] * 200, provider="new")
    await world.complete()
    await world.wait(minutes=2)
    assert (await world.step("order")).state == "in_doubt"
    assert {sent.provider for sent in world.backends.calls("orders.place")} == {"new"}
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_nothing_moves_without_another_provider() -> None:
    """A route with one provider waits for it."""
    world = EngineHarness(routed(how="single", providers=("new",), weights=()))
    await world.ready()
    world.backends.script("orders.place", *[NotSent("away")] * 3, provider="new")
    await world.complete()
    seen = await world.wait_for(lambda one: one.completed_at is not None, timedelta(hours=1))
    assert [e.provider for e in world.backends.standing("orders.place")] == ["new"]
    assert "route.moved.v1" not in await world.types()
    assert seen.completed_at is not None


async def test_a_moved_step_that_is_declined_gives_the_yes_back() -> None:
    """The other backend has no stock: the deposit is refunded, and the customer may choose anew."""
    world = EngineHarness(routed())
    await world.ready()
    world.backends.script("orders.place", *[NotSent("away")] * 9, provider="new")
    world.backends.script("stock.reserve", Declined(code="out_of_stock"), provider="old")
    await world.complete()
    seen = await world.wait_for(
        lambda one: one.steps["stock"].state == "declined", timedelta(minutes=5)
    )
    assert seen.steps["confirm"].state == "pending"
    await world.wait(minutes=1)
    assert world.backends.standing("payment.charge") == []
    assert world.backends.standing("stock.reserve") == []
    standing = await world.standing()
    assert standing.status == "incomplete"
    assert {message.code for message in standing.messages} == {"out_of_stock"}


async def test_what_outlived_its_time_and_is_declined_gives_the_yes_back() -> None:
    """A reservation that ran out after the yes and cannot be had again does not strand anybody."""
    world = EngineHarness()
    until = world.clock.now() + timedelta(minutes=30)
    reserved = Passed(output=StockReserved(reservation="r1"), valid_until=until)
    world.backends.script("stock.reserve", reserved, Declined(code="out_of_stock"))
    await world.ready()
    world.backends.script("orders.place", *[NotSent("away")] * 400)
    await world.complete()
    await world.wait(minutes=40)
    assert (await world.step("stock")).state == "declined"
    assert (await world.step("confirm")).state == "pending"
    assert world.backends.standing("payment.charge") == []
