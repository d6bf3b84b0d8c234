"""Erasing on schedule: what ended long ago goes, some at a time, in one replica at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.flow.test_erasure import bought, words_in
from tests.flow.world import ID, EngineHarness
from unshackled.domain.checkout import Checkout, Private
from unshackled.errors import Unreadable
from unshackled.flow.engine import commands as c
from unshackled.flow.runtime.eraser import AT_ONCE, LATER, LEASE, SELDOM, Eraser, ErasureCount
from unshackled.ports.outcome import Declined
from unshackled.store.memory import MemoryStore

IDLE = timedelta(days=30)
MINUTE = timedelta(minutes=1)


class Crowded(MemoryStore):
    """Has very many whose time has come, each the same, for a while; keeps what it was asked."""

    def __init__(self, portions: int) -> None:
        super().__init__()
        self.portions = portions
        self.limits = list[int]()

    async def erasable(self, *, now: datetime, limit: int) -> Sequence[str]:
        """A whole portion, so many times; of checkouts that are gone by the time they are read."""
        self.limits.append(limit)
        self.portions -= 1
        return [f"chk_{n}" for n in range(limit)] if self.portions >= 0 else []


def eraser_of(world: EngineHarness, owner: str = "first") -> Eraser:
    """One replica's."""
    return Eraser(world.engine, world.clock, owner)


async def portion(world: EngineHarness, eraser: Eraser) -> ErasureCount:
    """One portion, and what follows at once."""
    asked = asyncio.ensure_future(eraser.portion())
    await world.clock.spin()
    return await asked


async def canceled(world: EngineHarness) -> Checkout:
    """A checkout without an order."""
    await world.ready()
    return await world.cancel()


async def test_an_abandoned_checkout_goes_after_a_while() -> None:
    """Not before the retailer's time has passed; then whole, and the log says: the clock."""
    world = EngineHarness()
    await canceled(world)
    await world.clock.advance(IDLE - MINUTE)
    assert (await portion(world, eraser_of(world))).total == 0
    await world.clock.advance(2 * MINUTE)
    assert await portion(world, eraser_of(world)) == ErasureCount(whole=1)
    seen = await world.seen()
    assert seen.private == Private()
    assert seen.erasure is not None
    assert (seen.erasure.by, seen.erasure.reason) == ("clock", "retention_ended")
    assert (await portion(world, eraser_of(world))).total == 0


async def test_one_that_expired_goes_as_well() -> None:
    """Nobody has to cancel it."""
    world = EngineHarness()
    await world.begin()
    await world.submit("contact")
    await world.wait_for(lambda one: one.canceled is not None, timedelta(days=3))
    await world.clock.advance(IDLE + MINUTE)
    assert (await portion(world, eraser_of(world))).whole == 1


async def test_an_order_loses_what_is_not_needed_and_later_the_rest() -> None:
    """First the card's token, at the end of the contract the account, in the end everything."""
    world = EngineHarness()
    await bought(world)
    await world.clock.advance(IDLE + MINUTE)
    assert await portion(world, eraser_of(world)) == ErasureCount(part=1)
    seen = await world.seen()
    assert seen.erasure is not None
    assert seen.erasure.steps == ("card",)
    assert words_in(seen)
    assert (await portion(world, eraser_of(world))).total == 0
    for duty, what in zip(seen.erasure.duties, ("part", "whole"), strict=True):
        assert duty.until is not None
        await world.clock.advance(duty.until - world.clock.now() - MINUTE)
        assert (await portion(world, eraser_of(world))).total == 0
        await world.clock.advance(2 * MINUTE)
        assert await portion(world, eraser_of(world)) == ErasureCount(**{what: 1})
    assert (await world.seen()).private == Private()


async def test_what_was_noted_too_early_is_looked_at_again_in_time() -> None:
    """E.g. by the version before, which noted every checkout that had ended."""
    world = EngineHarness()
    done = await canceled(world)
    await world.store.retain(ID, version=done.version, until=world.clock.now())
    assert await portion(world, eraser_of(world)) == ErasureCount(early=1)
    assert (await world.seen()).version == done.version
    assert (await portion(world, eraser_of(world))).total == 0
    await world.clock.advance(IDLE + MINUTE)
    assert await portion(world, eraser_of(world)) == ErasureCount(whole=1)


async def test_one_that_is_open_again_is_left_alone() -> None:
    """A doubt that came up since: it is looked at tomorrow, and not again and again until then."""
    world = EngineHarness()
    await bought(world)
    await world.clock.advance(IDLE + MINUTE)
    seen = await world.seen()
    reference = str(seen.steps["activate_credit"].reference)
    await world.notify(reference, Declined(code="no"))
    now = world.clock.now()
    await world.store.retain(ID, version=None, until=now)
    assert await portion(world, eraser_of(world)) == ErasureCount(early=1)
    assert (await portion(world, eraser_of(world))).total == 0
    assert await world.store.erasable(now=now + LATER, limit=9) == [ID]


async def test_one_replica_does_it_at_a_time() -> None:
    """The other one has the lease, until it does not come back."""
    world = EngineHarness()
    await canceled(world)
    await world.clock.advance(IDLE + MINUTE)
    now = world.clock.now()
    await world.store.lease(LEASE, "other", now=now, until=now + SELDOM)
    assert (await portion(world, eraser_of(world))).total == 0
    await world.clock.advance(SELDOM)
    assert (await portion(world, eraser_of(world))).whole == 1


async def test_what_cannot_be_read_holds_up_no_other() -> None:
    """It is told in the log, and tried again tomorrow."""
    world = EngineHarness()
    await canceled(world)
    await world.clock.advance(IDLE + MINUTE)
    eraser = eraser_of(world)
    plan = world.engine.plans

    class NoPlans:
        def by_digest(self, digest: str) -> Any:
            raise KeyError(digest)

        async def load(self, digest: str) -> Any:
            raise Unreadable(digest)

    world.engine.plans = NoPlans()
    with capture_logs() as lines:
        assert await portion(world, eraser) == ErasureCount(unreadable=1)
    assert [line["event"] for line in lines] == ["erasure.unreadable"]
    assert (await portion(world, eraser)).total == 0
    world.engine.plans = plan
    await world.clock.advance(LATER)
    assert (await portion(world, eraser)).whole == 1


async def test_it_goes_on_while_there_is_something_and_is_bounded() -> None:
    """Portion after portion with a breath between them, then seldom."""
    store = Crowded(portions=2)
    world = EngineHarness(store=store)
    await store.open()
    running = asyncio.create_task(eraser_of(world).run())
    await world.clock.advance(timedelta(seconds=1))
    assert store.limits == [AT_ONCE] * 3
    await world.clock.advance(SELDOM)
    assert store.limits == [AT_ONCE] * 4
    running.cancel()


async def test_the_loop_erases_and_says_how_many() -> None:
    """One line a portion, with counts and nothing else."""
    world = EngineHarness()
    await canceled(world)
    await world.clock.advance(IDLE + MINUTE)
    with capture_logs() as lines:
        running = asyncio.create_task(eraser_of(world).run())
        await world.clock.advance(timedelta(seconds=5))
        running.cancel()
    (line,) = [one for one in lines if one["event"] == "erasure.portion"]
    assert (line["whole"], line["part"], line["early"], line["unreadable"]) == (1, 0, 0, 0)
    refused = c.Erase(by="retailer")
    assert (await world.ask(refused)).private == Private()
