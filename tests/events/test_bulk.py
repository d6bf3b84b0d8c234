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
from unshackled.events.event_ports import Bulk, Choosy, Consumer
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


@dataclass
class Chooser:
    """Concerned by the second version of each checkout; it cannot say so of what it stumbles at."""

    stumbles: str = ""
    name: str = "chooser"
    single: list[str] = field(default_factory=list)

    def concerns(self, event: EventRow) -> bool:
        """By the version."""
        if event.id == self.stumbles:
            raise ValueError(event.id)
        return event.version == 2

    async def take(self, event: EventRow) -> None:
        """One by itself."""
        if event.id == self.stumbles:
            raise ValueError(event.id)
        self.single.append(event.id)


async def _hand_over(consumer: Consumer) -> tuple[list[str], list[str]]:
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


async def test_what_does_not_concern_a_consumer_is_passed_over() -> None:
    """Such events cost it nothing and are no dead letters; each of the others is handed over."""
    consumer = Chooser()
    ids, dead = await _hand_over(consumer)
    assert isinstance(consumer, Choosy)
    assert consumer.single == [one for one in ids if one.split("-")[1] == "2"]
    assert dead == []


async def test_a_consumer_that_cannot_say_what_concerns_it_fails_at_that_event_alone() -> None:
    """The event is tried and becomes a dead letter, as any that a consumer breaks at."""
    consumer = Chooser(stumbles="chk_a-1-0")
    ids, dead = await _hand_over(consumer)
    assert dead == ["chk_a-1-0"]
    assert consumer.single == [one for one in ids if one.split("-")[1] == "2"]


async def test_a_hand_over_ends_with_the_first_event_that_takes_its_time() -> None:
    """So the lease is looked at before each of them, and not before what is passed over."""
    store, clock = MemoryStore(), VirtualClock()
    await store.open()
    await fill(store, "chk_a", "chk_b")
    rows = (await store.feed(after=None, limit=100)).rows
    letters, meters = store.tables.dead_letters, Meters.silent()
    delivery = DeliveryAttempts(Chooser(), letters=letters, clock=clock, meters=meters)
    assert [row.version for row in rows] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert [delivery.portion(rows, at) for at in range(8)] == [5, 5, 5, 5, 5, 6, 7, 8]
    assert delivery.portion(rows[:4], 0) == 4
