"""Journeys and counts of the reports in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from unshackled.errors import Conflict
from unshackled.store import encoding
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import (
    AsOf,
    CounterKey,
    Counts,
    Move,
    ReportQuery,
    Topic,
)


class MemoryReportCounts:
    """Journeys by checkout, counts by what they are about."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._journeys: dict[str, Journey] = {}
        self._counts: Counter[CounterKey] = Counter()

    async def journey(self, checkout: str) -> Journey | None:
        """A checkout as it was folded last."""
        self._ping()
        return self._journeys.get(checkout)

    async def put(self, moves: Sequence[Move], counts: Counts) -> None:
        """Write journeys over those they were folded from, and add to the counts."""
        self._ping()
        for old, new in moves:
            there = self._journeys.get(new.checkout)
            if _identity(there) != _identity(old):
                raise Conflict(f"{new.checkout}: folded by another process meanwhile")
        if moves:
            self._journeys.update((new.checkout, new) for _, new in moves)
            self._counts.update(counts)

    async def counts(self, query: ReportQuery, topic: Topic, *, daily: bool = False) -> Counts:
        """What was counted, summed up over the days, or `daily`."""
        self._ping()
        found: Counter[CounterKey] = Counter()
        for key, amount in self._counts.items():
            mine = key.retailer == query.retailer and key.topic == topic
            if mine and query.first <= key.day <= query.last:
                found[key if daily else key._replace(day="")] += amount
        return dict(found)

    async def as_of(self, retailer: str) -> AsOf | None:
        """The newest of the account's events that is counted; None before the first."""
        self._ping()
        newest = max((one for one in self._mine(retailer)), key=_age, default=None)
        if newest is None:
            return None
        version, index = newest.position
        at = encoding.stamp(newest.at).replace("+00:00", "Z")
        return AsOf(event=f"{newest.checkout}-{version}-{index}", at=at)

    async def flows(self, retailer: str) -> Sequence[str]:
        """The flows that anything was counted of, sorted."""
        self._ping()
        return sorted({key.flow for key in self._counts if key.retailer == retailer})

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete journeys that ended before a time, but the newest of each account; how many."""
        self._ping()
        newest = {
            retailer: max(map(_age, self._mine(retailer)))
            for retailer in {one.retailer for one in self._journeys.values()}
        }
        old = [
            one
            for one in self._journeys.values()
            if one.ended and one.at < before and _age(one) < newest[one.retailer]
        ]
        gone = sorted(old, key=_age)[:limit]
        for one in gone:
            del self._journeys[one.checkout]
        return len(gone)

    def _mine(self, retailer: str) -> list[Journey]:
        return [one for one in self._journeys.values() if one.retailer == retailer]


def _identity(journey: Journey | None) -> tuple[str, tuple[int, int]] | None:
    return None if journey is None else (journey.retailer, journey.position)


def _age(journey: Journey) -> tuple[datetime, str]:
    return journey.at, journey.checkout
