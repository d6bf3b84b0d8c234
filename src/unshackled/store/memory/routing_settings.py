"""Settings of routes and providers in memory."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.routing_settings import RoutingSetting


class MemoryRoutingSettings:
    """Entries by (retailer, kind, name)."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[tuple[str, str, str], RoutingSetting] = {}

    async def all(self) -> Sequence[RoutingSetting]:
        """Everything that was ever set, by (retailer, kind, name)."""
        self._ping()
        return [one for _, one in sorted(self._rows.items(), key=lambda row: row[0])]

    async def put(self, entry: RoutingSetting) -> None:
        """Replace what stood at `entry.version`; raises `Conflict` where it moved on."""
        self._ping()
        key = (entry.retailer, entry.kind, entry.name)
        row = self._rows.get(key)
        if entry.version != (row.version if row is not None else 0):
            raise Conflict(f"{entry.kind} {entry.name}: not at version {entry.version} any more")
        self._rows[key] = replace(entry, version=entry.version + 1)
