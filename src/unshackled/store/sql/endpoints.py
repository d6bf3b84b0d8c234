"""Webhook endpoints in SQL.

`types` and `old_secrets` are JSON lists. `hold_until` is empty while an endpoint is well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

import orjson

from unshackled.store import encoding
from unshackled.store.side_tables.endpoints import MOST, Endpoint, EndpointPage, OldSecret, Why
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS webhook_endpoints (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        url TEXT NOT NULL,
        types TEXT NOT NULL,
        description TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT,
        secret TEXT NOT NULL,
        old_secrets TEXT NOT NULL,
        failures BIGINT NOT NULL,
        failing_since TEXT,
        hold_until TEXT NOT NULL,
        made_of TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_endpoints_listed
    ON webhook_endpoints (retailer, created_at, id)
    """,
)
COLUMNS: Final = (
    "id, retailer, url, types, description, state, why, secret, old_secrets, failures,"
    " failing_since, hold_until, made_of, created_at, updated_at"
)
SELECT: Final = f"SELECT {COLUMNS} FROM webhook_endpoints"  # noqa: S608 - the names above
INSERT: Final = f"""
    INSERT INTO webhook_endpoints ({COLUMNS})
    SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
    WHERE (SELECT count(*) FROM webhook_endpoints WHERE retailer = ?) < ?
    ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608 - the names above
CHANGE: Final = """
    UPDATE webhook_endpoints SET url = ?, types = ?, description = ?, state = ?, why = ?,
        secret = ?, old_secrets = ?, failures = ?, failing_since = ?, hold_until = ?, updated_at = ?
    WHERE id = ? AND updated_at = ? RETURNING id
"""
# With something pending that is due. Whether it is the first of its checkout shows later.
READY: Final = f"""
    {SELECT} WHERE state = 'enabled' AND hold_until <= ? AND EXISTS (
        SELECT 1 FROM webhook_deliveries AS d
        WHERE d.endpoint = webhook_endpoints.id AND d.state = 'pending' AND d.next_at <= ?
    ) ORDER BY id
"""  # noqa: S608 - the names above
WELL: Final = """
    UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, hold_until = ? WHERE id = ?
"""
FAILED: Final = """
    UPDATE webhook_endpoints SET failures = ?, failing_since = ?, hold_until = ? WHERE id = ?
"""
DISABLE: Final = """
    UPDATE webhook_endpoints SET state = 'disabled', why = ?, updated_at = ?
    WHERE id = ? AND state = 'enabled' RETURNING id
"""


class SqlEndpoints:
    """The webhook endpoints of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, endpoint: Endpoint, *, most: int = MOST) -> bool:
        """Insert one; False when its id is taken, or its account has `most` already.

        Those of an account are counted and added one after the other, in all processes.
        """
        values = (*_row(endpoint), endpoint.retailer, most)
        alone = f"webhooks of {endpoint.retailer}"
        (rows,) = await self._tables.write(Statement(INSERT, values), alone=alone)
        return bool(rows)

    async def change(self, endpoint: Endpoint, *, expected: datetime) -> None:
        """Replace one that was changed last at `expected`; `Conflict` when it was changed since."""
        row = _row(endpoint)
        values = (*row[2:12], row[14], endpoint.id, encoding.stamp(expected))
        await self._tables.write(Statement(CHANGE, values, must=True))

    async def remove(self, endpoint: str) -> None:
        """Delete one, and every delivery to it."""
        await self._tables.write(
            Statement("DELETE FROM webhook_endpoints WHERE id = ?", (endpoint,)),
            Statement("DELETE FROM webhook_deliveries WHERE endpoint = ?", (endpoint,)),
        )

    async def get(self, endpoint: str) -> Endpoint | None:
        """One by its id."""
        rows = await self._tables.read(f"{SELECT} WHERE id = ?", endpoint)
        return _endpoint(rows[0]) if rows else None

    async def of(self, retailer: str) -> Sequence[Endpoint]:
        """All of a retailer, disabled ones too."""
        sql = f"{SELECT} WHERE retailer = ? ORDER BY created_at, id"
        return [_endpoint(row) for row in await self._tables.read(sql, retailer)]

    async def page(self, retailer: str, *, after: str | None, limit: int) -> EndpointPage:
        """Some of a retailer; raises `ValueError` for a cursor that no page gave."""
        begin = encoding.decode(after) if after is not None else ("", "")
        sql = f"""
            {SELECT} WHERE retailer = ? AND (created_at, id) > (?, ?)
            ORDER BY created_at, id LIMIT ?
        """
        rows = await self._tables.read(sql, retailer, *begin, limit + 1)
        found = [_endpoint(row) for row in rows]
        last = found[limit - 1] if len(found) > limit else None
        return EndpointPage(
            endpoints=found[:limit],
            next=encoding.encode(encoding.stamp(last.created_at), last.id) if last else None,
        )

    async def ready(self, now: datetime) -> Sequence[Endpoint]:
        """The enabled ones that are not on hold, and to which something is due."""
        at = encoding.stamp(now)
        return [_endpoint(row) for row in await self._tables.read(READY, at, at)]

    async def well(self, endpoint: Endpoint, hold_until: datetime) -> None:
        """Something arrived."""
        await self._tables.write(Statement(WELL, (encoding.stamp(hold_until), endpoint.id)))

    async def failed(self, endpoint: Endpoint, since: datetime, hold_until: datetime) -> None:
        """A round in which nothing arrived, one more than `endpoint` tells of."""
        values = (
            endpoint.failures + 1,
            encoding.stamp(since),
            encoding.stamp(hold_until),
            endpoint.id,
        )
        await self._tables.write(Statement(FAILED, values))

    async def disable(self, endpoint: str, why: Why, now: datetime) -> bool:
        """Disable one; False when it is (or has gone) already."""
        (rows,) = await self._tables.write(Statement(DISABLE, (why, encoding.stamp(now), endpoint)))
        return bool(rows)


def _row(one: Endpoint) -> tuple[Value, ...]:
    old = [{"secret": old.secret, "until": encoding.stamp(old.until)} for old in one.old_secrets]
    return (
        one.id,
        one.retailer,
        one.url,
        orjson.dumps(one.types).decode(),
        one.description,
        one.state,
        one.why,
        one.secret,
        orjson.dumps(old).decode(),
        one.failures,
        encoding.stamp(one.failing_since) if one.failing_since else None,
        encoding.stamp(one.hold_until) if one.hold_until else "",
        one.made_of,
        encoding.stamp(one.created_at),
        encoding.stamp(one.updated_at),
    )


def _endpoint(row: Row) -> Endpoint:
    found = dict(
        zip(COLUMNS.replace(" ", "").split(","), cast("tuple[Any, ...]", row), strict=True)
    )
    since, hold = found["failing_since"], found["hold_until"]
    return Endpoint(
        **found
        | {
            "types": tuple(orjson.loads(found["types"])),
            "old_secrets": tuple(
                OldSecret(secret=old["secret"], until=datetime.fromisoformat(old["until"]))
                for old in orjson.loads(found["old_secrets"])
            ),
            "failing_since": datetime.fromisoformat(since) if since else None,
            "hold_until": datetime.fromisoformat(hold) if hold else None,
            "created_at": datetime.fromisoformat(found["created_at"]),
            "updated_at": datetime.fromisoformat(found["updated_at"]),
        }
    )
