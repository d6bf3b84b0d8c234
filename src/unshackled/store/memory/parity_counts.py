"""Parity in memory, counted by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unshackled.domain.records import replace
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.parity_counts import (
    ParityCount,
    ProviderPair,
    ProviderParity,
    hour_of,
    report_of,
)


class MemoryParityCounts:
    """Counts by hour, pair, field and verdict."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[tuple[datetime, ProviderPair, str, str], ParityCount] = {}

    async def add(self, counts: Sequence[ParityCount], at: datetime) -> None:
        """Add what one process counted to the hour of `at`."""
        self._ping()
        for one in counts:
            key = (hour_of(at), one.pair, one.field, one.verdict)
            old = self._rows.get(key)
            self._rows[key] = one if old is None else _together(old, one)

    async def report(self, since: datetime) -> Sequence[ProviderParity]:
        """Every pair that was compared since then, by hours."""
        self._ping()
        summed: dict[tuple[ProviderPair, str, str], ParityCount] = {}
        for (hour, *_), one in self._rows.items():
            if hour >= hour_of(since):
                key = (one.pair, one.field, one.verdict)
                summed[key] = _summed(summed[key], one) if key in summed else one
        return list(report_of(one for _, one in sorted(summed.items(), key=lambda row: row[0])))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete counts of hours that began before; how many."""
        self._ping()
        old = [key for key in self._rows if key[0] < before][:limit]
        for key in old:
            del self._rows[key]
        return len(old)


def _summed(one: ParityCount, other: ParityCount) -> ParityCount:
    examples = [example for example in (one.example, other.example) if example is not None]
    amount = one.amount + other.amount
    return replace(one, amount=amount, example=max(examples, default=None))


def _together(old: ParityCount, new: ParityCount) -> ParityCount:
    example = new.example if new.example is not None else old.example
    return replace(old, amount=old.amount + new.amount, example=example)
