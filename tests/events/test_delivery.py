"""Deliveries: tries, dead letters, and what an operator does with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.events.consumers import Ledger, fill
from unshackled.errors import StoreUnavailable
from unshackled.events.dead_letter_service import DeadLetterService, UnknownConsumer, UnknownLetter
from unshackled.events.delivery_attempts import TRIES, DeliveryAttempts, safe
from unshackled.store.memory import MemoryStore
from unshackled.store.port import Store
from unshackled.store.side_tables.dead_letters import DISCARDED, OPEN, REPLAYED
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Meters
from unshackled.testing.known_keys import KEYS
from unshackled.testing.virtual_clock import VirtualClock


class DeliveryHarness:
    """A store with some events, a consumer and its delivery."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = VirtualClock()
        self.ledger = Ledger()
        self.letters = self.store.tables.dead_letters
        self.delivery = DeliveryAttempts(
            self.ledger, letters=self.letters, clock=self.clock, meters=Meters.silent()
        )
        self.desk = DeadLetterService(self.letters, [self.ledger], self.clock)
        self.rows: list[EventRow] = []

    async def open(self) -> None:
        """Two checkouts of four events each."""
        await self.store.open()
        await fill(self.store, "chk_a", "chk_b")
        self.rows = list((await self.store.feed(after=None, limit=100)).rows)

    async def hand_over(self) -> None:
        """All of them, with time for every pause."""
        task = asyncio.create_task(self.delivery.hand_over(self.rows))
        while not task.done():
            await asyncio.sleep(0)  # a database in a thread answers in its own time
            await self.clock.advance(timedelta(milliseconds=100))
        await task

    @property
    def ids(self) -> list[str]:
        """The ids of the events."""
        return [row.id for row in self.rows]


@pytest.fixture(params=["memory", "sqlite"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """A world with its store open."""
    sqlite = request.param == "sqlite"
    world = DeliveryHarness(
        SqliteStore(tmp_path / "letters.db", keys=KEYS) if sqlite else MemoryStore()
    )
    await world.open()
    yield world
    await world.store.close()


async def test_a_consumer_takes_events_in_order(world: DeliveryHarness) -> None:
    """One after the other; no letter is written."""
    await world.hand_over()
    assert world.ledger.taken == world.ids
    assert (await world.letters.page()).letters == []


async def test_poison_becomes_a_dead_letter_and_the_rest_goes_on(world: DeliveryHarness) -> None:
    """After its tries; the letter has the whole event and nothing of the error's text."""
    poison = world.rows[1]
    world.ledger.poison = {poison.id}
    await world.hand_over()
    assert world.ledger.taken == [one for one in world.ids if one != poison.id]
    assert world.ledger.tries == len(world.ids) - 1 + TRIES
    (letter,) = (await world.letters.page()).letters
    assert letter.event == poison
    assert letter.id == f"ledger:{poison.id}"
    assert (letter.error, letter.detail, letter.tries, letter.state) == ("Poison", "", 5, OPEN)
    assert letter.last_at - letter.first_at >= timedelta(seconds=1.5)


async def test_a_store_that_is_away_is_no_poison(world: DeliveryHarness) -> None:
    """Not counted, not buried: the follower waits."""
    world.ledger.away = 1
    with pytest.raises(StoreUnavailable):
        await world.delivery.hand_over(world.rows)
    assert (await world.letters.page()).letters == []
    await world.hand_over()
    assert world.ledger.taken == world.ids


async def test_the_same_poison_again_is_the_same_letter(world: DeliveryHarness) -> None:
    """A repeat after a crash adds its tries and undoes no decision."""
    world.ledger.poison = {world.ids[0]}
    await world.hand_over()
    await world.desk.discard(f"ledger:{world.ids[0]}")
    await world.hand_over()
    (letter,) = (await world.letters.page(state=None)).letters
    assert (letter.tries, letter.state) == (2 * TRIES, DISCARDED)


async def test_a_letter_is_replayed_once_its_consumer_is_mended(world: DeliveryHarness) -> None:
    """Until then it stays open; afterwards another replay does nothing."""
    poison = world.ids[2]
    world.ledger.poison = {poison}
    await world.hand_over()
    world.ledger.taken.clear()
    again = await world.desk.replay(f"ledger:{poison}")
    assert (again.state, again.tries) == (OPEN, TRIES + 1)
    world.ledger.poison.clear()
    for _ in range(2):
        done = await world.desk.replay(f"ledger:{poison}")
        assert (done.state, done.tries) == (REPLAYED, TRIES + 2)
    assert world.ledger.taken == [poison]


async def test_a_discarded_letter_is_closed_for_good(world: DeliveryHarness) -> None:
    """A replay gives it back as it is."""
    poison = world.ids[2]
    world.ledger.poison = {poison}
    await world.hand_over()
    for _ in range(2):
        assert (await world.desk.discard(f"ledger:{poison}")).state == DISCARDED
    world.ledger.poison.clear()
    assert (await world.desk.replay(f"ledger:{poison}")).state == DISCARDED
    assert poison not in world.ledger.taken


async def test_letters_are_listed_newest_first_by_pages(world: DeliveryHarness) -> None:
    """Of one consumer, one state, one retailer; a cursor leads to the next page."""
    world.ledger.poison = set(world.ids)
    await world.hand_over()
    await world.desk.discard(f"ledger:{world.ids[0]}")
    seen, after = [], None
    while True:
        page = await world.letters.page(consumer="ledger", after=after, limit=3)
        seen += [letter.event.id for letter in page.letters]
        after = page.next
        if after is None:
            break
    assert seen == world.ids[:0:-1]
    assert (await world.letters.page(consumer="webhooks")).letters == []
    assert (await world.letters.page(retailer="other")).letters == []
    assert len((await world.letters.page(retailer="northstar")).letters) == len(world.ids) - 1
    (discarded,) = (await world.letters.page(state=DISCARDED)).letters
    assert discarded.event.id == world.ids[0]
    with pytest.raises(ValueError, match="after"):
        await world.letters.page(after="nonsense")


async def test_unknown_letters_and_consumers_are_told(world: DeliveryHarness) -> None:
    """A letter of a consumer that this process does not have cannot be replayed here."""
    with pytest.raises(UnknownLetter):
        await world.desk.replay("ledger:chk_x-1-0")
    world.ledger.poison = {world.ids[0]}
    await world.hand_over()
    elsewhere = DeadLetterService(world.letters, [], world.clock)
    with pytest.raises(UnknownConsumer, match="ledger"):
        await elsewhere.replay(f"ledger:{world.ids[0]}")


def test_only_our_own_errors_are_quoted() -> None:
    """They promise to be clean; anybody else's text can hold anything."""
    assert safe(StoreUnavailable("the database is away")) == "the database is away"
    assert safe(ValueError("jane@example.com")) == ""
