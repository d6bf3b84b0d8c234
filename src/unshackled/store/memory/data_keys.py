"""Data keys in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unshackled.domain.records import replace
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.data_keys import StoredDataKey


class MemoryDataKeys:
    """Keys by what they seal."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, StoredDataKey] = {}

    async def add(self, key: StoredDataKey) -> bool:
        """Insert one; False when its subject has, or had, one already."""
        self._ping()
        return self._rows.setdefault(key.subject, key) is key

    async def get(self, subject: str) -> StoredDataKey | None:
        """The key of a subject, or the mark that it was deleted."""
        self._ping()
        return self._rows.get(subject)

    async def delete(self, subject: str, *, now: datetime) -> bool:
        """Delete a key for good, and leave a mark; False when there is none, or only a mark."""
        self._ping()
        row = self._rows.get(subject)
        if row is None or row.wrapped is None:
            return False
        self._rows[subject] = replace(row, wrapped=None, wrapped_by="", erased_at=now)
        return True

    async def under(self, retailer_key: str, *, limit: int) -> Sequence[StoredDataKey]:
        """Some of those that a retailer key wraps."""
        self._ping()
        return [one for one in self._rows.values() if one.wrapped_by == retailer_key][:limit]

    async def rewrap(self, keys: Sequence[tuple[StoredDataKey, StoredDataKey]]) -> int:
        """Replace how keys are wrapped, (before, after) each; how many still were as before."""
        self._ping()
        now = {
            after.subject: after
            for before, after in keys
            if before.wrapped is not None and self._rows.get(before.subject) == before
        }
        self._rows |= now
        return len(now)
