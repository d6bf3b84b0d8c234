"""One statement for each append: snapshot, events, references, look-ups, idempotency record.

`w` is the row that was written. When it is empty, because the version moved on or the id is taken,
everything that reads from it writes nothing. A reference of another checkout breaks a NOT NULL and
a used idempotency key a primary key: both undo the whole statement.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import orjson

from unshackled.errors import Conflict
from unshackled.store import lookups, snapshot
from unshackled.store.postgres.pool import Pool
from unshackled.store.stored_records import Change, IdempotencyRecord

UPDATE: Final = """
    UPDATE checkouts
    SET version = $2, status = $3, settled = $4, ended = $5, updated_at = $6, wake_at = $7,
        digest = $8, snapshot = $9, personal = $10, attention = $11,
        claimed_by = NULL, claimed_until = NULL
    WHERE id = $1 AND version = $26
    RETURNING id, version, retailer
"""
INSERT: Final = """
    INSERT INTO checkouts (id, version, status, settled, ended, updated_at, wake_at, digest,
                           snapshot, personal, attention, retailer, created_at, flow)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $26, $27, $28)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, version, retailer
"""
WITH_ALL: Final = """
    WITH w AS ({written}),
    events AS (
        INSERT INTO events (checkout, version, idx, retailer, type, at, data)
        SELECT w.id, w.version, e.idx, e.retailer, e.type, e.at, e.data
        FROM w, unnest($12::int[], $13::text[], $14::text[], $15::timestamptz[], $16::text[])
             AS e (idx, retailer, type, at, data)
        ORDER BY e.idx
    ),
    refs AS (
        INSERT INTO refs (reference, checkout)
        SELECT r.reference, w.id FROM w, unnest($17::text[]) AS r (reference)
        ON CONFLICT (reference) DO UPDATE
        SET checkout = CASE WHEN refs.checkout = excluded.checkout THEN refs.checkout END
    ),
    lookups AS (
        INSERT INTO lookups (retailer, kind, hash, checkout)
        SELECT w.retailer, l.kind, l.hash, w.id
        FROM w, unnest($24::text[], $25::text[]) AS l (kind, hash)
        ON CONFLICT DO NOTHING
    ),
    idempotency AS (
        INSERT INTO idempotency (scope, key, body_digest, resource, status, created_at)
        SELECT $18::text, $19::text, $20::text, $21::text, $22::int, $23::timestamptz
        FROM w WHERE $18::text IS NOT NULL
    )
    SELECT id FROM w
"""
FIRST: Final = WITH_ALL.format(written=INSERT)
NEXT: Final = WITH_ALL.format(written=UPDATE)
TAKEN: Final = {
    "refs": "a reference belongs to another checkout",
    "idempotency": "the idempotency key was used before",
}


async def append(pool: Pool, change: Change, key: bytes) -> None:
    """Write a change whole, and what it can be found by under `key`, or raise `Conflict`."""
    change.require_sound()
    checkout = change.checkout
    more: tuple[Any, ...]
    if change.expected:
        sql, more = NEXT, (change.expected,)
    else:
        sql, more = FIRST, (checkout.account, checkout.created_at, checkout.flow)
    try:
        written = await pool.rows(sql, *_row(change), *_log(change), *_found(key, change), *more)
    except asyncpg.IntegrityConstraintViolationError as error:
        taken = TAKEN.get(str(error.table_name))
        if taken is None:
            raise
        raise Conflict(f"{checkout.id}: {taken}") from None
    if not written:
        raise Conflict(f"{checkout.id}: not at version {change.expected} any more")


def _row(change: Change) -> list[Any]:
    checkout = change.checkout
    public, personal = snapshot.dump(checkout)
    return [
        checkout.id,
        checkout.version,
        str(change.status),
        change.settled,
        change.ended,
        checkout.updated_at,
        change.wake_at,
        checkout.digest,
        public.decode(),
        personal.decode(),
        sorted(change.attention),
    ]


def _log(change: Change) -> list[Any]:
    events = change.events
    return [
        [event.index for event in events],
        [event.retailer for event in events],
        [event.type for event in events],
        [event.at for event in events],
        [orjson.dumps(event.data).decode() for event in events],
        list(dict.fromkeys(change.references)),
        *_idempotency(change.idempotency),
    ]


def _found(key: bytes, change: Change) -> list[Any]:
    rows = lookups.rows_of(key, change)
    return [[kind for kind, _ in rows], [digest for _, digest in rows]]


def _idempotency(record: IdempotencyRecord | None) -> list[Any]:
    if record is None:
        return [None] * 6
    return [
        record.scope,
        record.key,
        record.body_digest,
        record.resource,
        record.status,
        record.created_at,
    ]
