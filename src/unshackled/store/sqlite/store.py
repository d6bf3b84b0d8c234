"""The embedded store: one SQLite file, one thread that writes, one that reads.

Appends that wait at the same time share a transaction, so one flush to disk. WAL and
`synchronous=FULL`: what was acknowledged survives a crash of the process and of the machine.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.encryption.key_management import KeyManagement
from unshackled.errors import Conflict, StoreUnavailable
from unshackled.lru_cache import LruCache
from unshackled.store import encoding, lookups
from unshackled.store.device_claims import claim_hashes
from unshackled.store.key_ring import KeyRing
from unshackled.store.plain_rows import SealedPortion, seal_portion
from unshackled.store.sealed_tables import sealed_tables
from unshackled.store.search_keys import SearchKeys
from unshackled.store.snapshot_sealer import SealedChange, SnapshotSealer
from unshackled.store.sql import side_tables
from unshackled.store.sqlite import connect, indexing, reads, sealing, sharing, writes
from unshackled.store.sqlite.keys import SqliteDataKeys, delete_left, keys_first, scrub
from unshackled.store.sqlite.tables import SqliteTables
from unshackled.store.sqlite.worker import Worker, one_by_one
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

T = TypeVar("T")

RECENT: Final = 2_000  # events
BUSY: Final = timedelta(seconds=5)  # how long to wait for another process that writes


class SqliteStore:
    """Checkouts in the file `path`, which is made, with its folder, where it is missing.

    What is personal is sealed; the keys are in a file beside it, wrapped by the master key that
    `keys` has: without one no checkout can be written, and none that is sealed be read.
    With `alone` it opens only while no other such store has the file open. `secret` is mixed into
    the keys of the search index.
    """

    def __init__(
        self,
        path: Path,
        *,
        keys: KeyManagement | None = None,
        busy: timedelta = BUSY,
        alone: bool = False,
        secret: str = "",
    ) -> None:
        self.path = path
        self._busy = busy
        self._alone = alone
        self._lock: int | None = None
        self._secret = secret
        self._writer: Worker | None = None
        self._reader: Worker | None = None
        # What was appended a moment ago need not be read and decoded for those who follow it.
        self._recent = LruCache[tuple[str, int, int], EventRow](RECENT)
        self.sql = SqliteTables(self._read, self._write)
        data_keys = SqliteDataKeys(self.sql, self._scrub)
        tables = replace(side_tables(self.sql), data_keys=data_keys)
        self.key_ring = KeyRing(keys, tables.retailer_keys)
        self.tables = sealed_tables(tables, self.key_ring)
        self._sealer = SnapshotSealer(self.key_ring, self.tables.data_keys)
        self._search = SearchKeys(self.key_ring, tables.retailer_keys)
        self._appends = UnderWay()

    async def open(self) -> None:
        if self._alone and self._lock is None:
            self._lock = connect.take_alone(self.path)
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        writer = Worker("store-writer", partial(connect.writer, self.path, self._busy), keys_first)
        await writer.start()
        reader = Worker("store-reader", partial(connect.reader, self.path, self._busy), one_by_one)
        try:
            await reader.start()
        except BaseException:
            await writer.stop()
            raise
        self._writer, self._reader = writer, reader
        self._search.begin(await self._read(reads.lookup_key), self._secret)
        await self.key_ring.require_masters()
        await self._write(delete_left)

    async def close(self) -> None:
        await self._appends.idle()
        workers = [worker for worker in (self._reader, self._writer) if worker is not None]
        self._writer = self._reader = None
        for worker in workers:
            await worker.stop()
        self._let_go()

    def _let_go(self) -> None:
        held, self._lock = self._lock, None
        if held is not None:
            os.close(held)

    async def ping(self) -> None:
        await self._write(sharing.probe)

    async def append(self, change: Change) -> None:
        with self._appends:
            sealed = await self._sealer.sealed(change)
            key = await self._index_key(change)
            claims = await claim_hashes(self.key_ring, change)
            await self._write(writes.append(change, key, sealed, claims))
        self._sealer.remember(change.checkout.id, sealed.key)
        if change.erases and sealed.new_key is not None:
            await self._scrub()
        for event in change.events:
            self._recent.put((event.checkout, event.version, event.index), event)

    async def load(self, checkout: str) -> Checkout | None:
        job = partial(reads.checkout, wanted=checkout, sealer=self._sealer)
        found = await self._sealer.reading(lambda: self._read(job))
        if found is None:
            return None
        self._sealer.remember(checkout, found[1])
        return found[0]

    async def by_reference(self, reference: str) -> str | None:
        return await self._read(partial(reads.by_reference, reference=reference))

    async def claim(
        self, owner: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        span = encoding.stamp(now), encoding.stamp(until)
        return await self._write(partial(sharing.claim, owner=owner, span=span, limit=limit))

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        at = encoding.stamp(wake_at) if wake_at is not None else None
        statement = (sharing.POSTPONE, (at, checkout, version))
        await self._write(partial(_execute, statement=statement))

    async def erasable(self, *, now: datetime, limit: int) -> Sequence[str]:
        due = encoding.stamp(now)
        return await self._read(partial(reads.erasable, now=due, limit=limit))

    async def retain(self, checkout: str, *, version: int | None, until: datetime | None) -> None:
        at = encoding.stamp(until) if until is not None else None
        await self._write(partial(_execute, statement=(sharing.RETAIN, (at, checkout, version))))

    async def release(self, owner: str) -> int:
        return await self._write(partial(sharing.release, owner=owner))

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
        job = partial(reads.page, wanted=wanted, after=begin, limit=limit, sealer=self._sealer)
        return await self._sealer.reading(lambda: self._read(job))

    async def unindexed(self, *, limit: int) -> lookups.Portion:
        mark = await self._search.mark()
        job = partial(indexing.unindexed, mark=mark, limit=limit, sealer=self._sealer)
        return await self._sealer.reading(lambda: self._read(job))

    async def index(self, portion: lookups.Portion, terms: Mapping[str, lookups.Terms]) -> None:
        mark = await self._search.mark()
        keys = {
            one.account: await self._search.present(one.account, one.updated_at)
            for one in portion.rows
        }
        entries = lookups.entries_of(keys, portion, terms)
        job = partial(indexing.index, mark=mark, portion=portion, entries=entries)
        await self._write(job)

    async def seal_plain(self, *, after: str, limit: int) -> SealedPortion:
        last, rows = await self._read(partial(sealing.plain, after=after, limit=limit))

        async def write(checkout: str, version: int, sealed: SealedChange) -> None:
            job = sealing.SealRow(checkout=checkout, version=version, sealed=sealed)
            await self._write(job)

        return await seal_portion(self._sealer, last, rows, write)

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        begin = int(after or 0)
        places = await self._read(partial(reads.places, after=begin, limit=limit))
        if not places:
            return Feed(rows=(), cursor=after)
        rows: Sequence[EventRow | None] = [self._recent.get(place[1:]) for place in places]
        if None in rows:
            rows = await self._read(partial(reads.feed, after=begin, up_to=places[-1][0]))
        return Feed(rows=[row for row in rows if row is not None], cursor=str(places[-1][0]))

    async def cursor(self, name: str) -> str | None:
        return await self._read(partial(reads.cursor_of, name=name))

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        await self._write(partial(sharing.move_cursor, name=name, expected=expected, to=to))

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        span = encoding.stamp(now), encoding.stamp(until)
        return await self._write(partial(sharing.lease, name=name, owner=owner, span=span))

    async def end_lease(self, name: str, owner: str) -> None:
        await self._write(partial(sharing.end_lease, name=name, owner=owner))

    async def prune(self, *, before: datetime, now: datetime, limit: int) -> Pruned:
        job = partial(sharing.prune, before=encoding.stamp(before), now=encoding.stamp(now))
        return await self._write(partial(job, limit=limit))

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
        begin = after if after is not None else (-1, -1)
        return await self._read(partial(reads.events, wanted=checkout, after=begin, limit=limit))

    async def idempotency(
        self, scope: str, key: str, *, before: str | None = None
    ) -> IdempotencyRecord | None:
        return await self._read(partial(reads.idempotency, scope=scope, key_=key, before=before))

    async def put_key(self, key: StoredKey) -> None:
        await self._write(partial(_execute, statement=writes.key(key)))

    async def key(self, key_id: str) -> StoredKey | None:
        return await self._read(partial(reads.key, key_id=key_id))

    async def keys(self, retailer: str) -> Sequence[StoredKey]:
        return await self._read(partial(reads.keys, retailer=retailer))

    async def put_token(self, token: StoredToken, *, expected: StoredToken | None = None) -> None:
        await self._write(partial(_put_token, token=token, expected=expected))

    async def token(self, token_hash: str) -> StoredToken | None:
        return await self._read(partial(reads.token, token_hash=token_hash))

    async def put_flow(self, flow: StoredFlow) -> None:
        await self._write(partial(_execute, statement=writes.flow(flow)))

    async def flow(self, digest: str) -> StoredFlow | None:
        return await self._read(partial(reads.flow, digest=digest))

    async def open_digests(self) -> Sequence[str]:
        return await self._read(reads.open_digests)

    async def _scrub(self) -> None:
        await self._read(scrub)

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self._reader is None:
            raise StoreUnavailable("the store is closed")
        return await self._reader.run(job)

    async def _write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        if self._writer is None:
            raise StoreUnavailable("the store is closed")
        return await self._writer.run(job)


def _put_token(
    connection: sqlite3.Connection, token: StoredToken, expected: StoredToken | None
) -> None:
    if expected is not None and reads.token(connection, token.token_hash) != expected:
        raise Conflict("the token was changed by another request")
    connection.execute(*writes.token(token))


def _execute(connection: sqlite3.Connection, statement: tuple[str, Sequence[Any]]) -> None:
    connection.execute(*statement)
