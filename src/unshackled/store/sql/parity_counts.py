"""Parity in SQL, counted by hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store.encoding import stamp
from unshackled.store.side_tables.parity_counts import (
    ParityCount,
    ProviderPair,
    ProviderParity,
    hour_of,
    report_of,
)
from unshackled.store.sql.tables import Row, Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS parity_counts (
        retailer TEXT NOT NULL,
        route TEXT NOT NULL,
        live TEXT NOT NULL,
        candidate TEXT NOT NULL,
        operation TEXT NOT NULL,
        hour TEXT NOT NULL,
        field TEXT NOT NULL,
        verdict TEXT NOT NULL,
        amount BIGINT NOT NULL,
        example TEXT,
        PRIMARY KEY (retailer, route, live, candidate, operation, hour, field, verdict)
    )
    """,
)
ADD: Final = """
    INSERT INTO parity_counts
        (retailer, route, live, candidate, operation, hour, field, verdict, amount, example)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (retailer, route, live, candidate, operation, hour, field, verdict)
    DO UPDATE SET amount = parity_counts.amount + excluded.amount,
        example = COALESCE(excluded.example, parity_counts.example)
"""
SUM: Final = """
    SELECT retailer, route, live, candidate, operation, field, verdict,
        CAST(sum(amount) AS BIGINT), max(example)
    FROM parity_counts WHERE hour >= ?
    GROUP BY retailer, route, live, candidate, operation, field, verdict
    ORDER BY retailer, route, live, candidate, operation, field, verdict
"""
PRUNE: Final = """
    DELETE FROM parity_counts
    WHERE (retailer, route, live, candidate, operation, hour, field, verdict) IN (
        SELECT retailer, route, live, candidate, operation, hour, field, verdict
        FROM parity_counts WHERE hour < ? LIMIT ?
    )
    RETURNING hour
"""


class SqlParityCounts:
    """The counts of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, counts: Sequence[ParityCount], at: datetime) -> None:
        """Add what one process counted, in one order for all, so that two never wait."""
        hour = stamp(hour_of(at))
        ordered = sorted(counts, key=lambda one: (one.pair, one.field, one.verdict))
        if ordered:
            await self._tables.write(*(_adding(one, hour) for one in ordered))

    async def report(self, since: datetime) -> Sequence[ProviderParity]:
        """Every pair that was compared since then, by hours."""
        rows = await self._tables.read(SUM, stamp(hour_of(since)))
        return list(report_of(_counts(rows)))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete counts of hours that began before; how many."""
        (rows,) = await self._tables.write(Statement(PRUNE, (stamp(before), limit)))
        return len(rows)


def _adding(one: ParityCount, hour: str) -> Statement:
    pair = one.pair
    names = (pair.retailer, pair.route, pair.live, pair.candidate, pair.operation)
    return Statement(ADD, (*names, hour, one.field, one.verdict, one.amount, one.example))


def _counts(rows: Sequence[Row]) -> Iterator[ParityCount]:
    for row in rows:
        retailer, route, live, candidate, operation, name, verdict, amount, example = cast(
            "tuple[Any, ...]", row
        )
        pair = ProviderPair(
            retailer=retailer, route=route, live=live, candidate=candidate, operation=operation
        )
        yield ParityCount(
            pair=pair, field=name, verdict=verdict, amount=int(amount), example=example
        )
