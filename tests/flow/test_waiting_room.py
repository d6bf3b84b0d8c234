"""A launch day on virtual time: a thousand customers, two replicas, a restart, a crash, a skew."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.flow.plans import credit_plan
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Selection
from unshackled.domain.records import replace
from unshackled.domain.waiting_room import BLOCK_SPAN, AdmissionRate, QueuePlace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import create, decide
from unshackled.flow.engine.due import due
from unshackled.flow.runtime.room_admission import Admission
from unshackled.store.memory import MemoryStore
from unshackled.testing.sold import sold_by
from unshackled.testing.virtual_clock import VirtualClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DOOR = AdmissionRate(50)


class Door:
    """One store, and as many replicas as are asked for."""

    def __init__(self, rate: AdmissionRate = DOOR) -> None:
        self.rate = rate
        self.clock = VirtualClock()
        self.store = MemoryStore()

    async def open(self) -> None:
        """Open the store."""
        await self.store.open()

    def replica(self, clock: VirtualClock | None = None) -> Admission:
        """One that knows nothing, as after a restart."""
        return Admission(self.store, clock or self.clock, {"northstar": self.rate})

    async def come(self, replica: Admission, who: str | None = None) -> datetime:
        """Somebody comes; when they are let in."""
        place = await replica.place("northstar", "northstar", who)
        return place.admit_at if place is not None else self.clock.now()

    async def crowd(self, replica: Admission, many: int) -> list[datetime]:
        """So many, one after the other."""
        return [await self.come(replica) for _ in range(many)]


@pytest.fixture
async def door() -> Door:
    """A door for fifty a minute."""
    made = Door()
    await made.open()
    return made


def within_the_rate(found: list[datetime], rate: AdmissionRate, beyond: int) -> bool:
    """Whether over any span no more are let in than its rate, a burst, and so many `beyond`."""
    most = (rate.burst + beyond) * rate.interval + SECOND / 1_000
    emptied = min(found)
    for at in sorted(found):
        emptied = max(emptied, at) + rate.interval
        if emptied - at > most:
            return False
    return True


async def test_a_thousand_come_to_a_door_for_fifty_a_minute(door: Door) -> None:
    """In order, none lost and none twice, by two replicas of which one is started again half way.

    They come within ten minutes; the last is let in when a thousand are at fifty a minute.
    """
    replicas, found = [door.replica(), door.replica()], []
    for number in range(1_000):
        if number == 500:
            replicas[1] = door.replica()
        found.append(await door.come(replicas[number % 2], f"customer-{number}"))
        await door.clock.advance(0.6 * SECOND)
    assert found == sorted(found)
    waited = [at for at in found if at > found[0] + 6 * SECOND]
    assert len(set(waited)) == len(waited)
    assert within_the_rate(found, DOOR, beyond=3 * DOOR.burst)
    assert 18.5 * MINUTE <= found[-1] - found[0] <= 20 * MINUTE


async def test_each_of_them_begins_at_its_moment_and_none_before() -> None:
    """Whichever process looks: the snapshot and the clock decide, so a restart changes nothing."""
    plan, clock = credit_plan(), VirtualClock()
    now = clock.now()
    package, quote = sold_by(plan, valid_until=now + MINUTE * 60)
    for number in (0, 1, 999):
        at = now + number * DOOR.interval
        begin = CheckoutCreated(
            id=f"chk_{number}",
            retailer="northstar",
            flow="test",
            digest=plan.digest,
            currency="GBP",
            locale="en-GB",
            bucket=1,
            expires_at=at + plan.expires_after,
            selection=Selection(handset="handset-mid"),
            package=package,
            quote=quote,
            steps=tuple(plan.steps),
            queue=QueuePlace(admit_at=at, joined_at=now, per_minute=50),
        )
        made = create(plan, begin, now).checkout
        works, wake_at = due(plan, made, now)
        if number:
            assert ([*works], wake_at) == ([], at)
            early = decide(plan, made, c.Tick(), at - timedelta(microseconds=1))
            assert early.events == ()
        late = decide(plan, made, c.Tick(), at).checkout
        assert {str(step.state) for step in late.steps.values()} > {"pending"}
        assert late.expires_at == max(at, now) + plan.expires_after


async def test_a_crash_loses_a_second_of_places_and_gives_none_twice() -> None:
    """A replica that dies with its block: those behind wait that long, at most, for nothing."""
    door = Door(AdmissionRate(600))
    await door.open()
    found = await door.crowd(door.replica(), 100)
    for crash in range(10):
        one = door.replica()
        before = await door.store.tables.waiting_rooms.next_at("northstar")
        assert before is not None
        found += await door.crowd(one, 13 + crash)
        after = await door.store.tables.waiting_rooms.next_at("northstar")
        assert after is not None
        lost = (after - before) / door.rate.interval - 13 - crash
        assert -1e-3 <= lost <= door.rate.second
    waiting = [at for at in found if at > door.clock.now()]
    assert len(set(waiting)) == len(waiting) >= 200
    assert waiting == sorted(waiting)


async def test_places_that_nobody_came_for_within_a_second_are_dropped() -> None:
    """Whoever comes later stands behind those who came meanwhile at another replica."""
    door = Door(AdmissionRate(600))
    await door.open()
    one, other = door.replica(), door.replica()
    last = (await door.crowd(one, 50))[-1]
    behind = await door.come(other)
    assert behind > last
    await door.clock.advance(BLOCK_SPAN + SECOND / 10)
    assert await door.come(one) > behind


async def test_many_at_once_get_a_place_each(door: Door) -> None:
    """Of one replica they take turns; those of several repeat their compare-and-swap."""
    replicas = [door.replica() for _ in range(3)]
    found = await asyncio.gather(*(door.come(replicas[number % 3]) for number in range(60)))
    waiting = [at for at in found if at > door.clock.now()]
    assert len(set(waiting)) == len(waiting)
    assert len(found) - len(waiting) <= 4 * DOOR.burst


@pytest.mark.parametrize("ahead", [-30, 30])
async def test_a_clock_that_is_wrong_lets_in_no_more(door: Door, ahead: int) -> None:
    """A replica whose clock is half a minute off shifts who is let in by that, and never adds."""
    wrong = VirtualClock(door.clock.now() + ahead * SECOND)
    replicas, found = [door.replica(), door.replica(wrong)], []
    for number in range(200):
        place = await replicas[number % 2].place("northstar", "northstar", None)
        if place is not None:
            found.append(place.admit_at)
        await door.clock.advance(0.3 * SECOND)
        await wrong.advance(0.3 * SECOND)
    assert len(set(found)) == len(found)
    assert within_the_rate(found, DOOR, beyond=0)
    behind = [at - before for before, at in pairwise(found)]
    assert max(behind) <= abs(ahead) * SECOND + DOOR.burst * DOOR.interval


async def test_below_the_rate_the_store_is_asked_seldom(door: Door) -> None:
    """Nobody waits, and a burst of checkouts costs one write, not one each."""
    replica, rooms = door.replica(), Counted(door.store)
    for _ in range(100):
        assert await door.come(replica) == door.clock.now()
        await door.clock.advance(1.5 * SECOND)
    assert rooms.writes <= 100 / DOOR.burst


class Counted:
    """How often a room of a store was moved."""

    def __init__(self, store: MemoryStore) -> None:
        self.writes = 0
        self.rooms = store.tables.waiting_rooms
        store.tables = replace(store.tables, waiting_rooms=self)

    async def next_at(self, account: str) -> datetime | None:
        """As it is."""
        return await self.rooms.next_at(account)

    async def advance(self, account: str, *, expected: datetime | None, to: datetime) -> bool:
        """As it is."""
        self.writes += 1
        return await self.rooms.advance(account, expected=expected, to=to)
