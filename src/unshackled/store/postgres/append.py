"""One statement for each append: snapshot, key, events, references, look-ups, idempotency record.

`w` is the row that was written. When it is empty, because the version moved on or the id is taken,
everything that reads from it writes nothing. A reference of another checkout and another key of the
same one break a NOT NULL, a used idempotency key a primary key: each undoes the whole statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import orjson

from unshackled.errors import ClaimTaken, Conflict
from unshackled.store import lookups
from unshackled.store.device_claims import by_hash
from unshackled.store.postgres.pool import Pool
from unshackled.store.side_tables.blobs import COPIES
from unshackled.store.side_tables.data_keys import StoredDataKey
from unshackled.store.snapshot_sealer import SealedChange
from unshackled.store.sql import blobs, operator_requests
from unshackled.store.sql.data_keys import COLUMNS, values_of
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.stored_records import Change, IdempotencyRecord

UPDATE: Final = """
    UPDATE checkouts
    SET version = $2, status = $3, settled = $4, ended = $5, updated_at = $6, wake_at = $7,
        digest = $8, snapshot = $9, personal = $10, attention = $11,
        erase_at = $33, claimed_by = NULL, claimed_until = NULL
    WHERE id = $1 AND version = $34
    RETURNING id, version, retailer
"""
INSERT: Final = """
    INSERT INTO checkouts (id, version, status, settled, ended, updated_at, wake_at, digest,
                           snapshot, personal, attention, erase_at, retailer, created_at, flow)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $33, $34, $35, $36)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, version, retailer
"""
# A key that is written with the mark of an erased one only marks what is there; see `TAKEN`.
KEY: Final = f"""
        INSERT INTO {SCHEMA}.data_keys ({COLUMNS})
        SELECT {{values}} FROM w WHERE ${{first}}::text IS NOT NULL
        ON CONFLICT (subject) DO UPDATE
        SET wrapped = CASE WHEN excluded.erased_at <> '' THEN '' END, wrapped_by = '',
            erased_at = excluded.erased_at
        WHERE data_keys.erased_at = '' OR excluded.erased_at = ''
"""  # noqa: S608 - the names above


def key_from(first: int) -> str:
    """The statement that writes a key, of the seven parameters that begin at this number."""
    values = ", ".join(f"${number}::text" for number in range(first, first + 7))
    return KEY.format(values=values, first=first)


WITH_ALL: Final = """
    WITH w AS ({written}),
    keys AS ({key}),
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
    outdated AS (
        DELETE FROM lookups USING w
        WHERE $24::text[] IS NOT NULL AND lookups.checkout = w.id
          AND lookups.hash <> ALL ($25::text[])
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
    ){more}
    SELECT id FROM w
"""
# What is taken breaks a NOT NULL, as a reference does.
HOLD: Final = """,
    let_go AS (
        DELETE FROM device_claims USING w
        WHERE device_claims.checkout = w.id AND device_claims.hash <> ALL (${number}::text[])
    ),
    device_claims AS (
        INSERT INTO device_claims (hash, checkout)
        SELECT c.hash, w.id FROM w, unnest(${number}::text[]) AS c (hash)
        ON CONFLICT (hash) DO UPDATE
        SET checkout = CASE WHEN device_claims.checkout = excluded.checkout
                            THEN device_claims.checkout END
    )"""
HELD_BY_OTHERS: Final = """
    SELECT hash FROM device_claims WHERE hash = ANY ($1::text[]) AND checkout <> $2
"""
FIRST: Final = WITH_ALL.format(written=INSERT, key=key_from(26), more="")
FIRST_HOLDING: Final = WITH_ALL.format(
    written=INSERT, key=key_from(26), more=HOLD.format(number=37)
)
NEXT: Final = WITH_ALL.format(written=UPDATE, key=key_from(26), more="")
NEXT_HOLDING: Final = WITH_ALL.format(written=UPDATE, key=key_from(26), more=HOLD.format(number=35))
# Of what is erased the side tables keep nothing either; the mark of its key says when that was.
GONE: Final = f""",
    expired AS ({operator_requests.ERASE.replace("?", "(SELECT id FROM w)")}),
    blobs AS ({blobs.ERASE.replace("?", "(SELECT id FROM w)")}),
    copies AS (
        UPDATE {SCHEMA}.data_keys SET wrapped = '', wrapped_by = '', erased_at = $32::text
        WHERE subject = (SELECT id FROM w) || '{COPIES}' AND wrapped <> '' AND $32::text <> ''
    )"""  # noqa: S608 - the names above
ERASING: Final = WITH_ALL.format(
    written=UPDATE,
    key=key_from(26),
    more=GONE + HOLD.format(number=35),
)
TAKEN: Final = {
    "refs": "a reference belongs to another checkout",
    "data_keys": "it has another data key",
    "idempotency": "the idempotency key was used before",
}


async def append(
    pool: Pool, change: Change, key: bytes, sealed: SealedChange, claims: Sequence[str] | None
) -> None:
    """Write a change whole, and what it can be found by under `key`, or raise `Conflict`.

    `claims` are those that it leaves, hashed, or None where they stay; raises `ClaimTaken`.
    """
    checkout = change.checkout
    sql, more = _statement(change, claims)
    row = _row(change, sealed)
    found = [*_found(key, change), *key_row(sealed.new_key), change.erase_at]
    try:
        written = await pool.rows(sql, *row, *_log(change), *found, *more)
    except asyncpg.IntegrityConstraintViolationError as error:
        if error.table_name == "device_claims":
            raise await _claimed(pool, change, claims or ()) from None
        taken = TAKEN.get(str(error.table_name))
        if taken is None:
            raise
        raise Conflict(f"{checkout.id}: {taken}") from None
    if not written:
        raise Conflict(f"{checkout.id}: not at version {change.expected} any more")


def _statement(change: Change, claims: Sequence[str] | None) -> tuple[str, tuple[Any, ...]]:
    """The statement for a change, and what it has beside the parameters of every one."""
    checkout = change.checkout
    held = () if claims is None else (list(claims),)
    if not change.expected:
        sql = FIRST if claims is None else FIRST_HOLDING
        return sql, (checkout.account, checkout.created_at, checkout.flow, *held)
    if change.erases:
        return ERASING, (change.expected, list(claims or ()))
    return NEXT if claims is None else NEXT_HOLDING, (change.expected, *held)


async def _claimed(pool: Pool, change: Change, claims: Sequence[str]) -> Conflict:
    """Which claims another checkout holds; where it let go meanwhile, a conflict like any other."""
    checkout = change.checkout.id
    rows = await pool.rows(HELD_BY_OTHERS, list(claims), checkout)
    known = by_hash(change, claims) or {}
    taken = [known[digest] for (digest,) in rows]
    return ClaimTaken(checkout, taken) if taken else Conflict(f"{checkout}: a device was taken")


def _row(change: Change, sealed: SealedChange) -> list[Any]:
    checkout = change.checkout
    return [
        checkout.id,
        checkout.version,
        str(change.status),
        change.settled,
        change.ended,
        checkout.updated_at,
        change.wake_at,
        checkout.digest,
        sealed.public.decode(),
        sealed.personal,
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
    if rows is None:
        return [None, None]
    return [[kind for kind, _ in rows], [digest for _, digest in rows]]


def key_row(key: StoredDataKey | None) -> list[Any]:
    """The parameters of `key_from`; without a key none is written."""
    return [None] * 7 if key is None else list(values_of(key))


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
