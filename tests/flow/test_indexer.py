"""The index by customer and order number is filled in the background, by one replica."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from tests.flow.world import ID, EngineHarness
from unshackled.errors import StoreUnavailable, Unreadable
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.indexer import LEASE, PATIENCE, Indexer
from unshackled.store.lookups import Portion
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Filter
from unshackled.testing.made_up_checkouts import change_of, checkout_of


class NoPlans:
    """A process that can compile none of the stored flows."""

    def by_digest(self, digest: str) -> Plan:
        """Never."""
        raise KeyError(digest)

    async def load(self, digest: str) -> Plan:
        """Never."""
        raise Unreadable(digest)


class Flaky(MemoryStore):
    """Away for the first two portions."""

    away = 2

    async def unindexed(self, *, limit: int) -> Portion:
        """As it should, the third time."""
        self.away -= 1
        if self.away >= 0:
            raise StoreUnavailable("away")
        return await super().unindexed(limit=limit)


async def _found(store: MemoryStore, only: Filter) -> list[str]:
    page = await store.checkouts("northstar", status=None, after=None, limit=9, only=only)
    return [row.checkout.id for row in page.rows]


async def test_an_order_of_before_the_index_is_found_by_its_number() -> None:
    """The number is in what the order step gave, which the checkout's own flow knows."""
    world = EngineHarness()
    await world.ready()
    await world.complete()
    done, old = await world.seen(), MemoryStore()
    await old.open()
    await old.append(change_of(done, expected=0))
    number = (done.output("order") or {})["order"]
    assert await _found(old, Filter(order=number)) == []
    indexer = Indexer(old, world.engine.plans, world.clock, "first")
    assert await indexer.portion(old) == 1
    assert await _found(old, Filter(order=number)) == [ID]


async def test_it_waits_for_a_store_that_is_away_and_for_another_replica() -> None:
    """Then it goes on to the end, and hands its lease back."""
    world, store = EngineHarness(), Flaky()
    await store.open()
    await store.append(change_of(checkout_of("chk_1", steps=1)))
    now = world.clock.now()
    await store.lease(LEASE, "other", now=now, until=now + PATIENCE)
    running = asyncio.ensure_future(Indexer(store, NoPlans(), world.clock, "first").run())
    await world.clock.advance(timedelta(seconds=1))
    assert store.away == Flaky.away
    await world.clock.advance(4 * PATIENCE)
    assert running.done()
    assert await _found(store, Filter(customer_ref="c-1")) == ["chk_1"]
    assert await store.lease(LEASE, "other", now=now, until=now + PATIENCE)


async def test_it_is_filled_again_with_progress_and_new_keys_wait_for_every_server() -> None:
    """What was said on the way: keys, a minute's wait, portions; the same again is soon done."""
    world = EngineHarness()
    await world.begin()
    store, said = NotedStore(), list[str]()
    await store.open()
    for number in range(3):
        await store.append(change_of(checkout_of(f"chk_{number}", steps=1)))
    indexer = Indexer(store, NoPlans(), world.clock, "reindex")
    filling = asyncio.create_task(indexer.again(said.append, renew=True))
    await world.clock.advance(PATIENCE / 2)
    assert said == ["1 accounts have new keys; every server has them in a minute"]
    await world.clock.advance(PATIENCE)
    assert await filling == 3
    assert said[1:] == ["3 checkouts indexed"]
    again = asyncio.create_task(indexer.again(said.append, renew=False))
    await world.clock.spin()
    assert await again == 0


async def test_filling_again_waits_for_another_process() -> None:
    """One at a time: the lease says who."""
    world = EngineHarness()
    store, said = MemoryStore(), list[str]()
    await store.open()
    await store.append(change_of(checkout_of("chk_1", steps=1)))
    now = world.clock.now()
    await store.lease(LEASE, "other", now=now, until=now + PATIENCE)
    indexer = Indexer(store, NoPlans(), world.clock, "reindex")
    filling = asyncio.create_task(indexer.again(said.append, renew=False))
    await world.clock.advance(timedelta(seconds=1))
    assert said == ["another process is at it"]
    await world.clock.advance(2 * PATIENCE)
    assert await filling == 1


class NotedStore(MemoryStore):
    """Says that one account has a key of the index."""

    async def renew_index_keys(self, now: datetime) -> int:
        """As it does, of one account."""
        await super().renew_index_keys(now)
        return 1
