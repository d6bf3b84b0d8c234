"""What is read from PostgreSQL; rows become values once the connection is free again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from unshackled.domain.checkout import Checkout
from unshackled.store import encoding, lookups
from unshackled.store.postgres.pool import Pool, Row, storable
from unshackled.store.snapshot_sealer import DataKey, SnapshotRow, SnapshotSealer
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.stored_records import (
    EventRow,
    IdempotencyRecord,
    ListedCheckout,
    Page,
    StoredFlow,
    StoredKey,
    StoredToken,
)

EVENT: Final = "checkout, version, idx, retailer, type, at, data"
# The columns of `SnapshotRow`, in order.
SNAPSHOT: Final = "c.id, c.retailer, c.snapshot, c.personal, k.id, k.wrapped_by, k.wrapped"
WITH_KEYS: Final = f"checkouts c LEFT JOIN {SCHEMA}.data_keys k ON k.subject = c.id"
CHECKOUT: Final = f"SELECT {SNAPSHOT} FROM {WITH_KEYS} WHERE c.id = $1"  # noqa: S608
# Of a list of hashes any will do.
BY_LOOKUP: Final = "c.id IN (SELECT checkout FROM lookups WHERE hash = ANY ({}::text[]))"
ERASABLE: Final = "SELECT id FROM checkouts WHERE erase_at <= $1 ORDER BY erase_at, id LIMIT $2"
FILTERS: Final = {
    "retailer": "c.retailer = {}",
    "status": "status = {}",
    "flow": "flow = {}",
    "created_from": "c.created_at >= {}",
    "created_to": "c.created_at < {}",
    **dict.fromkeys(lookups.KINDS, BY_LOOKUP),
    "attention": "attention <> '{{}}' AND {} = ANY (attention)",
}
# A jump from each digest to the next: as fast with a million open checkouts as with one.
OPEN_DIGESTS: Final = """
    WITH RECURSIVE known AS (
        (SELECT digest FROM checkouts WHERE NOT ended ORDER BY digest LIMIT 1)
        UNION ALL
        SELECT (SELECT digest FROM checkouts
                WHERE NOT ended AND digest > known.digest ORDER BY digest LIMIT 1)
        FROM known WHERE known.digest IS NOT NULL
    )
    SELECT digest FROM known WHERE digest IS NOT NULL
"""
KEY: Final = "id, retailer, kind, secret_hash, scopes, origins, created_at, revoked_at"


async def checkout(
    pool: Pool, wanted: str, sealer: SnapshotSealer
) -> tuple[Checkout, DataKey] | None:
    """A snapshot, and the key of its personal part."""
    row = await pool.find(CHECKOUT, wanted)
    return sealer.opened(SnapshotRow(*row)) if row else None


async def by_reference(pool: Pool, reference: str) -> str | None:
    """The checkout of a reference."""
    row = await pool.find("SELECT checkout FROM refs WHERE reference = $1", reference)
    return row[0] if row else None


async def page(
    pool: Pool,
    wanted: dict[str, Any],
    after: tuple[str, str] | None,
    limit: int,
    sealer: SnapshotSealer,
) -> Page:
    """A page of checkouts, and the cursor when there is more; what is None is not asked for."""
    asked = {name: value for name, value in wanted.items() if value is not None}
    clauses = [FILTERS[name].format(f"${place}") for place, name in enumerate(asked, 1)]
    values: list[Any] = [
        storable(value) if isinstance(value, str) else value for value in asked.values()
    ]
    if after is not None:
        place = len(values) + 1
        clauses.append(f"(c.created_at, c.id) < (${place}, ${place + 1})")
        values += [datetime.fromisoformat(after[0]), storable(after[1])]
    rows = await pool.rows(
        f"SELECT {SNAPSHOT}, status, c.created_at FROM {WITH_KEYS}"  # noqa: S608 - the words above
        f" WHERE {' AND '.join(clauses)} ORDER BY c.created_at DESC, c.id DESC LIMIT {limit + 1:d}",
        *values,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        rows=tuple(
            ListedCheckout(checkout=sealer.opened(SnapshotRow(*row[:7]))[0], status=row[7])
            for row in rows[:limit]
        ),
        next=encoding.encode(encoding.stamp(last[8]), last[0]) if last else None,
    )


async def erasable(pool: Pool, now: datetime, limit: int) -> Sequence[str]:
    """The checkouts whose personal data may be erased, the longest waiting first."""
    return [row[0] for row in await pool.rows(ERASABLE, now, limit)]


async def lookup_key(pool: Pool) -> str:
    """What the keyed hashes of `lookups` are made with."""
    row = await pool.row("SELECT key FROM lookup_key")
    return str(row[0]) if row else ""


async def events(pool: Pool, wanted: str, after: tuple[int, int], limit: int) -> Sequence[EventRow]:
    """A checkout's events after (version, index)."""
    sql = f"""
        SELECT {EVENT} FROM events
        WHERE checkout = $1 AND (version, idx) > ($2, $3) ORDER BY version, idx LIMIT $4
    """  # noqa: S608 - the columns above
    return [event(row) for row in await pool.rows(sql, storable(wanted), *after, limit)]


