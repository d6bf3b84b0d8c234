"""The SQL that writes; each function runs in the writer's thread, inside its transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from unshackled.domain.records import Record
from unshackled.errors import ClaimTaken, Conflict
from unshackled.store import lookups
from unshackled.store.device_claims import by_hash
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.blobs import copies_key
from unshackled.store.side_tables.data_keys import StoredDataKey
from unshackled.store.snapshot_sealer import SealedChange
from unshackled.store.sql import blobs, operator_requests
from unshackled.store.sql.data_keys import COLUMNS, values_of
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.stored_records import (
    Change,
    IdempotencyRecord,
    StoredFlow,
    StoredKey,
    StoredToken,
)

INSERT: Final = """
    INSERT INTO checkouts (id, retailer, version, status, settled, ended, created_at, updated_at,
                           wake_at, digest, snapshot, personal, attention, flow, erase_at)
    VALUES (:id, :retailer, :version, :status, :settled, :ended, :created_at, :updated_at,
            :wake_at, :digest, :snapshot, :personal, :attention, :flow, :erase_at)
    ON CONFLICT (id) DO NOTHING
"""
UPDATE: Final = """
    UPDATE checkouts
    SET version = :version, status = :status, settled = :settled, ended = :ended,
        updated_at = :updated_at, wake_at = :wake_at, digest = :digest,
        snapshot = :snapshot, personal = :personal, attention = :attention,
        erase_at = :erase_at,
        claimed_by = NULL, claimed_until = NULL
    WHERE id = :id AND version = :expected
