"""Followers of one process share what one of them read of the log."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.events.consumers import Ledger, fill, in_order
from unshackled.errors import StoreUnavailable
from unshackled.events.event_flow import EMBEDDED, FollowerDeps, event_flow
from unshackled.events.sources import SharedLog
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import Feed
from unshackled.testing.virtual_clock import VirtualClock


class Counted(MemoryStore):
    """A store that keeps what its log was asked, and may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str | None] = []
        self.away = 0

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        """Note it, and let others come between."""
        self.asked.append(after)
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return await super().feed(after=after, limit=limit)


@pytest.fixture
async def store() -> Counted:
    """An open store."""
    store = Counted()
    await store.open()
    return store


async def test_followers_at_one_place_read_once(store: Counted) -> None:
    """All get every event in its order; a burst is read from the store for one of them."""
    clock, ledgers = VirtualClock(), [Ledger(name) for name in ("one", "two", "three")]
    flow = event_flow(EMBEDDED, ledgers, FollowerDeps(store=store, clock=clock, owner="a"))
    flow.start()
    await clock.spin()
    store.asked.clear()
    ids = await fill(store, "chk_a", "chk_b")
    flow.wake()
    await clock.advance(timedelta(milliseconds=100))
    assert [ledger.taken for ledger in ledgers] == [ids] * 3
    assert in_order(ids)
    assert len(store.asked) == 1
    await flow.close()


async def test_one_that_stays_behind_misses_nothing(store: Counted) -> None:
    """It reads at its own place, whatever the others have read meanwhile."""
    clock, quick, slow = VirtualClock(), Ledger("quick"), Ledger("slow", away=20)
    flow = event_flow(EMBEDDED, [quick, slow], FollowerDeps(store=store, clock=clock, owner="a"))
    flow.start()
    ids: list[str] = []
    for name in ("chk_a", "chk_b", "chk_c"):
        ids += await fill(store, name)
        flow.wake()
        await clock.advance(timedelta(seconds=1))
    await clock.advance(timedelta(minutes=5))
    assert quick.taken == slow.taken == ids
    await flow.close()


async def test_nothing_new_is_asked_for_anew(store: Counted) -> None:
    """An answer without events holds for nobody: the next one may have some."""
    log = SharedLog(store)
    empty = await log.feed(after=None, limit=10)
    ids = await fill(store, "chk_a")
    assert empty.rows == ()
    first, again, fewer = (
        await log.feed(after=None, limit=10),
        await log.feed(after=None, limit=10),
        await log.feed(after=None, limit=1),
    )
    assert [row.id for row in first.rows] == ids
    assert again is first
    assert [row.id for row in fewer.rows] == ids[:1]


async def test_a_failed_or_canceled_read_is_nobody_elses(store: Counted) -> None:
    """Who waited for it reads for itself."""
    log, ids = SharedLog(store), await fill(store, "chk_a")
    store.away = 1
    asked = [asyncio.create_task(log.feed(after=None, limit=10)) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked[1].cancel()
    failed, canceled, read = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(failed, StoreUnavailable)
    assert isinstance(canceled, asyncio.CancelledError)
    assert isinstance(read, Feed)
    assert [row.id for row in read.rows] == ids
