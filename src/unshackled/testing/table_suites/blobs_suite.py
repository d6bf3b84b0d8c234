"""What the bytes of signed copies promise in every store."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta

from unshackled.domain.documents.signed_copy import MOST_COPY_BYTES, copy_of
from unshackled.domain.erasure import Erasure
from unshackled.domain.records import replace
from unshackled.store.port import Store
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.blobs import StoredBlob, copies_key
from unshackled.store.signed_copies import SignedCopies
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW

SIGNED = b"%PDF-1.7 signed by Featherstone"


def blob_of(checkout: str = "chk_1", content: bytes = SIGNED, at: datetime = NOW) -> StoredBlob:
    """A copy of a made-up checkout; its bytes are not sealed, which no table looks at."""
    return StoredBlob(
        checkout=checkout,
        account="northstar",
        copy=copy_of("agreement", content, at),
        sealed=content,
    )


class BlobPromises:
    """Bytes are there once, for their account alone, until their checkout is erased."""

    async def test_bytes_come_back_as_they_were(self, tables: SideTables) -> None:
        """To the last of the most there may be; no other account or checkout finds them."""
        blobs, content = tables.blobs, os.urandom(MOST_COPY_BYTES)
        blob = blob_of(content=content)
        account, checkout, digest = blob.place
        assert await blobs.get(*blob.place) is None
        assert await blobs.put(blob)
        assert await blobs.get(*blob.place) == blob
        for other in (("orbit", checkout, digest), (f"{account}:test", checkout, digest)):
            assert await blobs.get(*other) is None
            assert list(await blobs.of(*other[:2])) == []
        assert await blobs.get(account, "chk_2", digest) is None

    async def test_the_same_bytes_are_there_once(self, tables: SideTables) -> None:
        """Of many who put them at the same time one does; the first stays."""
        blob = blob_of()
        put = await asyncio.gather(*(tables.blobs.put(blob) for _ in range(5)))
        assert sorted(put) == [False] * 4 + [True]
        assert not await tables.blobs.put(replace(blob, sealed=b"otherwise"))
        assert await tables.blobs.get(*blob.place) == blob

    async def test_the_oldest_are_listed_first(self, tables: SideTables) -> None:
        """Of one checkout, without their bytes; `erase` deletes these alone."""
        later, first = (
            blob_of(content=b"%PDF-2", at=NOW + timedelta(hours=1)),
            blob_of(content=b"%PDF-1"),
        )
        other = blob_of("chk_2")
        for one in (later, first, other):
            await tables.blobs.put(one)
        assert list(await tables.blobs.of("northstar", "chk_1")) == [first.copy, later.copy]
        assert await tables.blobs.erase("chk_1") == 2
        assert await tables.blobs.erase("chk_1") == 0
        assert await tables.blobs.get(*other.place) == other

    async def test_bytes_go_with_the_data_of_their_checkout(self, store: Store) -> None:
        """In the append that erases it whole, and their key; they are not put again after."""
        copies, checkout, other = SignedCopies(store), checkout_of(), checkout_of("chk_2")
        for one in (checkout, other):
            await store.append(change_of(one))
            assert await copies.keep(one, "agreement", SIGNED, now=NOW)
        (copy,) = await copies.of(checkout)
        assert await copies.read(checkout, copy.digest) == SIGNED
        blob = await store.tables.blobs.get(checkout.account, "chk_1", copy.digest)
        assert blob is not None
        assert b"Featherstone" not in blob.sealed
        erasure = Erasure(at=NOW, by="retailer", reason="requested")
        await store.append(change_of(next_of(checkout, erasure=erasure).scrubbed(), lookups={}))
        assert list(await copies.of(checkout)) == []
        key = await store.tables.data_keys.get(copies_key("chk_1"))
        assert key is not None
        assert key.wrapped is None
        assert not await store.tables.blobs.put(blob)
        assert not await copies.keep(checkout, "agreement", SIGNED, now=NOW)
        assert list(await copies.of(checkout)) == []
        assert await copies.read(other, copy.digest) == SIGNED
