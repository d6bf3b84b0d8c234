"""Journeys and counts of the reports in SQL.

`body` is a journey as JSON, `at` the time of the event it was folded up to: (version, idx);
`ended` is 1 once the checkout was completed or canceled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from unshackled.domain.codec import decode, json_of
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import (
    AsOf,
    CounterKey,
    Counts,
    Move,
    ReportQuery,
    Topic,
)
from unshackled.store.sql.tables import Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS report_journeys (
        checkout TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        at TEXT NOT NULL,
        ended INTEGER NOT NULL,
        body TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS report_journeys_newest ON report_journeys (retailer, at, checkout)
    """,
    """
    CREATE TABLE IF NOT EXISTS report_counts (
        retailer TEXT NOT NULL,
        topic TEXT NOT NULL,
        day TEXT NOT NULL,
        flow TEXT NOT NULL,
        measure TEXT NOT NULL,
        step TEXT NOT NULL,
        provider TEXT NOT NULL,
        code TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (retailer, topic, day, flow, measure, step, provider, code, currency)
    )
    """,
)
BEGIN: Final = """
    INSERT INTO report_journeys (version, idx, at, ended, body, retailer, checkout)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (checkout) DO NOTHING RETURNING checkout
"""
MOVE: Final = """
    UPDATE report_journeys SET version = ?, idx = ?, at = ?, ended = ?, body = ?
    WHERE retailer = ? AND checkout = ? AND version = ? AND idx = ? RETURNING checkout
"""
ADD: Final = """
    INSERT INTO report_counts
        (retailer, topic, day, flow, measure, step, provider, code, currency, amount)
    VALUES {rows}
    ON CONFLICT (retailer, topic, day, flow, measure, step, provider, code, currency)
    DO UPDATE SET amount = report_counts.amount + excluded.amount
"""
ADDED: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADDED_AT_ONCE: Final = 50
SUM: Final = """
    SELECT flow, measure, step, provider, code, currency, CAST(sum(amount) AS BIGINT)
    FROM report_counts
    WHERE retailer = ? AND topic = ? AND day >= ? AND day <= ?
    GROUP BY flow, measure, step, provider, code, currency
"""
DAILY: Final = """
    SELECT flow, measure, step, provider, code, currency, amount, day
    FROM report_counts
    WHERE retailer = ? AND topic = ? AND day >= ? AND day <= ?
"""
NEWEST: Final = """
    SELECT checkout, version, idx, at FROM report_journeys
    WHERE retailer = ? ORDER BY at DESC, checkout DESC LIMIT 1
"""
PRUNE: Final = """
    DELETE FROM report_journeys WHERE checkout IN (
        SELECT old.checkout FROM report_journeys AS old
        WHERE old.ended = 1 AND old.at < ? AND EXISTS (
            SELECT 1 FROM report_journeys AS newer
            WHERE newer.retailer = old.retailer
              AND (newer.at, newer.checkout) > (old.at, old.checkout)
        )
        ORDER BY old.at LIMIT ?
    )
    RETURNING checkout
"""
FLOWS: Final = "SELECT DISTINCT flow FROM report_counts WHERE retailer = ? ORDER BY flow"


class SqlReportCounts:
    """The journeys and counts of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def journey(self, checkout: str) -> Journey | None:
        """A checkout as it was folded last."""
        sql = "SELECT body FROM report_journeys WHERE checkout = ?"
        rows = await self._tables.read(sql, checkout)
        return decode(Journey, orjson.loads(str(rows[0][0]))) if rows else None

    async def put(self, moves: Sequence[Move], counts: Counts) -> None:
        """Write journeys over those they were folded from, and add to the counts.

        Raises `Conflict`, with nothing written, when another folded an event of them meanwhile.
        """
        if moves:
            ordered = sorted(moves, key=lambda move: move[1].checkout)
            await self._tables.write(*(_moving(*move) for move in ordered), *_adding(counts))

    async def counts(self, query: ReportQuery, topic: Topic, *, daily: bool = False) -> Counts:
        """What was counted, summed up over the days, or `daily`; without days the key has none."""
        sql = DAILY if daily else SUM
        rows = await self._tables.read(sql, query.retailer, topic, query.first, query.last)
        return dict(_counted(query.retailer, topic, row) for row in rows)

    async def as_of(self, retailer: str) -> AsOf | None:
        """The newest of the retailer's events that is counted; None before the first."""
        rows = await self._tables.read(NEWEST, retailer)
        if not rows:
            return None
        checkout, version, index, at = rows[0]
        return AsOf(event=f"{checkout}-{version}-{index}", at=str(at).replace("+00:00", "Z"))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete journeys that ended before a time; how many. What they counted stays.

        Only once their events can come no more, or those would be counted again. The newest of
        each retailer stays, as it says up to when reports count.
        """
        (rows,) = await self._tables.write(Statement(PRUNE, [stamp(before), limit]))
        return len(rows)

    async def flows(self, retailer: str) -> Sequence[str]:
        """The flows that anything was counted of, those that are not sold any more too."""
        return [str(row[0]) for row in await self._tables.read(FLOWS, retailer)]


def _moving(old: Journey | None, new: Journey) -> Statement:
    version, index = new.position
    body = json_of(new).decode()
    moved: list[Value] = [version, index, stamp(new.at), int(new.ended), body]
    values = [*moved, new.retailer, new.checkout]
    if old is None:
        return Statement(BEGIN, values, must=True)
    return Statement(MOVE, [*values, *old.position], must=True)


def _adding(counts: Counts) -> Iterator[Statement]:
    """In one order for all writers, so that two never wait for each other; few at once."""
    keys = sorted(counts)
    for begin in range(0, len(keys), ADDED_AT_ONCE):
        some = keys[begin : begin + ADDED_AT_ONCE]
        rows = ", ".join([ADDED] * len(some))
        values: list[Value] = [value for key in some for value in (*key, counts[key])]
        yield Statement(ADD.format(rows=rows), values)


def _counted(retailer: str, topic: Topic, row: Sequence[Any]) -> tuple[CounterKey, int]:
    flow, measure, step, provider, code, currency, amount, *day = row
    key = CounterKey(
        retailer, topic, day[0] if day else "", flow, measure, step, provider, code, currency
    )
    return key, amount
