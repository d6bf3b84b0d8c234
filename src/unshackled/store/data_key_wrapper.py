"""Data keys on their way in and out of the store: wrapped by the key of their account."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unshackled.domain.records import replace
from unshackled.encryption.secret_key import SecretKey
from unshackled.store.key_ring import KeyRing
from unshackled.store.side_tables.data_keys import StoredDataKey

PURPOSE: Final = "data key"


class DataKeyWrapper:
    """Wraps and unwraps data keys with the retailer keys of a ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    async def wrapped(
        self, key: SecretKey, subject: str, retailer: str, *, now: datetime
    ) -> StoredDataKey:
        """A new data key as it is stored, under the present key of its account."""
        over = await self._ring.current(retailer, "data", now)
        return StoredDataKey(
            subject=subject,
            retailer=retailer,
            id=key.id,
            wrapped_by=over.id,
            wrapped=over.seal(key.value, PURPOSE, retailer, subject),
            created_at=now,
        )

    async def unwrapped(self, row: StoredDataKey) -> SecretKey:
        """The key of a row that was not deleted; raises `Undecryptable` where it does not open."""
        over = await self._ring.key(row.wrapped_by, subject=row.subject)
        value = over.open(row.wrapped or b"", PURPOSE, row.retailer, row.subject)
        return SecretKey(row.id, value)

    async def rewrapped(self, row: StoredDataKey, over: SecretKey) -> StoredDataKey:
        """The same key under another retailer key."""
        key = await self.unwrapped(row)
        wrapped = over.seal(key.value, PURPOSE, row.retailer, row.subject)
        return replace(row, wrapped_by=over.id, wrapped=wrapped)
