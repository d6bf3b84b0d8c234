"""Checkouts in PostgreSQL: many replicas, one database, one statement for each append."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from unshackled.domain.checkout import Checkout
from unshackled.encryption.key_management import KeyManagement
from unshackled.store import encoding, lookups
from unshackled.store.device_claims import claim_hashes
from unshackled.store.key_ring import KeyRing
from unshackled.store.plain_rows import SealedPortion, seal_portion
from unshackled.store.postgres import (
    append,
    indexing,
    prune,
    reads,
    schema,
    sealing,
    sharing,
    writes,
)
from unshackled.store.postgres.pool import PATIENCE, SIZE, Pool
from unshackled.store.postgres.tables import PostgresTables
from unshackled.store.sealed_tables import sealed_tables
from unshackled.store.search_keys import SearchKeys
from unshackled.store.snapshot_sealer import SnapshotSealer
from unshackled.store.sql import side_tables
from unshackled.store.stored_records import (
    EVERYTHING,
    Change,
    EventRow,
    Feed,
    Filter,
    IdempotencyRecord,
    Page,
    Pruned,
    StoredFlow,
    StoredKey,
    StoredToken,
)
from unshackled.store.under_way import UnderWay


class PostgresStore:
    """Checkouts in the database of `url`, through at most `size` connections.

    What is personal is sealed; the keys are in a schema of their own, wrapped by the master key
    that `keys` has: without one no checkout can be written, and none that is sealed be read.
    `secret` is mixed into the keys of the search index.
    No call takes longer than `patience`: then the database counts as away. When the answer to a
    write is lost, the write may have happened all the same.
    """

    def __init__(
        self,
        url: str,
        *,
        keys: KeyManagement | None = None,
        size: int = SIZE,
        patience: timedelta = PATIENCE,
        secret: str = "",
    ) -> None:
        self._secret = secret
        self._pool = Pool(url, size=size, patience=patience)
        self.sql = PostgresTables(self._pool)
        tables = side_tables(self.sql)
        self.key_ring = KeyRing(keys, tables.retailer_keys)
        self.tables = sealed_tables(tables, self.key_ring)
        self._sealer = SnapshotSealer(self.key_ring, self.tables.data_keys)
        self._search = SearchKeys(self.key_ring, tables.retailer_keys)
        self._appends = UnderWay()

    async def open(self) -> None:
        """Connect; raises `StoreError` when the database needs `unshackled migrate`."""
        await self._pool.open()
        try:
            await schema.require_current(self._pool)
            self._search.begin(await reads.lookup_key(self._pool), self._secret)
            await self.key_ring.require_masters()
        except BaseException:
            await self._pool.close()
            raise

    async def close(self) -> None:
        await self._appends.idle()
        await self._pool.close()

    async def ping(self) -> None:
        await self._pool.rows(sharing.PROBE)

    async def append(self, change: Change) -> None:
        with self._appends:
            sealed = await self._sealer.sealed(change)
            key = await self._index_key(change)
            claims = await claim_hashes(self.key_ring, change)
            await append.append(self._pool, change, key, sealed, claims)
        self._sealer.remember(change.checkout.id, sealed.key)

    async def load(self, checkout: str) -> Checkout | None:
        found = await self._sealer.reading(
            lambda: reads.checkout(self._pool, checkout, self._sealer)
        )
        if found is None:
            return None
        self._sealer.remember(checkout, found[1])
        return found[0]

    async def by_reference(self, reference: str) -> str | None:
        return await reads.by_reference(self._pool, reference)

    async def claim(
        self, owner: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        return await sharing.claim(self._pool, owner, (now, until), limit)

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        await sharing.postpone(self._pool, checkout, version, wake_at)

    async def erasable(self, *, now: datetime, limit: int) -> Sequence[str]:
        return await reads.erasable(self._pool, now, limit)

    async def retain(self, checkout: str, *, version: int | None, until: datetime | None) -> None:
        await sharing.retain(self._pool, checkout, version, until)

    async def release(self, owner: str) -> int:
        return await sharing.release(self._pool, owner)

    async def checkouts(
        self,
        retailer: str,
        *,
        status: str | None,
        after: str | None,
        limit: int,
        attention: str | None = None,
        only: Filter = EVERYTHING,
    ) -> Page:
        begin = encoding.decode(after) if after is not None else None
        keys = await self._search.of(retailer)
        wanted = lookups.filter_values(keys, retailer, only, status=status, attention=attention)
        return await self._sealer.reading(
            lambda: reads.page(self._pool, wanted, begin, limit, self._sealer)
        )

    async def unindexed(self, *, limit: int) -> lookups.Portion:
        mark = await self._search.mark()
        return await self._sealer.reading(
            lambda: indexing.unindexed(self._pool, mark, limit, self._sealer)
        )

    async def index(self, portion: lookups.Portion, terms: Mapping[str, lookups.Terms]) -> None:
        mark = await self._search.mark()
        keys = {
            one.account: await self._search.present(one.account, one.updated_at)
            for one in portion.rows
        }
        entries = lookups.entries_of(keys, portion, terms)
        await indexing.index(self._pool, mark, portion, entries)

    async def seal_plain(self, *, after: str, limit: int) -> SealedPortion:
        last, rows = await sealing.plain(self._pool, after, limit)
        return await seal_portion(self._sealer, last, rows, partial(sealing.seal, self._pool))

    async def renew_index_keys(self, now: datetime) -> int:
        return await self._search.renew(now)

    async def _index_key(self, change: Change) -> bytes:
        """What a change is found by is hashed with; nothing where that stays as it was."""
        if change.lookups is None:
            return b""
        checkout = change.checkout
        return await self._search.present(checkout.account, checkout.updated_at)

    async def events(
        self, checkout: str, *, after: tuple[int, int] | None, limit: int
    ) -> Sequence[EventRow]:
        return await reads.events(self._pool, checkout, after or (-1, -1), limit)

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        return await sharing.feed(self._pool, after, limit)

    async def cursor(self, name: str) -> str | None:
        return await sharing.cursor_of(self._pool, name)

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        await sharing.move_cursor(self._pool, name, expected, to)

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        return await sharing.lease(self._pool, name, owner, (now, until))

    async def end_lease(self, name: str, owner: str) -> None:
        await sharing.end_lease(self._pool, name, owner)

    async def prune(self, *, before: datetime, now: datetime, limit: int) -> Pruned:
        return await prune.prune(self._pool, before=before, now=now, limit=limit)

    async def idempotency(
        self, scope: str, key: str, *, before: str | None = None
    ) -> IdempotencyRecord | None:
        return await reads.idempotency(self._pool, scope, key, before or scope)

    async def put_key(self, key: StoredKey) -> None:
        await writes.put_key(self._pool, key)

    async def key(self, key_id: str) -> StoredKey | None:
        return await reads.key(self._pool, key_id)

    async def keys(self, retailer: str) -> Sequence[StoredKey]:
        return await reads.keys(self._pool, retailer)

    async def put_token(self, token: StoredToken, *, expected: StoredToken | None = None) -> None:
        await writes.put_token(self._pool, token, expected)

    async def token(self, token_hash: str) -> StoredToken | None:
        return await reads.token(self._pool, token_hash)

    async def put_flow(self, flow: StoredFlow) -> None:
        await writes.put_flow(self._pool, flow)

    async def flow(self, digest: str) -> StoredFlow | None:
        return await reads.flow(self._pool, digest)

    async def open_digests(self) -> Sequence[str]:
        return await reads.open_digests(self._pool)
