"""Keys of accounts in memory."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.retailer_keys import KeyPurpose, StoredRetailerKey


class MemoryRetailerKeys:
    """Keys by their ids."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, StoredRetailerKey] = {}

    async def add(self, key: StoredRetailerKey) -> bool:
        """Insert one; False when its account has one of this number and purpose already."""
        self._ping()
        place = (key.retailer, key.purpose, key.number)
        taken = {(one.retailer, one.purpose, one.number) for one in self._rows.values()}
        if place in taken or key.id in self._rows:
            return False
        self._rows[key.id] = key
        return True

    async def get(self, key: str) -> StoredRetailerKey | None:
        """One by its id."""
        self._ping()
        return self._rows.get(key)

    async def of(self, retailer: str, purpose: KeyPurpose) -> Sequence[StoredRetailerKey]:
        """All of an account and purpose, the current one first."""
        self._ping()
        found = [
            one for one in self._rows.values() if (one.retailer, one.purpose) == (retailer, purpose)
        ]
        return sorted(found, key=lambda one: one.number, reverse=True)

    async def page(self, *, after: str, limit: int) -> Sequence[StoredRetailerKey]:
        """Those of all accounts behind an id, by their ids."""
        self._ping()
        return [one for key, one in sorted(self._rows.items()) if key > after][:limit]

    async def masters(self) -> Sequence[str]:
        """The master keys that something is wrapped by."""
        self._ping()
        return sorted({one.master for one in self._rows.values()})

    async def rewrap(self, key: StoredRetailerKey, *, expected: bytes) -> bool:
        """Replace how a key is wrapped; False when it is not as `expected` any more."""
        self._ping()
        row = self._rows.get(key.id)
        if row is None or row.wrapped != expected:
            return False
        self._rows[key.id] = key
        return True
