"""What goes into a store and comes out of it: frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.domain.states import FINAL_STATUSES

Json = Any


class EventRow(Record):
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


class IdempotencyRecord(Record):
    """A server's Idempotency-Key: scope (retailer and credential), body digest, what it made."""

    scope: str
    key: str
    body_digest: str
    resource: str
    status: int
    created_at: datetime


class Change(Record):
    """One append: the new snapshot over `expected` (0: the checkout is new).

    `wake_at` is when a process must look at the checkout again though nothing arrives;
    `references` are the effects that were written ahead; `attention` are the states of its steps
    that operators look for (`states.ATTENTION`); `lookups` are all that it can be found by from
    now on, by kind, None where that stays as it was: in clear, for a store keeps only keyed hashes
    of them. `erase_at` is when somebody has to see whether personal data can be erased. `claims`
    are the devices that it holds from now on, as `imei 490154203237518`, None where that stays as
    it was: of an account at most one checkout holds a device. An append ends the claim of a process
    on its checkout. One that `erases` writes no personal part and deletes the
    checkout's data key with it, and what side tables have: for good, whatever a stale writer or an
    old copy has.
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
    lookups: Mapping[str, Sequence[str]] | None = None
    erase_at: datetime | None = None
    claims: Sequence[str] | None = None

    @property
    def erases(self) -> bool:
        """Whether nothing personal is left: then no personal part is written, and no key stays."""
        erasure = self.checkout.erasure
        return erasure is not None and erasure.whole

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more, so that its flow need not be at hand.

        `settled` alone is not enough: an open checkout that waits for its customer is settled too.
        """
        return self.settled and self.status in FINAL_STATUSES

    def require_sound(self) -> None:
        """Raise `ValueError` for what would break the compare-and-swap or the event log."""
        new = self.checkout
        if new.version <= self.expected:
            raise ValueError(f"{new.id}: version {new.version} is not after what it replaces")
        for event in self.events:
            if (event.checkout, event.version) != (new.id, new.version):
                raise ValueError(f"{new.id}: {event.id} is an event of another change")
        if len({event.index for event in self.events}) < len(self.events):
            raise ValueError(f"{new.id}: two events have one index")


class Filter(Record):
    """What a list is narrowed to; what is None is not asked for.

    `created_from` is included, `created_to` is not; both are aware times.
    """

    flow: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    customer_ref: str | None = None
    order: str | None = None
    email: str | None = None
    phone: str | None = None
    imei: str | None = None


EVERYTHING: Final = Filter()


class ListedCheckout(Record):
    """A row of a list of checkouts."""

    checkout: Checkout
    status: str


class StoredKey(Record):
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


class StoredToken(Record):
    """A customer token or a handoff, by the hash of its secret, for one checkout of an account."""

    token_hash: str
    kind: str
    checkout: str
    retailer: str
    expires_at: datetime
    redeemed_at: datetime | None = None
    browser: str | None = None


class StoredFlow(Record):
    """A resolved flow by its digest."""

    digest: str
    retailer: str
    name: str
    resolved: Json
    stored_at: datetime


class Page(Record):
    """A page of rows in a stable order; `next` is the cursor of the page after it."""

    rows: Sequence[ListedCheckout] = field(default_factory=tuple)
    next: str | None = None


class Feed(Record):
    """Events of all checkouts from a cursor on; `cursor` is where to go on, also when none came.

    Those of one checkout are in order; there is no order across checkouts.
    """

    rows: Sequence[EventRow]
    cursor: str | None


class Pruned(Record):
    """How many rows were deleted."""

    events: int = 0
    idempotency: int = 0
    tokens: int = 0
