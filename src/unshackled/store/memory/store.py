"""A store of dictionaries, for tests and simulations: the same promises, but nothing outlives it.

Closing keeps the contents, so that the same object can be opened again. Checkouts lie here as they
are: nothing is at rest. Their data keys are made, and deleted, as in every store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.encryption.key_management import KeyManagement
from unshackled.encryption.master_keys import MasterKeys
from unshackled.encryption.secret_key import random_key
from unshackled.errors import ClaimTaken, Conflict, StoreUnavailable
from unshackled.store import encoding, lookups, snapshot
from unshackled.store.data_key_wrapper import DataKeyWrapper
from unshackled.store.device_claims import claims_of
from unshackled.store.key_ring import KeyRing
from unshackled.store.memory.operator_requests import MemoryOperatorRequests
from unshackled.store.memory.side_tables import side_tables
from unshackled.store.side_tables.blobs import copies_key
from unshackled.store.stored_records import (
    EVERYTHING,
    Change,
    EventRow,
    Feed,
    Filter,
    IdempotencyRecord,
    ListedCheckout,
    Page,
    Pruned,
    StoredFlow,
    StoredKey,
    StoredToken,
)

KEY: Final = b"nothing of it outlives this process"
KEYS: Final = lookups.IndexKeys(present=KEY)


class MemoryStore:
    """Checkouts in this process; without `keys` its master key ends with it."""

    def __init__(self, *, keys: KeyManagement | None = None) -> None:
        self._open = False
        self._requests = MemoryOperatorRequests(self._require_open)
        self.tables = side_tables(self._require_open, self._requests)
        self.key_ring = KeyRing(keys or MasterKeys([random_key()]), self.tables.retailer_keys)
        self._wrapper = DataKeyWrapper(self.key_ring)
        self._rows: dict[str, Change] = {}
        self._claims: dict[str, tuple[str, datetime]] = {}
        self._log: dict[int, EventRow] = {}
        self._logged = 0
        self._cursors: dict[str, str] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._events: dict[str, list[EventRow]] = {}
        self._references: dict[str, str] = {}
        self._devices: dict[tuple[str, str], str] = {}
        self._lookups: set[tuple[str, str]] = set()
        self._filled: str | None = ""
        self._idempotency: dict[tuple[str, str], IdempotencyRecord] = {}
        self._keys: dict[str, StoredKey] = {}
        self._tokens: dict[str, StoredToken] = {}
        self._flows: dict[str, StoredFlow] = {}

    async def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False

    async def ping(self) -> None:
        self._require_open()

    def _require_open(self) -> None:
        if not self._open:
            raise StoreUnavailable("the store is closed")

    async def append(self, change: Change) -> None:
        await self.ping()
        change.require_sound()
        self._require_free(change)
        await self._put_key(change)
        self._require_free(change)  # the first key of an account may have taken a moment
        checkout = change.checkout.id
        self._rows[checkout] = change
        self._claims.pop(checkout, None)
        self._events.setdefault(checkout, []).extend(change.events)
        self._log.update(enumerate(change.events, self._logged + 1))
        self._logged += len(change.events)
        self._references.update(dict.fromkeys(change.references, checkout))
        self._note(checkout, lookups.rows_of(KEY, change))
        self._hold(change)
        if change.erases:
            self._requests.forget(checkout)
        if change.idempotency is not None:
            record = change.idempotency
            self._idempotency[record.scope, record.key] = record

    async def _put_key(self, change: Change) -> None:
        keys, checkout = self.tables.data_keys, change.checkout
        if not change.expected:
            at = checkout.updated_at
            key = await self._wrapper.wrapped(random_key(), checkout.id, checkout.account, now=at)
            await keys.add(key)
        if change.erases:
            await keys.delete(checkout.id, now=checkout.updated_at)
            await keys.delete(copies_key(checkout.id), now=checkout.updated_at)
            await self.tables.blobs.erase(checkout.id)

    def _note(self, checkout: str, rows: Sequence[tuple[str, str]] | None) -> None:
        """All that it can be found by from now on."""
        if rows is not None:
            self._lookups = {pair for pair in self._lookups if pair[1] != checkout}
            self._lookups.update((digest, checkout) for _, digest in rows)

    def _hold(self, change: Change) -> None:
        """The claims that it has from now on, and no others."""
        claims, checkout = claims_of(change), change.checkout
        if claims is not None:
            free = {key: one for key, one in self._devices.items() if one != checkout.id}
            added = {(checkout.account, claim): checkout.id for claim in claims}
            self._devices = {**free, **added}

    def _require_free(self, change: Change) -> None:
        checkout, row = change.checkout.id, self._rows.get(change.checkout.id)
        if (row.checkout.version if row else 0) != change.expected:
            raise Conflict(f"{checkout}: not at version {change.expected} any more")
        for reference in change.references:
            if self._references.get(reference, checkout) != checkout:
                raise Conflict(f"{checkout}: the reference {reference} belongs to another checkout")
        account = change.checkout.account
        taken = [
            claim
            for claim in claims_of(change) or ()
            if self._devices.get((account, claim), checkout) != checkout
        ]
        if taken:
            raise ClaimTaken(checkout, taken)
        record = change.idempotency
        if record is not None and (record.scope, record.key) in self._idempotency:
            raise Conflict(f"{checkout}: the idempotency key was used before")

    async def load(self, checkout: str) -> Checkout | None:
        await self.ping()
        row = self._rows.get(checkout)
        return await self._shown(row.checkout) if row else None

    async def _shown(self, checkout: Checkout) -> Checkout:
        """A checkout, without what was personal where its key was deleted."""
        key = await self.tables.data_keys.get(checkout.id)
        gone = key is not None and key.wrapped is None
        return snapshot.erased(checkout) if gone else checkout

    async def by_reference(self, reference: str) -> str | None:
        await self.ping()
        return self._references.get(reference)

    async def claim(
        self, owner: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        await self.ping()
        found = sorted(
            (row.wake_at, key)
            for key, row in self._rows.items()
            if row.wake_at and row.wake_at <= now and self._claims.get(key, ("", now))[1] <= now
        )
        claimed = [key for _, key in found[:limit]]
        self._claims.update(dict.fromkeys(claimed, (owner, until)))
        return claimed

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        await self.ping()
        row = self._rows.get(checkout)
        if row is not None and row.checkout.version == version:
            self._rows[checkout] = replace(row, wake_at=wake_at)
            self._claims.pop(checkout, None)

    async def erasable(self, *, now: datetime, limit: int) -> Sequence[str]:
        await self.ping()
        found = sorted(
            (row.erase_at, key)
            for key, row in self._rows.items()
            if row.erase_at is not None and row.erase_at <= now
        )
        return [key for _, key in found[:limit]]

    async def retain(self, checkout: str, *, version: int | None, until: datetime | None) -> None:
        await self.ping()
        row = self._rows.get(checkout)
        if row is not None and version in (None, row.checkout.version):
            self._rows[checkout] = replace(row, erase_at=until)

    async def release(self, owner: str) -> int:
        await self.ping()
        held = [key for key, (holder, _) in self._claims.items() if holder == owner]
        for key in held:
            del self._claims[key]
        return len(held)

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
        await self.ping()
        wanted = lookups.filter_values(KEYS, retailer, only, status=status, attention=attention)
        begin = encoding.decode(after) if after is not None else None
        found = sorted(
            (
                ((encoding.stamp(row.checkout.created_at), key), row)
                for key, row in self._rows.items()
                if all(
                    value is None or self._fits(name, value, row) for name, value in wanted.items()
                )
            ),
            key=lambda pair: pair[0],
            reverse=True,
        )
        rest = [pair for pair in found if begin is None or pair[0] < begin]
        rows = [
            ListedCheckout(checkout=await self._shown(row.checkout), status=row.status)
            for _, row in rest[:limit]
        ]
        next_ = encoding.encode(*rest[limit - 1][0]) if len(rest) > limit else None
        return Page(rows=tuple(rows), next=next_)

    def _fits(self, name: str, value: Any, row: Change) -> bool:
        """Whether a row is what is asked for under a name."""
        checkout = row.checkout
        if name in lookups.KINDS:
            return any((digest, checkout.id) in self._lookups for digest in value)
        if name == "attention":
            return value in row.attention
        if name in ("created_from", "created_to"):
            return (checkout.created_at < value) is (name == "created_to")
        known = {"retailer": checkout.account, "status": row.status, "flow": checkout.flow}
        return bool(value == known[name])

    async def unindexed(self, *, limit: int) -> lookups.Portion:
        await self.ping()
        after = self._filled
        ids = [] if after is None else [one for one in sorted(self._rows) if one > after][:limit]
        rows = [await self._shown(self._rows[one].checkout) for one in ids]
        return lookups.Portion(rows=tuple(rows), last=ids[-1] if ids else None)

    async def index(self, portion: lookups.Portion, terms: Mapping[str, lookups.Terms]) -> None:
        await self.ping()
        there = {
            one.id for one in portion.rows if self._rows[one.id].checkout.version == one.version
        }
        keys = {one.account: KEY for one in portion.rows}
        entries = lookups.entries_of(keys, portion, terms)
        for one in there:
            mine = [(kind, digest) for _, kind, digest, checkout in entries if checkout == one]
            self._note(one, mine)
        if len(there) == len(portion.rows):
            self._filled = portion.last

    async def renew_index_keys(self, now: datetime) -> int:
        await self.ping()
        self._filled = ""
        return 0

    async def events(
        self, checkout: str, *, after: tuple[int, int] | None, limit: int
    ) -> Sequence[EventRow]:
        await self.ping()
        begin = after if after is not None else (-1, -1)
        rows = sorted(self._events.get(checkout, ()), key=lambda row: (row.version, row.index))
        return [row for row in rows if (row.version, row.index) > begin][:limit]

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        await self.ping()
        begin = int(after or 0)
        places = sorted(place for place in self._log if place > begin)[:limit]
        end = str(places[-1]) if places else after
        return Feed(rows=tuple(self._log[place] for place in places), cursor=end)

    async def cursor(self, name: str) -> str | None:
        await self.ping()
        return self._cursors.get(name)

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        await self.ping()
        if self._cursors.get(name) != expected:
            raise Conflict(f"{name}: not at {expected} any more")
        self._cursors[name] = to

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        await self.ping()
        holder, held_until = self._leases.get(name, (owner, until))
        if holder != owner and held_until > now:
            return False
        self._leases[name] = owner, until
        return True

    async def end_lease(self, name: str, owner: str) -> None:
        await self.ping()
        if self._leases.get(name, ("",))[0] == owner:
            del self._leases[name]

    async def prune(self, *, before: datetime, now: datetime, limit: int) -> Pruned:
        await self.ping()
        passed = min((int(place) for place in self._cursors.values()), default=self._logged)
        old = [
            (place, row)
            for place, row in sorted(self._log.items())
            if place <= passed and row.at < before and self._rows[row.checkout].ended
        ][:limit]
        for place, row in old:
            del self._log[place]
            self._events[row.checkout].remove(row)
        keys = [key for key, one in self._idempotency.items() if one.created_at < before][:limit]
        for key in keys:
            del self._idempotency[key]
        tokens = [key for key, one in self._tokens.items() if one.expires_at <= now][:limit]
        for token in tokens:
            del self._tokens[token]
        return Pruned(events=len(old), idempotency=len(keys), tokens=len(tokens))

    async def idempotency(
        self, scope: str, key: str, *, before: str | None = None
    ) -> IdempotencyRecord | None:
        await self.ping()
        older = self._idempotency.get((before or scope, key))
        return self._idempotency.get((scope, key), older)

    async def put_key(self, key: StoredKey) -> None:
        await self.ping()
        self._keys[key.id] = key

    async def key(self, key_id: str) -> StoredKey | None:
        await self.ping()
        return self._keys.get(key_id)

    async def keys(self, retailer: str) -> Sequence[StoredKey]:
        await self.ping()
        found = [key for key in self._keys.values() if key.retailer == retailer]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def put_token(self, token: StoredToken, *, expected: StoredToken | None = None) -> None:
        await self.ping()
        if expected is not None and self._tokens.get(token.token_hash) != expected:
            raise Conflict("the token was changed by another request")
        self._tokens[token.token_hash] = token

    async def token(self, token_hash: str) -> StoredToken | None:
        await self.ping()
        return self._tokens.get(token_hash)

    async def put_flow(self, flow: StoredFlow) -> None:
        await self.ping()
        self._flows.setdefault(flow.digest, flow)

    async def flow(self, digest: str) -> StoredFlow | None:
        await self.ping()
        return self._flows.get(digest)

    async def open_digests(self) -> Sequence[str]:
        await self.ping()
        return sorted({row.checkout.digest for row in self._rows.values() if not row.ended})
