"""Many events in one transaction count as they do one by one."""

from __future__ import annotations

import asyncio

import pytest

from tests.events.reports.lives import life, named
from tests.events.reports.test_consumer import Busy, everything, opened
from unshackled.errors import Conflict
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.stored_records import EventRow
from unshackled.testing.known_keys import KEYS

PORTION = 7


async def _events() -> list[EventRow]:
    """Five checkouts, side by side."""
    log = await life()
    lives = [named(f"chk_{number}", log) for number in range(5)]
    return [event for side in zip(*lives, strict=True) for event in side]


async def _in_portions(consumer: ReportsConsumer, events: list[EventRow]) -> None:
    """Each portion twice, as after a crash."""
    for begin in range(0, len(events), PORTION):
        await consumer.take_all(events[begin : begin + PORTION])
        await consumer.take_all(events[begin : begin + PORTION])


async def test_portions_count_what_single_events_count(emptied_url: str) -> None:
    """In memory and in PostgreSQL, whatever was taken before."""
    events = await _events()
    single, bulk, store = await opened(), await opened(), PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        one = ReportsConsumer(single.tables.reports, single)
        for event in events:
            await one.take(event)
        await _in_portions(ReportsConsumer(bulk.tables.reports, bulk), events)
        await _in_portions(ReportsConsumer(store.tables.reports, store), events)
        assert (
            await everything(single.tables.reports)
            == await everything(bulk.tables.reports)
            == await everything(store.tables.reports)
        )
    finally:
        await store.close()


async def _patiently(consumer: ReportsConsumer, events: list[EventRow]) -> None:
    """As a delivery does: one by one where another was faster."""
    try:
        await consumer.take_all(events)
    except Conflict:
        for event in events:
            await consumer.take(event)


async def test_two_replicas_with_the_same_portions_count_once(emptied_url: str) -> None:
    """At the same time; who is slower counts nothing."""
    events = await _events()
    single, store = await opened(), PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        await _in_portions(ReportsConsumer(single.tables.reports, single), events)
        replicas = [ReportsConsumer(store.tables.reports, store) for _ in range(2)]
        for begin in range(0, len(events), PORTION):
            portion = events[begin : begin + PORTION]
            await asyncio.gather(*(_patiently(one, portion) for one in replicas))
        assert await everything(store.tables.reports) == await everything(single.tables.reports)
    finally:
        await store.close()


async def test_a_portion_that_another_was_faster_with_counts_nothing() -> None:
    """All or nothing: it is said, and nothing is remembered."""
    reports = Busy()
    consumer = ReportsConsumer(reports, await opened())
    with pytest.raises(Conflict):
        await consumer.take_all(await _events())
    assert not any(await everything(reports))