"""
EVENT: Final = """
    INSERT INTO events (checkout, version, idx, retailer, type, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
# A resend writes its reference ahead again: that changes nothing, and is no conflict.
REFERENCE: Final = """
    INSERT INTO refs (reference, checkout) VALUES (?, ?)
    ON CONFLICT (reference) DO UPDATE SET checkout = checkout WHERE checkout = excluded.checkout
"""
FORGET_CLAIMS: Final = "DELETE FROM device_claims WHERE checkout = ?"
CLAIM: Final = """
    INSERT INTO device_claims (hash, checkout) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING
"""
FORGET_LOOKUPS: Final = "DELETE FROM lookups WHERE checkout = ?"
LOOKUP: Final = """
    INSERT INTO lookups (retailer, kind, hash, checkout) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
# The key was written before; where another one stands for the checkout, another writer was first.
KEY_IS: Final = f"SELECT 1 FROM {SCHEMA}.data_keys WHERE subject = ? AND id = ?"  # noqa: S608
ERASE: Final = f"""
    INSERT INTO {SCHEMA}.data_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (subject) DO UPDATE
    SET wrapped = '', wrapped_by = '', erased_at = excluded.erased_at
    WHERE data_keys.erased_at = ''
"""  # noqa: S608 - the names above
IDEMPOTENCY: Final = """
    INSERT INTO idempotency (scope, key, body_digest, resource, status, created_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope, key) DO NOTHING
"""
KEY: Final = """
    INSERT OR REPLACE INTO api_keys
        (id, retailer, kind, secret_hash, scopes, origins, created_at, revoked_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
TOKEN: Final = """
    INSERT OR REPLACE INTO tokens
        (token_hash, kind, checkout, retailer, expires_at, redeemed_at, browser)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S105 - a statement, not a secret
FLOW: Final = """
    INSERT INTO flows (digest, retailer, name, resolved, stored_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (digest) DO NOTHING
"""


# Hashes, each with the claim that it stands for.
Claims: TypeAlias = Mapping[str, str]


class Append(Record):
    """A change as parameters: everything is encoded and sealed before the transaction begins."""

    expected: int
    row: Mapping[str, Any]
    events: Sequence[Sequence[Any]]
    references: Sequence[str]
    lookups: Sequence[tuple[str, str]] | None
    claims: Claims | None
    idempotency: Sequence[Any] | None
    new_key: StoredDataKey | None
    erases: bool = False

    def __call__(self, connection: sqlite3.Connection) -> None:
        """Write it whole, or raise `Conflict`."""
        checkout = self.row["id"]
        written = connection.execute(UPDATE if self.expected else INSERT, self.row)
        if written.rowcount != 1:
            raise Conflict(f"{checkout}: not at version {self.expected} any more")
        if self.new_key is not None:
            write_key(connection, self.new_key)
        connection.executemany(EVENT, self.events)
        for reference in self.references:
            if connection.execute(REFERENCE, (reference, checkout)).rowcount != 1:
                raise Conflict(f"{checkout}: the reference {reference} belongs to another checkout")
        if self.lookups is not None:
            known = self.row["retailer"]
            connection.execute(FORGET_LOOKUPS, (checkout,))
            connection.executemany(LOOKUP, [(known, *one, checkout) for one in self.lookups])
        if self.claims is not None:
            hold(connection, checkout, self.claims)
        if self.erases:
            connection.execute(operator_requests.ERASE, (checkout,))
            connection.execute(blobs.ERASE, (checkout,))
            connection.execute(blobs.ERASE_KEY, (self.row["updated_at"], copies_key(checkout)))
        if self.idempotency is None:
            return
        if connection.execute(IDEMPOTENCY, self.idempotency).rowcount != 1:
            raise Conflict(f"{checkout}: the idempotency key was used before")


def hold(connection: sqlite3.Connection, checkout: str, claims: Claims) -> None:
    """Leave a checkout with these claims alone, or raise `ClaimTaken`."""
    connection.execute(FORGET_CLAIMS, (checkout,))
    taken = [
        claim
        for digest, claim in claims.items()
        if connection.execute(CLAIM, (digest, checkout)).rowcount != 1
    ]
    if taken:
        raise ClaimTaken(checkout, taken)


def write_key(connection: sqlite3.Connection, key: StoredDataKey) -> None:
    """Mark a key as deleted; of a new one, see that it is what was written before.

    Raises `Conflict` where another writer gave the checkout another one.
    """
    if key.wrapped is None:
        connection.execute(ERASE, values_of(key))
    elif connection.execute(KEY_IS, (key.subject, key.id)).fetchone() is None:
        raise Conflict(f"{key.subject}: it has another data key")


def append(
    change: Change, key: bytes, sealed: SealedChange, claims: Sequence[str] | None
) -> Append:
    """Encode a change, of which the snapshot is sealed already.

    `key` is what its `lookups` are hashed with; `claims` are those that it leaves, hashed.
    """
    return Append(
        expected=change.expected,
        row=_row(change, sealed),
        new_key=sealed.new_key,
        events=[
            (
                event.checkout,
                event.version,
                event.index,
                event.retailer,
                event.type,
                stamp(event.at),
                orjson.dumps(event.data).decode(),
            )
            for event in change.events
        ],
        references=change.references,
        lookups=lookups.rows_of(key, change),
        claims=by_hash(change, claims),
        idempotency=_idempotency(change.idempotency),
        erases=change.erases,
    )


def _row(change: Change, sealed: SealedChange) -> dict[str, Any]:
    checkout = change.checkout
    return {
        "id": checkout.id,
        "retailer": checkout.account,
        "expected": change.expected,
        "version": checkout.version,
        "status": str(change.status),
        "settled": change.settled,
        "ended": change.ended,
        "created_at": stamp(checkout.created_at),
        "updated_at": stamp(checkout.updated_at),
        "wake_at": stamp(change.wake_at) if change.wake_at else None,
        "digest": checkout.digest,
        "snapshot": sealed.public.decode(),
        "personal": sealed.personal,
        "attention": " ".join(sorted(change.attention)),
        "flow": checkout.flow,
        "erase_at": stamp(change.erase_at) if change.erase_at else None,
    }


def _idempotency(record: IdempotencyRecord | None) -> Sequence[Any] | None:
    if record is None:
        return None
    return (
        record.scope,
        record.key,
        record.body_digest,
        record.resource,
        record.status,
        stamp(record.created_at),
    )


def key(stored: StoredKey) -> tuple[str, Sequence[Any]]:
    """The statement that keeps an API key."""
    return KEY, (
        stored.id,
        stored.retailer,
        stored.kind,
        stored.secret_hash,
        orjson.dumps(stored.scopes).decode(),
        orjson.dumps(stored.origins).decode(),
        stamp(stored.created_at),
        stamp(stored.revoked_at) if stored.revoked_at else None,
    )


def token(stored: StoredToken) -> tuple[str, Sequence[Any]]:
    """The statement that keeps a token."""
    return TOKEN, (
        stored.token_hash,
        stored.kind,
        stored.checkout,
        stored.retailer,
        stamp(stored.expires_at),
        stamp(stored.redeemed_at) if stored.redeemed_at else None,
        stored.browser,
    )


def flow(stored: StoredFlow) -> tuple[str, Sequence[Any]]:
    """The statement that keeps a resolved flow."""
    return FLOW, (
        stored.digest,
        stored.retailer,
        stored.name,
        orjson.dumps(stored.resolved).decode(),
        stamp(stored.stored_at),
    )
