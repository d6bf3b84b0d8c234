"""The same counts in PostgreSQL, with two replicas at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.events.reports.lives import BEGIN, life, named
from tests.events.reports.test_consumer import everything, opened
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.stored_records import EventRow
from unshackled.testing.known_keys import KEYS


async def test_two_replicas_count_in_postgresql_what_one_counts_in_memory(
    emptied_url: str,
) -> None:
    """Each takes everything twice, at the same time, and neither waits for the other for ever."""
    log = await life()
    events = [event for number in range(3) for event in named(f"chk_{number}", log)]
    memory, store = await opened(), PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        await follow(ReportsConsumer(memory.tables.reports, memory), events)
        replicas = [ReportsConsumer(store.tables.reports, store) for _ in range(2)]
        await asyncio.gather(*(follow(one, events) for one in replicas))
        reports = store.tables.reports
        assert await everything(store.tables.reports) == await everything(memory.tables.reports)
        assert await reports.as_of("northstar") == await memory.tables.reports.as_of("northstar")
        assert await reports.flows("northstar") == ["test"]
        assert await reports.prune(before=BEGIN + timedelta(days=9), limit=9) == 2
    finally:
        await store.close()


async def follow(consumer: ReportsConsumer, events: list[EventRow]) -> None:
    """Take everything twice."""
    for event in events:
        await consumer.take(event)
        await consumer.take(event)
