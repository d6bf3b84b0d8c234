"""Two engines on one store: what one of them remembers is never taken for what is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.flow.world import ID, EngineHarness
from unshackled.flow.engine import commands as c
from unshackled.flow.runtime.engine_host import Engine
from unshackled.testing.backends import HeldCall


async def ask(world: EngineHarness, engine: Engine, command: c.Command) -> None:
    """Send a command to one replica."""
    asked = asyncio.ensure_future(engine.command(ID, command))
    await world.clock.spin()
    await asked
    await world.clock.spin()


async def other(world: EngineHarness) -> Engine:
    """A second replica, which sees the checkout as it is now and remembers it."""
    replica = world.fresh_engine()
    replica.recent.put(await world.seen())
    return replica


async def test_a_rejection_is_not_by_what_was_remembered() -> None:
    """The customer filled the form at another replica: this one must not say that it is missing."""
    world = EngineHarness()
    await world.begin()
    behind = await other(world)
    await world.fill()
    await world.show()
    await ask(world, behind, c.Complete(quote_id=(await world.seen()).quote.id))
    assert (await world.standing()).status == "completed"


async def test_what_is_due_is_due_by_the_store() -> None:
    """A replica that remembers an older checkout finds what another one left behind."""
    world = EngineHarness()
    await world.begin()
    gate = asyncio.Event()
    world.backends.script("identity.verify", HeldCall(until=gate))
    behind = await other(world)
    await world.submit("contact")
    await world.submit("address")
    assert (await world.step("identity")).state == "running"
    for task in list(world.engine.tasks):
        task.cancel()
    await world.clock.advance(timedelta(minutes=2))
    await behind.wake()
    await world.clock.spin()
    assert (await world.step("identity")).state in ("passed", "in_doubt", "running")
    assert len(world.backends.calls("identity.verify")) == 2
    gate.set()
    await world.clock.spin()


async def test_readers_see_what_other_replicas_wrote() -> None:
    """A read, and a stream that is open already."""
    world = EngineHarness()
    await world.begin()
    behind = await other(world)
    seen = behind.watch(ID)
    first = await anext(seen)
    await world.submit("contact")
    following = asyncio.ensure_future(anext(seen))
    found = await behind.read(ID)
    assert found is not None
    assert found.version > first.version
    assert (await asyncio.wait_for(following, 10)).version == found.version
    await seen.aclose()  # type: ignore[attr-defined]


async def test_a_replica_that_leaves_folds_its_calls_and_begins_nothing() -> None:
    """Answers under way are kept; what they make due is for another replica, at once."""
    world = EngineHarness()
    await world.begin()
    gate = asyncio.Event()
    world.backends.script("identity.verify", HeldCall(until=gate))
    await world.submit("contact")
    await world.submit("address")
    await world.submit("income")
    leaving = asyncio.ensure_future(world.engine.close(timedelta(seconds=10)))
    await world.clock.spin()
    gate.set()
    await leaving
    assert (await world.step("identity")).state == "passed"
    assert (await world.step("prequalify")).state == "ready"
    assert world.backends.calls("credit.quote") == []
    heir = world.fresh_engine()
    assert await heir.wake() == 1
    await world.clock.spin()
    assert (await world.step("prequalify")).state == "passed"


async def test_claims_are_handed_back() -> None:
    """Nobody waits for the lease of a replica that left in good order."""
    world = EngineHarness()
    await world.begin()
    await world.clock.advance(timedelta(days=3))
    first, second = world.fresh_engine(), world.fresh_engine()
    first.name, second.name = "first", "second"
    claimed = await world.store.claim(
        "first", now=world.now(), until=world.now() + timedelta(hours=1), limit=9
    )
    assert claimed == [ID]
    assert await second.wake() == 0
    await first.close()
    assert await second.wake() == 1
