"""Who may begin a checkout now, and who waits until when: this replica's part of the rooms.

While nobody waits a replica lets in without asking the store, and tells it of a burst at a time.
Once there is a queue it takes places in blocks of a second at most, by compare-and-swap, and
drops what it has not given away within that second. So a replica that crashes loses a second's
places at most and lets in a burst more at most; no place is ever given twice. A clock that is
wrong by some time lets in early or late by that time, and no more of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.domain.waiting_room import (
    BLOCK_SPAN,
    UNUSED_FOR,
    AdmissionRate,
    QueuePlace,
    advanced,
    queue_length,
    take,
)
from unshackled.errors import Conflict
from unshackled.store.lookups import hashed
from unshackled.store.port import Store
from unshackled.store.side_tables import Retention, SideTables

# As many replicas may be faster, one after the other.
TRIES: Final = 100
PURPOSE: Final = "claims"
PLACES_KEPT: Final = timedelta(hours=1)


@dataclass(slots=True)
class _Room:
    """What this replica knows of one account's room, and has of its places.

    `next_at` is the store's; `entries` were let in and are not told to it yet, and `ahead` is what
    it comes to with them; `block` are places it has taken, at
    `taken_at`; `size` is how many it takes at a time.
    """

    rate: AdmissionRate
    next_at: datetime | None = None
    ahead: datetime | None = None
    looked_at: datetime | None = None
    entries: list[datetime] = field(default_factory=list)
    block: deque[datetime] = field(default_factory=deque)
    taken_at: datetime | None = None
    size: int = 1
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def fresh(self, now: datetime) -> bool:
        """Whether what it knows of the store is of the last second."""
        return self.looked_at is not None and abs(now - self.looked_at) <= BLOCK_SPAN

    def see(self, next_at: datetime | None) -> None:
        """What the store has, and what that comes to with those it does not know of."""
        self.next_at, self.ahead = next_at, advanced(next_at, self.entries, self.rate)

    def usable(self, now: datetime) -> bool:
        """Whether the block it took last may still be given away."""
        return self.taken_at is not None and abs(now - self.taken_at) <= BLOCK_SPAN


class Admission:
    """The rooms of the accounts that have a rate; whoever has none never waits."""

    def __init__(self, store: Store, clock: Clock, rates: Mapping[str, AdmissionRate]) -> None:
        """`rates` are by retailer: its test mode has a room of its own, of the same rate."""
        self._store = store
        self._clock = clock
        self._rates = rates
        self._rooms: dict[str, _Room] = {}

    async def place(self, account: str, retailer: str, holder: str | None) -> QueuePlace | None:
        """The place of somebody who wants to begin a checkout; None where they may begin now.

        `holder` says whose it is: who asks again before it is used up has the same. Raises a
        `StoreError` where the store is away.
        """
        rate = self._rates.get(retailer)
        if rate is None:
            return None
        room = self._rooms.setdefault(account, _Room(rate))
        now = self._clock.now()
        admit_at = await self._held(account, room, holder, now)
        if admit_at is None:
            async with room.lock:
                admit_at = await self._next(account, room)
            if admit_at is not None and admit_at > now and holder is not None:
                admit_at = await self._hold(account, holder, admit_at, now)
        if admit_at is None or admit_at <= now:
            return None
        return QueuePlace(admit_at=admit_at, joined_at=now, per_minute=rate.per_minute)

    async def lengths(self) -> Mapping[str, tuple[AdmissionRate, int]]:
        """The rate of each account with a room, and how many places of it are given away."""
        found = {}
        for account, room in self._all():
            next_at = await self._store.tables.waiting_rooms.next_at(account)
            found[account] = room.rate, queue_length(next_at, room.rate, self._clock.now())
        return found

    def known_lengths(self) -> Iterator[tuple[str, float]]:
        """The same as this replica saw it last, without asking the store."""
        now = self._clock.now()
        for account, room in self._rooms.items():
            yield account, queue_length(room.next_at, room.rate, now)

    def _all(self) -> Iterator[tuple[str, _Room]]:
        for retailer, rate in self._rates.items():
            for account in (retailer, f"{retailer}:test"):
                yield account, self._rooms.get(account) or _Room(rate)

    async def _held(
        self, account: str, room: _Room, holder: str | None, now: datetime
    ) -> datetime | None:
        """The place that somebody has already; nobody has one where there is no queue."""
        if holder is None or room.next_at is None or room.next_at <= now - UNUSED_FOR:
            return None
        name = await self._name(account, holder, now)
        found = await self._store.tables.waiting_rooms.place_of(account, name)
        return found if found is not None and found > now - UNUSED_FOR else None

    async def _hold(self, account: str, holder: str, admit_at: datetime, now: datetime) -> datetime:
        name = await self._name(account, holder, now)
        return await self._store.tables.waiting_rooms.hold(
            account, name, admit_at=admit_at, lapsed=now - UNUSED_FOR
        )

    async def _name(self, account: str, holder: str, now: datetime) -> str:
        """A keyed hash: nothing personal lies in the table."""
        key = await self._store.key_ring.current(account, PURPOSE, now)
        return hashed(key.value, account, "waiting", holder)

    async def _next(self, account: str, room: _Room) -> datetime | None:
        """The next place; None for who may begin now without one."""
        now = self._clock.now()
        if room.block and room.usable(now):
            return room.block.popleft()
        room.size = min(2 * room.size, room.rate.second) if room.usable(now) else 1
        room.block.clear()
        if len(room.entries) < room.rate.burst and await self._is_open(account, room, now):
            room.entries.append(now)
            room.ahead = advanced(room.ahead, [now], room.rate)
            return None
        return await self._take(account, room, now)

    async def _is_open(self, account: str, room: _Room, now: datetime) -> bool:
        """Whether nobody waits; the store is asked once a second at most, if it may be so."""
        if not room.fresh(now) and (room.next_at is None or room.next_at <= now):
            room.see(await self._store.tables.waiting_rooms.next_at(account))
            room.looked_at = now
        return room.ahead is None or room.ahead <= now

    async def _take(self, account: str, room: _Room, now: datetime) -> datetime:
        """The first of a new block, behind those who were let in without a place."""
        rooms = self._store.tables.waiting_rooms
        for _ in range(TRIES):
            block = take(room.ahead, now, room.rate, room.size)
            if await rooms.advance(account, expected=room.next_at, to=block.next_at):
                room.entries.clear()
                room.see(block.next_at)
                room.looked_at = room.taken_at = now
                room.block.extend(block.places[1:])
                return block.places[0]
            room.see(await rooms.next_at(account))
        raise Conflict(f"the waiting room of {account} is taken from all the time")


def places_retention(tables: SideTables) -> Retention:
    """Places are of no use once their turn is over."""
    return Retention(table=tables.waiting_rooms, keep=PLACES_KEPT)
