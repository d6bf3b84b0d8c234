"""What waiting rooms promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from unshackled.store.side_tables import SideTables
from unshackled.testing.samples import NOW

SECOND = timedelta(seconds=1)


class WaitingRoomPromises:
    """No place is given twice, whoever asks at the same time."""

    async def test_a_room_moves_only_for_who_saw_it_last(self, tables: SideTables) -> None:
        """At the first time and later; an account's test mode is a room of its own."""
        rooms = tables.waiting_rooms
        assert await rooms.next_at("northstar") is None
        expected = None
        for number in (1, 2):
            to = NOW + number * SECOND / 3
            moves = (rooms.advance("northstar", expected=expected, to=to) for _ in range(3))
            assert sorted(await asyncio.gather(*moves)) == [False, False, True]
            assert await rooms.next_at("northstar") == to
            expected = to
        assert not await rooms.advance("northstar", expected=NOW, to=NOW + 9 * SECOND)
        assert not await rooms.advance("northstar", expected=None, to=NOW + 9 * SECOND)
        assert not await rooms.advance("orbit", expected=NOW, to=NOW + 9 * SECOND)
        assert await rooms.next_at("northstar:test") is None

    async def test_somebody_holds_one_place(self, tables: SideTables) -> None:
        """The first of those asked for at the same time, until it has lapsed."""
        rooms, old = tables.waiting_rooms, NOW - SECOND
        assert await rooms.place_of("northstar", "h") is None
        holds = (
            rooms.hold("northstar", "h", admit_at=NOW + number * SECOND, lapsed=old)
            for number in range(3)
        )
        found = set(await asyncio.gather(*holds))
        assert len(found) == 1
        assert {await rooms.place_of("northstar", "h")} == found
        assert await rooms.place_of("orbit", "h") is None
        later = NOW + 60 * SECOND
        assert {await rooms.hold("northstar", "h", admit_at=later, lapsed=NOW - SECOND)} == found
        assert await rooms.hold("northstar", "h", admit_at=later, lapsed=later) == later
        assert await rooms.hold("northstar", "g", admit_at=NOW, lapsed=later) == NOW

    async def test_old_places_are_pruned_and_rooms_stay(self, tables: SideTables) -> None:
        """At most `limit` at a time, the oldest first."""
        rooms = tables.waiting_rooms
        await rooms.advance("northstar", expected=None, to=NOW)
        for number in range(3):
            at = NOW + number * SECOND
            await rooms.hold("northstar", f"h{number}", admit_at=at, lapsed=NOW)
        assert await rooms.prune(before=NOW, limit=9) == 0
        assert await rooms.prune(before=NOW + 2 * SECOND, limit=1) == 1
        assert await rooms.prune(before=NOW + 2 * SECOND, limit=9) == 1
        assert await rooms.place_of("northstar", "h2") == NOW + 2 * SECOND
        assert await rooms.next_at("northstar") == NOW
