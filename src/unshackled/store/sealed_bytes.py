"""Documents, each sealed with a data key of its own, which ends with the duty to keep it.

They outlive the personal part of their checkout: erasing the one does not touch the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unshackled.encryption.secret_key import SecretKey, key_id_of, random_key
from unshackled.errors import Conflict, Undecryptable
from unshackled.store.data_key_wrapper import DataKeyWrapper
from unshackled.store.key_ring import KeyRing
from unshackled.store.side_tables.data_keys import DataKeys

PURPOSE: Final = "document"


class SealedBytes:
    """Seals and opens what is kept under an id; `keys` are those of the same store as the ring."""

    def __init__(self, ring: KeyRing, keys: DataKeys) -> None:
        self._wrapper = DataKeyWrapper(ring)
        self._keys = keys

    async def seal(self, subject: str, retailer: str, plain: bytes, *, now: datetime) -> bytes:
        """What to keep for a document of an account, by its id; its key is stored first.

        Raises `Conflict` for one that was erased: it is not written again.
        """
        key = await self._key(subject)
        if key is None:
            new = random_key()
            row = await self._wrapper.wrapped(new, subject, retailer, now=now)
            key = new if await self._keys.add(row) else await self._key(subject)
        if key is None:
            raise Conflict(f"{subject}: its key was there a moment ago")
        return key.seal(plain, PURPOSE, retailer, subject)

    async def open(self, subject: str, retailer: str, sealed: bytes) -> bytes | None:
        """What was sealed; None once it was erased.

        Raises `Undecryptable` where it was changed, cut or moved, or its key is lost.
        """
        row = await self._keys.get(subject)
        if row is None:
            raise Undecryptable(subject, key_id_of(sealed, subject), "the data key is lost")
        if row.wrapped is None:
            return None
        return (await self._wrapper.unwrapped(row)).open(sealed, PURPOSE, retailer, subject)

    async def erase(self, subject: str, *, now: datetime) -> bool:
        """Delete the key for good: no copy of what was sealed opens again. False: it was before."""
        return await self._keys.delete(subject, now=now)

    async def _key(self, subject: str) -> SecretKey | None:
        row = await self._keys.get(subject)
        if row is None:
            return None
        if row.wrapped is None:
            raise Conflict(f"{subject}: it was erased")
        return await self._wrapper.unwrapped(row)
