"""What the engine asks of a store; every store passes the same contract tests.

The snapshot is the state. A change writes the snapshot, its events, its idempotency record and the
index of its references in one transaction, or nothing at all. What is personal is sealed with a key
of its own, which the first change of a checkout writes and one that `erases` deletes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from unshackled.domain.checkout import Checkout
from unshackled.store.key_ring import KeyRing
from unshackled.store.side_tables import SideTables
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


class Store(Protocol):
    """Snapshots, events, idempotency records, keys, tokens and flows.

    Every method raises `StoreUnavailable` when the database is away.
    """

    @property
    def tables(self) -> SideTables:
        """What the same database keeps beside the checkouts."""
        ...

    @property
    def key_ring(self) -> KeyRing:
        """The keys of accounts, by which this store seals what is personal or secret."""
        ...

    async def open(self) -> None:
        """Connect and migrate."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go."""
        ...

    async def ping(self) -> None:
        """Write something, or raise `StoreUnavailable`: a full or read-only store is none."""
        ...

    async def append(self, change: Change) -> None:
        """Write a change whole; `Conflict` when the version moved on, or a taken id or key."""
        ...

    async def load(self, checkout: str) -> Checkout | None:
        """The snapshot."""
        ...

    async def by_reference(self, reference: str) -> str | None:
        """The checkout whose effect has this reference."""
        ...

    async def claim(
        self, owner: str, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[str]:
        """Checkouts whose `wake_at` has come, the oldest first, held for `owner` until `until`.

        None gets what another holds. A claim only avoids work done twice: what must not happen
        twice is guarded by the compare-and-swap. It ends with the next append, or by `release`.
        """
        ...

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        """Move a checkout's `wake_at`, and end the claim on it, if it is still at this version."""
        ...

    async def release(self, owner: str) -> int:
        """Hand back every claim of `owner`; how many there were."""
        ...

    async def erasable(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Checkouts whose `erase_at` has come, the longest waiting first."""
        ...

    async def retain(self, checkout: str, *, version: int | None, until: datetime | None) -> None:
        """Move a checkout's `erase_at`, if it is still at this version; None is any."""
        ...

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
        """An account's checkouts, newest first; with `attention`, those with a step in it.

        `retailer` is the account: `northstar` has the live ones, `northstar:test` the others.
        """
        ...

    async def events(
        self, checkout: str, *, after: tuple[int, int] | None, limit: int
    ) -> Sequence[EventRow]:
        """A checkout's events after (version, index), in order."""
        ...

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        """Events of all checkouts behind a cursor; None begins at the oldest that is kept.

        No event is ever committed behind a cursor that was handed out.
        """
        ...

    async def cursor(self, name: str) -> str | None:
        """How far a follower of the feed has come."""
        ...

    async def move_cursor(self, name: str, *, expected: str | None, to: str) -> None:
        """Note how far a follower has come; `Conflict` when it is not at `expected` any more."""
        ...

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        """Take or keep a lease that one process holds at a time; False while another has it."""
        ...

    async def end_lease(self, name: str, owner: str) -> None:
        """Hand a lease back, if `owner` has it."""
        ...

    async def prune(self, *, before: datetime, now: datetime, limit: int) -> Pruned:
        """Delete what is not needed any more, at most `limit` rows of each kind.

        Events older than `before` of ended checkouts, unless a cursor is still to pass them;
        idempotency records older than `before`; tokens that expired by `now`.
        """
        ...

    async def idempotency(
        self, scope: str, key: str, *, before: str | None = None
    ) -> IdempotencyRecord | None:
        """What a key made in a scope, else in the one that its scope was `before`: in one look."""
        ...

    async def put_key(self, key: StoredKey) -> None:
        """Insert or replace an API key."""
        ...

    async def key(self, key_id: str) -> StoredKey | None:
        """An API key by its public id."""
        ...

    async def keys(self, retailer: str) -> Sequence[StoredKey]:
        """An account's API keys, revoked ones too, the oldest first."""
        ...

    async def put_token(self, token: StoredToken, *, expected: StoredToken | None = None) -> None:
        """Insert or replace a customer token or handoff.

        With `expected`, `Conflict` when what is stored is not that any more.
        """
        ...

    async def token(self, token_hash: str) -> StoredToken | None:
        """A customer token or handoff by its hash."""
        ...

    async def put_flow(self, flow: StoredFlow) -> None:
        """Keep a resolved flow; the same digest again is a no-op."""
        ...

    async def flow(self, digest: str) -> StoredFlow | None:
        """A resolved flow."""
        ...

    async def open_digests(self) -> Sequence[str]:
        """The digests that a checkout which is not settled is pinned to."""
        ...
