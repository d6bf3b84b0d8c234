"""What the engine asks of a store; every store passes the same contract tests.

The snapshot is the state. A change writes the snapshot, its events, its idempotency record and the
index of its references in one transaction, or nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from unshackled.domain.checkout import Checkout
from unshackled.store.sql.tables import Tables

Json = Any

# What an operator may have to look at: states of a step; `expired` where what its providers give
# had ended when it came, again and again.
EXPIRED: Final = "expired"
ATTENTION: Final = frozenset({"in_review", "in_doubt", "undo_failed", "waiting_provider", EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event without anything personal; (checkout, version, index) is its id and its order.

    `retailer` is the account: `northstar`, or `northstar:test`.
    """

    checkout: str
    retailer: str
    version: int
    index: int
    type: str
    at: datetime
    data: Mapping[str, Json]

    @property
    def id(self) -> str:
        """The event's id, e.g. `chk_1-7-0`."""
        return f"{self.checkout}-{self.version}-{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """A server's Idempotency-Key: scope (retailer and credential), body digest, what it made."""

    scope: str
    key: str
    body_digest: str
    resource: str
    status: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One append: the new snapshot over `expected` (0: the checkout is new).

    `wake_at` is when somebody must look at the checkout again though nothing arrives;
    `references` are the effects that were written ahead; `attention` are the states of its steps
    that operators look for (see `ATTENTION`); `lookups` are what it can be found by from now on,
    `customer_ref` and `order`, in clear: a store keeps only keyed hashes of them. An append ends
    the claim on its checkout.
    """

    checkout: Checkout
    expected: int
    events: Sequence[EventRow]
    status: str
    settled: bool
    wake_at: datetime | None
    references: Sequence[str] = ()
    idempotency: IdempotencyRecord | None = None
    attention: frozenset[str] = frozenset()
    lookups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to; what is None is not asked for.

    `created_from` is included, `created_to` is not; both are aware times.
    """

    flow: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    customer_ref: str | None = None
    order: str | None = None


EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCheckout:
    """A row of a list of checkouts."""

    checkout: Checkout
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key of an account: only the hash of its secret is stored.

    `retailer` is the account; `kind` is secret or publishable.
    """

    id: str
    retailer: str
    kind: str
    secret_hash: str
    scopes: tuple[str, ...]
    origins: tuple[str, ...] = ()
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A customer token or a handoff, by the hash of its secret, for one checkout of an account."""

    token_hash: str
    kind: str
    checkout: str
    retailer: str
    expires_at: datetime
    redeemed_at: datetime | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFlow:
    """A resolved flow by its digest."""

    digest: str
    retailer: str
    name: str
    resolved: Json
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of rows in a stable order; `next` is the cursor of the page after it."""

    rows: Sequence[ListedCheckout] = field(default_factory=tuple)
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Events of all checkouts from a cursor on; `cursor` is where to go on, also when none came.

    Those of one checkout are in order; there is no order across checkouts.
    """

    rows: Sequence[EventRow]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows were deleted."""

    events: int = 0
    idempotency: int = 0
    tokens: int = 0


class Store(Protocol):
    """Snapshots, events, idempotency records, keys, tokens and flows.

    Every method raises `StoreUnavailable` when the database is away.
    """

    @property
    def tables(self) -> Tables:
        """The same database, for what lies beside the checkouts."""
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

        Nobody gets what another holds. A claim only avoids work done twice: what must not happen
        twice is guarded by the compare-and-swap. It ends with the next append, or by `release`.
        """
        ...

    async def postpone(self, checkout: str, *, version: int, wake_at: datetime | None) -> None:
        """Move a checkout's `wake_at`, and end the claim on it, if it is still at this version."""
        ...

    async def release(self, owner: str) -> int:
        """Hand back every claim of `owner`; how many there were."""
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