def event(row: Row) -> EventRow:
    """An event of its columns."""
    return EventRow(
        checkout=row[0],
        version=row[1],
        index=row[2],
        retailer=row[3],
        type=row[4],
        at=row[5],
        data=orjson.loads(row[6]),
    )


async def idempotency(pool: Pool, scope: str, key_: str, before: str) -> IdempotencyRecord | None:
    """What a server's key made, in its scope or in the one that it had before."""
    sql = """
        SELECT body_digest, resource, status, created_at, scope FROM idempotency
        WHERE scope IN ($1, $3) AND key = $2
    """
    rows = await pool.rows(sql, *map(storable, (scope, key_, before)))
    if not rows:
        return None
    row = max(rows, key=lambda one: bool(one[4] == scope))
    return IdempotencyRecord(
        scope=row[4],
        key=key_,
        body_digest=row[0],
        resource=row[1],
        status=row[2],
        created_at=row[3],
    )


async def key(pool: Pool, key_id: str) -> StoredKey | None:
    """An API key."""
    row = await pool.find(f"SELECT {KEY} FROM api_keys WHERE id = $1", key_id)  # noqa: S608
    return _key(row) if row else None


async def keys(pool: Pool, retailer: str) -> Sequence[StoredKey]:
    """A retailer's API keys."""
    sql = f"SELECT {KEY} FROM api_keys WHERE retailer = $1 ORDER BY created_at, id"  # noqa: S608
    return [_key(row) for row in await pool.rows(sql, retailer)]


def _key(row: Row) -> StoredKey:
    return StoredKey(
        id=row[0],
        retailer=row[1],
        kind=row[2],
        secret_hash=row[3],
        scopes=tuple(row[4]),
        origins=tuple(row[5]),
        created_at=row[6],
        revoked_at=row[7],
    )


async def token(pool: Pool, token_hash: str) -> StoredToken | None:
    """A customer token or handoff."""
    sql = """
        SELECT kind, checkout, retailer, expires_at, redeemed_at, browser
        FROM tokens WHERE token_hash = $1
    """
    row = await pool.find(sql, token_hash)
    if row is None:
        return None
    return StoredToken(
        token_hash=token_hash,
        kind=row[0],
        checkout=row[1],
        retailer=row[2],
        expires_at=row[3],
        redeemed_at=row[4],
        browser=row[5],
    )


async def flow(pool: Pool, digest: str) -> StoredFlow | None:
    """A resolved flow."""
    sql = "SELECT retailer, name, resolved, stored_at FROM flows WHERE digest = $1"
    row = await pool.find(sql, digest)
    if row is None:
        return None
    return StoredFlow(
        digest=digest,
        retailer=row[0],
        name=row[1],
        resolved=orjson.loads(row[2]),
        stored_at=row[3],
    )


async def open_digests(pool: Pool) -> Sequence[str]:
    """The digests that open checkouts are pinned to."""
    return [row[0] for row in await pool.rows(OPEN_DIGESTS)]
