"""The same queues in PostgreSQL, with two replicas that send."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.events.webhooks.receiver import URL, Site
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.side_tables.deliveries import Reply
from unshackled.testing.known_keys import KEYS


async def test_two_replicas_send_from_postgresql(emptied_url: str) -> None:
    """Each event once, in order per checkout, after an outage; then replayed, then forgotten."""
    store = PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        site = Site(store)
        await site.endpoint()
        site.receiver.down[URL] = Reply(status=503)
        for version in (1, 2, 3):
            for number in range(10):
                await site.happen(f"chk_{number}", version)
        await site.sender.round()
        await site.clock.advance(timedelta(minutes=10))
        del site.receiver.down[URL]
        replicas = [site.sender, site.replica("two")]
        for _ in range(6):
            await asyncio.gather(*(one.round() for one in replicas))
            await site.clock.advance(timedelta(minutes=10))
        ids = site.receiver.ids()
        assert len(ids) == len(set(ids)) == 30
        for number in range(10):
            mine = [one for one in ids if one.startswith(f"chk_{number}-")]
            assert mine == sorted(mine)
        now = site.clock.now()
        queued = await site.deliveries.replay(
            "we_1", since=now - timedelta(days=1), until=now, now=now, states=("delivered",)
        )
        assert queued == 30
        await site.sender.round()
        assert await site.deliveries.prune(before=now + timedelta(days=1), limit=100) == 30
        found = await site.endpoints.page("northstar", after=None, limit=5)
        assert [(one.id, one.failures) for one in found.endpoints] == [("we_1", 0)]
    finally:
        await store.close()
