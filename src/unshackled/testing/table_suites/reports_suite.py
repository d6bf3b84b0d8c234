"""What the journeys and counts of the reports promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.journeys import Journey, PurchaseValue, Track
from unshackled.store.side_tables.report_counts import AsOf, CounterKey, Move, ReportQuery
from unshackled.testing.samples import NOW

DAY = timedelta(days=1)
FIRST, SECOND = "2026-11-21", "2026-11-22"
KEY = CounterKey(
    "northstar", "funnel", FIRST, "handset", "begun", "contact", "texts", "slow", "GBP"
)


def journey_of(number: int = 1, version: int = 1, **given: Any) -> Journey:
    """A checkout at the event (version, 0)."""
    track = Track(state=State.IN_REVIEW, provider="a", moved=(version, 0), ready_at=NOW)
    known = {
        "checkout": f"chk_{number}",
        "retailer": "northstar",
        "flow": "handset",
        "digest": "sha256:1",
        "began_at": NOW,
        "at": NOW,
        "position": (version, 0),
        "price": PurchaseValue(due_today=100, parts=("handset",)),
        "steps": {"credit": track},
        "providers": {"credit": ("a", "b")},
        "waiting": ("credit", "a"),
    }
    return Journey(**{**known, **given})


class ReportPromises:
    """Journeys move by compare-and-swap, with what they add to the counts, or not at all."""

    async def _all(self, tables: SideTables, **given: Any) -> dict[CounterKey, int]:
        asked = ReportQuery(retailer="northstar", first="0001-01-01", last="9999-12-31")
        return dict(await tables.reports.counts(asked, "funnel", **given))

    async def test_a_journey_comes_back_as_it_was(self, tables: SideTables) -> None:
        """Over the one before; without a move nothing is counted."""
        reports, old = tables.reports, journey_of()
        await reports.put([], {KEY: 1})
        await reports.put([(None, old)], {KEY: 1})
        assert await reports.journey("chk_1") == old
        new = replace(old, position=(2, 1), ended=True, waiting=None)
        await reports.put([(old, new)], {KEY: 2})
        assert await reports.journey("chk_1") == new
        assert await reports.journey("chk_2") is None
        assert await self._all(tables, daily=True) == {KEY: 3}

    async def test_an_event_counts_once(self, tables: SideTables) -> None:
        """Of two who fold the same one is refused, with all that it brought along."""
        reports, old, other = tables.reports, journey_of(), journey_of(2)
        ends = await asyncio.gather(
            *(reports.put([(None, old)], {KEY: 1}) for _ in range(2)), return_exceptions=True
        )
        assert [type(end) for end in ends if end is not None] == [Conflict]
        stale: tuple[Move, ...] = (
            (None, old),
            (journey_of(version=9), journey_of(version=10)),
            (journey_of(3), journey_of(3, 2)),
        )
        for move in stale:
            with pytest.raises(Conflict):
                await reports.put([(None, other), move], {KEY: 1})
        assert await reports.journey("chk_2") is None
        assert await self._all(tables, daily=True) == {KEY: 1}

    async def test_counts_add_up_over_days(self, tables: SideTables) -> None:
        """Days are inclusive; accounts, topics and what else a number is about stay apart."""
        counts = {
            KEY: 1,
            KEY._replace(day=SECOND): -2,
            KEY._replace(code=""): 2**40,
            KEY._replace(topic="revenue"): 7,
            KEY._replace(retailer="orbit", flow="other"): 9,
        }
        await tables.reports.put([(None, journey_of())], counts)
        await tables.reports.put([(None, journey_of(2))], {KEY: 4})
        nothing = KEY._replace(day="")
        assert await self._all(tables) == {nothing: 3, nothing._replace(code=""): 2**40}
        assert (await self._all(tables, daily=True))[KEY] == 5
        second = ReportQuery(retailer="northstar", first=SECOND, last=SECOND)
        assert await tables.reports.counts(second, "funnel") == {nothing: -2}
        assert await tables.reports.counts(second, "latency") == {}
        assert list(await tables.reports.flows("northstar")) == ["handset"]
        assert list(await tables.reports.flows("nobody")) == []

    async def test_many_counts_at_once_are_all_counted(self, tables: SideTables) -> None:
        """From several writers, in whatever order each has them."""
        keys = [KEY._replace(step=f"step {number:03}") for number in range(120)]
        await asyncio.gather(
            *(
                tables.reports.put([(None, journey_of(number))], dict.fromkeys(order, 1))
                for number, order in enumerate((keys, keys[::-1], keys[::3]))
            )
        )
        found = await self._all(tables, daily=True)
        assert found == {key: 3 if not n % 3 else 2 for n, key in enumerate(keys)}

    async def test_the_newest_event_says_how_far_they_count(self, tables: SideTables) -> None:
        """Of the account; of two at one time that of the later id."""
        reports = tables.reports
        assert await reports.as_of("northstar") is None
        for one in (
            journey_of(1, 3, at=NOW + DAY),
            journey_of(2, 4, at=NOW + DAY),
            journey_of(3, 5),
            journey_of(4, 6, at=NOW + 2 * DAY, retailer="orbit"),
        ):
            await reports.put([(None, one)], {})
        at = (NOW + DAY).isoformat(timespec="microseconds").replace("+00:00", "Z")
        assert await reports.as_of("northstar") == AsOf(event="chk_2-4-0", at=at)

    async def test_ended_journeys_are_pruned_and_their_counts_stay(
        self, tables: SideTables
    ) -> None:
        """The oldest first; not those that are open, and not the newest of an account."""
        reports = tables.reports
        for number in range(4):
            ended = journey_of(number, at=NOW + number * DAY, ended=number != 1)
            await reports.put([(None, ended)], {KEY: 1})
        await reports.put([(None, journey_of(9, retailer="orbit", ended=True))], {})
        assert await reports.prune(before=NOW, limit=9) == 0
        assert await reports.prune(before=NOW + 9 * DAY, limit=1) == 1
        assert await reports.journey("chk_0") is None
        assert await reports.prune(before=NOW + 9 * DAY, limit=9) == 1
        left = [number for number in (1, 2, 3, 9) if await reports.journey(f"chk_{number}")]
        assert left == [1, 3, 9]
        assert await self._all(tables, daily=True) == {KEY: 4}
