"""Sealed bytes in memory."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.domain.documents.signed_copy import SignedCopy
from unshackled.store.memory.data_keys import MemoryDataKeys
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.blobs import StoredBlob


class MemoryBlobStore:
    """Bytes by checkout and digest; the keys tell which checkouts were erased."""

    def __init__(self, ping: Ping, keys: MemoryDataKeys) -> None:
        self._ping = ping
        self._keys = keys
        self._rows: dict[tuple[str, str], StoredBlob] = {}

    async def put(self, blob: StoredBlob) -> bool:
        """Insert one; False where it is there, or nothing of its checkout is kept any more."""
        self._ping()
        key = await self._keys.get(blob.checkout)
        place = (blob.checkout, blob.copy.digest)
        if place in self._rows or (key is not None and key.wrapped is None):
            return False
        self._rows[place] = blob
        return True

    async def get(self, account: str, checkout: str, digest: str) -> StoredBlob | None:
        """One of a checkout of an account, by its digest."""
        self._ping()
        found = self._rows.get((checkout, digest))
        return found if found is not None and found.account == account else None

    async def of(self, account: str, checkout: str) -> Sequence[SignedCopy]:
        """What there is of a checkout of an account, the oldest first, without the bytes."""
        self._ping()
        mine = [
            one.copy
            for one in self._rows.values()
            if (one.checkout, one.account) == (checkout, account)
        ]
        return sorted(mine, key=lambda one: (one.at, one.digest))

    async def erase(self, checkout: str) -> int:
        """Delete all of a checkout; how many there were."""
        self._ping()
        gone = [key for key in self._rows if key[0] == checkout]
        for key in gone:
            del self._rows[key]
        return len(gone)
