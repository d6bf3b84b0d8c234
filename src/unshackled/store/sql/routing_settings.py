"""Settings of routes and providers in SQL.

`data` is JSON; `version` grows by one with each change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

import orjson

from unshackled.domain.codec import decode, encode
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.routing_settings import SHAPES, Kind, RoutingSetting
from unshackled.store.sql.tables import Row, Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS routing_settings (
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        data TEXT NOT NULL,
        version BIGINT NOT NULL,
        changed_at TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (retailer, kind, name)
    )
    """,
)
READ: Final = """
    SELECT retailer, kind, name, data, version, changed_at, changed_by, reason
    FROM routing_settings ORDER BY retailer, kind, name
"""
BEGIN: Final = """
    INSERT INTO routing_settings
        (data, version, changed_at, changed_by, reason, retailer, kind, name)
    VALUES (?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (retailer, kind, name) DO NOTHING RETURNING name
"""
CHANGE: Final = """
    UPDATE routing_settings
    SET data = ?, version = version + 1, changed_at = ?, changed_by = ?, reason = ?
    WHERE retailer = ? AND kind = ? AND name = ? AND version = ? RETURNING name
"""


class SqlRoutingSettings:
    """The settings of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def all(self) -> Sequence[RoutingSetting]:
        """Everything that was ever set: a few rows for each retailer."""
        return [_entry(row) for row in await self._tables.read(READ)]

    async def put(self, entry: RoutingSetting) -> None:
        """Replace what stood at `entry.version`; raises `Conflict` where it moved on."""
        at = stamp(cast("datetime", entry.changed_at))
        data = orjson.dumps(encode(entry.settings)).decode()
        said = (data, at, entry.changed_by, entry.reason)
        where = (entry.retailer, entry.kind, entry.name)
        if entry.version == 0:
            statement = Statement(BEGIN, (*said, *where), must=True)
        else:
            statement = Statement(CHANGE, (*said, *where, entry.version), must=True)
        await self._tables.write(statement)


def _entry(row: Row) -> RoutingSetting:
    retailer, kind, name, data, version, changed_at, changed_by, reason = cast(
        "tuple[str, Kind, str, str, int, str, str, str]", row
    )
    return RoutingSetting(
        retailer=retailer,
        kind=kind,
        name=name,
        settings=decode(SHAPES[kind], orjson.loads(data)),
        version=version,
        changed_at=datetime.fromisoformat(changed_at),
        changed_by=changed_by,
        reason=reason,
    )
