"""Webhook deliveries in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store import encoding
from unshackled.store.side_tables.deliveries import (
    DeliveryPage,
    DeliveryRecord,
    DeliveryState,
    Reply,
    consumer_of,
)
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS webhook_deliveries (
        id TEXT NOT NULL PRIMARY KEY,
        endpoint TEXT NOT NULL,
        retailer TEXT NOT NULL,
        event TEXT NOT NULL,
        checkout TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts BIGINT NOT NULL,
        next_at TEXT NOT NULL,
        status BIGINT,
        error TEXT,
        tried_at TEXT,
        delivered_at TEXT,
        created_at TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_due
    ON webhook_deliveries (endpoint, next_at, id) WHERE state = 'pending'
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_heads
    ON webhook_deliveries (endpoint, checkout, version, idx) WHERE state = 'pending'
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_listed
    ON webhook_deliveries (endpoint, at, id)
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_old
    ON webhook_deliveries (created_at) WHERE state <> 'pending'
    """,
)
COLUMNS: Final = (
    "id, endpoint, retailer, event, checkout, version, idx, type, at, body, state, attempts,"
    " next_at, status, error, tried_at, delivered_at, created_at"
)
SELECT: Final = f"SELECT {COLUMNS} FROM webhook_deliveries AS d"  # noqa: S608 - the names above
INSERT: Final = f"""
    INSERT INTO webhook_deliveries ({COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608 - the names above
# The first pending event of each checkout, where its time has come.
HEADS: Final = f"""
    {SELECT} WHERE d.endpoint = ? AND d.state = 'pending' AND d.next_at <= ? AND NOT EXISTS (
        SELECT 1 FROM webhook_deliveries AS e
        WHERE e.endpoint = d.endpoint AND e.checkout = d.checkout AND e.state = 'pending'
            AND (e.version, e.idx) < (d.version, d.idx)
    ) ORDER BY d.next_at, d.id LIMIT ?
"""  # noqa: S608 - the names above
RECORD: Final = """
    UPDATE webhook_deliveries SET state = ?, attempts = ?, next_at = ?, status = ?, error = ?,
        tried_at = ?, delivered_at = ?
    WHERE id = ? AND state = 'pending' AND attempts = ?
"""
REPLAY: Final = """
    UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = ?, delivered_at = NULL
    WHERE endpoint = ? AND state <> 'pending' AND at >= ? AND at < ?
"""
AGAIN: Final = """
    UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = ?, delivered_at = NULL
    WHERE id = ? AND state <> 'pending'
"""
# What is queued again needs nobody's decision any more.
CLOSE: Final = """
    UPDATE dead_letters SET state = 'replayed', last_at = ?
    WHERE consumer = ? AND state = 'open' AND event IN (
        SELECT event FROM webhook_deliveries WHERE endpoint = ? AND state = 'pending'
    )
"""
RESUME: Final = """
    UPDATE webhook_deliveries SET next_at = ?
    WHERE endpoint = ? AND state = 'pending' AND next_at > ?
"""
PRUNE: Final = """
    DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries
        WHERE state <> 'pending' AND created_at < ? LIMIT ?
    ) RETURNING id
