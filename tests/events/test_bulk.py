"""Consumers that take many events at once, and what happens when they cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.events.consumers import fill
from unshackled.errors import StoreUnavailable
from unshackled.events.delivery_attempts import DeliveryAttempts
from unshackled.events.event_ports import Bulk
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Meters
from unshackled.testing.virtual_clock import VirtualClock


@dataclass
class Portions:
    """Takes portions as long as nothing it refuses is among them; the store may be away."""

    refuses: str = ""
    away: bool = False
    name: str = "portions"
    portions: list[list[str]] = field(default_factory=list)
    single: list[str] = field(default_factory=list)

    async def take(self, event: EventRow) -> None:
        """One by itself."""
        if event.id == self.refuses:
            raise ValueError(event.id)
        self.single.append(event.id)

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """All or none."""
        if self.away:
            raise StoreUnavailable("away")
        if any(event.id == self.refuses for event in events):
            raise ValueError(self.refuses)
        self.portions.append([event.id for event in events])


async def _hand_over(consumer: Portions) -> tuple[list[str], list[str]]:
    """Two checkouts' events at once; the ids of all, and of those that became dead letters."""
    store, clock = MemoryStore(), VirtualClock()
    await store.open()
    await fill(store, "chk_a", "chk_b")
    rows = (await store.feed(after=None, limit=100)).rows
    letters = store.tables.dead_letters
    delivery = DeliveryAttempts(consumer, letters=letters, clock=clock, meters=Meters.silent())
    task = asyncio.create_task(delivery.hand_over(rows))
    while not task.done():
        await asyncio.sleep(0)
        await clock.advance(timedelta(milliseconds=100))
    await task
    page = await letters.page()
    return [row.id for row in rows], [letter.event.id for letter in page.letters]


async def test_a_portion_is_taken_at_once() -> None:
    """In one call, in order; it is a consumer of portions by its method."""
    consumer = Portions()
    ids, dead = await _hand_over(consumer)
    assert isinstance(consumer, Bulk)
    assert (consumer.portions, consumer.single, dead) == ([ids], [], [])


async def test_an_event_that_cannot_be_taken_is_found_one_by_one() -> None:
    """Only it becomes a dead letter; the others are taken by themselves."""
    consumer = Portions(refuses="chk_a-2-0")
    ids, dead = await _hand_over(consumer)
    assert dead == ["chk_a-2-0"]
    assert consumer.single == [one for one in ids if one not in dead]


async def test_a_store_that_is_away_is_waited_for() -> None:
    """It is no fault of any event: nothing is tried one by one."""
    consumer = Portions(away=True)
    with pytest.raises(StoreUnavailable):
        await _hand_over(consumer)
    assert consumer.single == []
