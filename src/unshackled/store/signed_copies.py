"""Signed copies of agreements: sealed before they are put, opened after they are read.

The copies of a checkout have a data key of their own. Both go with the append that erases the
checkout whole, which the law's duty to keep a contract puts off (`domain/erasure.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents.signed_copy import SignedCopy, copy_of
from unshackled.errors import Conflict
from unshackled.store.port import Store
from unshackled.store.sealed_bytes import SealedBytes
from unshackled.store.side_tables.blobs import StoredBlob, copies_key


class SignedCopies:
    """The signed copies of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bytes = SealedBytes(store.key_ring, store.tables.data_keys)

    async def keep(self, checkout: Checkout, step: str, content: bytes, *, now: datetime) -> bool:
        """Keep bytes that `copy_fault` has nothing against; False where that was done before.

        Nothing is kept of a checkout that was erased, also where it is erased meanwhile.
        """
        copy, account = copy_of(step, content, now), checkout.account
        key = copies_key(checkout.id)
        try:
            sealed = await self._bytes.seal(key, account, content, now=now)
        except Conflict:  # erased, with its key
            return False
        blob = StoredBlob(checkout=checkout.id, account=account, copy=copy, sealed=sealed)
        added = await self._store.tables.blobs.put(blob)
        after = await self._store.load(checkout.id)
        if after is None or (after.erasure is not None and after.erasure.whole):
            await self.erase(checkout.id, now=now)
            return False
        return added

    async def of(self, checkout: Checkout) -> Sequence[SignedCopy]:
        """What there is of a checkout, the oldest first."""
        return await self._store.tables.blobs.of(checkout.account, checkout.id)

    async def read(self, checkout: Checkout, digest: str) -> bytes | None:
        """The bytes of one; None where there is none, or it was erased."""
        blob = await self._store.tables.blobs.get(checkout.account, checkout.id, digest)
        if blob is None:
            return None
        return await self._bytes.open(copies_key(checkout.id), checkout.account, blob.sealed)

    async def erase(self, checkout: str, *, now: datetime) -> None:
        """Delete the bytes of a checkout, and their key for good."""
        await self._bytes.erase(copies_key(checkout), now=now)
        await self._store.tables.blobs.erase(checkout)