"""


class SqlDeliveries:
    """The deliveries of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, *deliveries: DeliveryRecord) -> None:
        """Insert them together; those that are there already stay as they are."""
        if deliveries:
            await self._tables.write(*(Statement(INSERT, _row(one)) for one in deliveries))

    async def get(self, delivery: str) -> DeliveryRecord | None:
        """One by its id."""
        rows = await self._tables.read(f"{SELECT} WHERE id = ?", delivery)
        return _delivery(rows[0]) if rows else None

    async def heads(self, endpoint: str, now: datetime, limit: int) -> Sequence[DeliveryRecord]:
        """What may be sent now: of each checkout its first that is pending, if it is due."""
        rows = await self._tables.read(HEADS, endpoint, encoding.stamp(now), limit)
        return [_delivery(row) for row in rows]

    async def record(
        self,
        tried: DeliveryRecord,
        reply: Reply,
        state: DeliveryState,
        next_at: datetime,
        now: datetime,
    ) -> None:
        """Note what an attempt came to, unless another process noted one meanwhile."""
        values = (
            state,
            tried.attempts + 1,
            encoding.stamp(next_at),
            reply.status,
            reply.error,
            encoding.stamp(now),
            encoding.stamp(now) if state == "delivered" else None,
            tried.id,
            tried.attempts,
        )
        await self._tables.write(Statement(RECORD, values))

    async def replay(
        self,
        endpoint: str,
        *,
        since: datetime,
        until: datetime,
        now: datetime,
        checkout: str | None = None,
        states: Sequence[DeliveryState] = (),
    ) -> int:
        """Queue again what happened in [since, until) and is not queued; how many there were."""
        sql = REPLAY
        values: list[Value] = [
            encoding.stamp(now),
            endpoint,
            encoding.stamp(since),
            encoding.stamp(until),
        ]
        if checkout is not None:
            sql += " AND checkout = ?"
            values.append(checkout)
        if states:
            sql += f" AND state IN ({', '.join('?' * len(states))})"
            values.extend(states)
        rows, _ = await self._tables.write(
            Statement(f"{sql} RETURNING id", values),
            Statement(CLOSE, (encoding.stamp(now), consumer_of(endpoint), endpoint)),
        )
        return len(rows)

    async def again(self, delivery: str, now: datetime) -> None:
        """Queue one again; one that is queued stays as it is."""
        await self._tables.write(Statement(AGAIN, (encoding.stamp(now), delivery)))

    async def resume(self, endpoint: str, now: datetime) -> None:
        """Make everything that waits due now."""
        at = encoding.stamp(now)
        await self._tables.write(Statement(RESUME, (at, endpoint, at)))

    async def page(
        self,
        endpoint: str,
        *,
        state: DeliveryState | None = None,
        checkout: str | None = None,
        after: str | None,
        limit: int,
    ) -> DeliveryPage:
        """Deliveries to an endpoint; raises `ValueError` for a cursor that no page gave."""
        wheres, values = ["d.endpoint = ?"], list[Value]([endpoint])
        for name, value in (("state", state), ("checkout", checkout)):
            if value is not None:
                wheres.append(f"d.{name} = ?")
                values.append(value)
        if after is not None:
            wheres.append("(d.at, d.id) < (?, ?)")
            values.extend(encoding.decode(after))
        sql = f"{SELECT} WHERE {' AND '.join(wheres)} ORDER BY d.at DESC, d.id DESC LIMIT ?"
        found = [_delivery(row) for row in await self._tables.read(sql, *values, limit + 1)]
        last = found[limit - 1] if len(found) > limit else None
        return DeliveryPage(
            deliveries=found[:limit],
            next=encoding.encode(encoding.stamp(last.at), last.id) if last else None,
        )

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some that were made before and are not pending; how many."""
        (rows,) = await self._tables.write(Statement(PRUNE, (encoding.stamp(before), limit)))
        return len(rows)


def _row(one: DeliveryRecord) -> tuple[Value, ...]:
    return (
        one.id,
        one.endpoint,
        one.retailer,
        one.event,
        one.checkout,
        one.version,
        one.index,
        one.type,
        encoding.stamp(one.at),
        one.body,
        one.state,
        one.attempts,
        encoding.stamp(one.next_at),
        one.status,
        one.error,
        encoding.stamp(one.tried_at) if one.tried_at else None,
        encoding.stamp(one.delivered_at) if one.delivered_at else None,
        encoding.stamp(one.created_at),
    )


def _delivery(row: Row) -> DeliveryRecord:
    found = dict(
        zip(COLUMNS.replace(" ", "").split(","), cast("tuple[Any, ...]", row), strict=True)
    )
    found["index"] = found.pop("idx")
    for name in ("at", "next_at", "tried_at", "delivered_at", "created_at"):
        found[name] = datetime.fromisoformat(found[name]) if found[name] else None
    return DeliveryRecord(**found)
