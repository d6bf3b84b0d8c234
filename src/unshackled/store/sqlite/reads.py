"""The SQL that reads; each function runs in the reader's thread and returns finished values."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from unshackled.domain.checkout import Checkout
from unshackled.store import encoding, lookups
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
CHECKOUT: Final = f"SELECT {SNAPSHOT} FROM {WITH_KEYS} WHERE c.id = ?"  # noqa: S608


def _one(connection: sqlite3.Connection, sql: str, *parameters: object) -> Any:
    return connection.execute(sql, parameters).fetchone()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def checkout(
    connection: sqlite3.Connection, wanted: str, sealer: SnapshotSealer
) -> tuple[Checkout, DataKey] | None:
    """A snapshot, and the key of its personal part."""
    row = _one(connection, CHECKOUT, wanted)
    return sealer.opened(SnapshotRow(*row)) if row else None


def by_reference(connection: sqlite3.Connection, reference: str) -> str | None:
    """The checkout of a reference."""
    row = _one(connection, "SELECT checkout FROM refs WHERE reference = ?", reference)
    return row[0] if row else None


# Of a list of hashes any will do; it comes as JSON.
BY_LOOKUP: Final = (
    "c.id IN (SELECT checkout FROM lookups WHERE hash IN (SELECT value FROM json_each(?)))"
)
ERASABLE: Final = """
    SELECT id FROM checkouts WHERE erase_at <= ? ORDER BY erase_at, id LIMIT ?
"""
FILTERS: Final = {
    "retailer": "c.retailer = ?",
    "status": "status = ?",
    "flow": "flow = ?",
    "created_from": "c.created_at >= ?",
    "created_to": "c.created_at < ?",
    **dict.fromkeys(lookups.KINDS, BY_LOOKUP),
    "attention": "attention <> '' AND instr(' ' || attention || ' ', ' ' || ? || ' ') > 0",
}


def page(
    connection: sqlite3.Connection,
    wanted: Mapping[str, str | datetime | list[str] | None],
    after: tuple[str, str] | None,
    limit: int,
    sealer: SnapshotSealer,
) -> Page:
    """A page of checkouts, and the cursor when there is more; what is None is not asked for."""
    asked = {name: _plain(value) for name, value in wanted.items() if value is not None}
    clauses = [FILTERS[name] for name in asked]
    values = [*asked.values(), *(after or ())]
    clauses += ["(c.created_at, c.id) < (?, ?)"] if after is not None else []
    where = " AND ".join(clauses)
    rows = connection.execute(
        f"SELECT {SNAPSHOT}, status, c.created_at FROM {WITH_KEYS} WHERE {where}"  # noqa: S608 - the words above
        " ORDER BY c.created_at DESC, c.id DESC LIMIT ?",
        [*values, limit + 1],
    ).fetchall()
    return Page(
        rows=tuple(
            ListedCheckout(checkout=sealer.opened(SnapshotRow(*row[:-2]))[0], status=row[-2])
            for row in rows[:limit]
        ),
        next=encoding.encode(rows[limit - 1][-1], rows[limit - 1][0])
        if len(rows) > limit
        else None,
    )


def _plain(value: str | datetime | list[str]) -> str:
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return encoding.stamp(value) if isinstance(value, datetime) else value


def erasable(connection: sqlite3.Connection, now: str, limit: int) -> list[str]:
    """The checkouts whose personal data may be erased, the longest waiting first."""
    return [row[0] for row in connection.execute(ERASABLE, (now, limit))]


def lookup_key(connection: sqlite3.Connection) -> str:
    """What the keyed hashes of `lookups` are made with."""
    row = _one(connection, "SELECT key FROM lookup_key")
    return str(row[0])


def events(
    connection: sqlite3.Connection, wanted: str, after: tuple[int, int], limit: int
) -> Sequence[EventRow]:
    """A checkout's events after (version, index)."""
    sql = f"""
        SELECT {EVENT} FROM events
        WHERE checkout = ? AND (version, idx) > (?, ?) ORDER BY version, idx LIMIT ?
    """  # noqa: S608 - the columns above
    return [_event(row) for row in connection.execute(sql, (wanted, *after, limit))]


def places(
    connection: sqlite3.Connection, after: int, limit: int
) -> list[tuple[int, str, int, int]]:
    """What follows a place in the log: place, checkout, version and index; one writer, in order."""
    sql = "SELECT seq, checkout, version, idx FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
    return connection.execute(sql, (after, limit)).fetchall()


def feed(connection: sqlite3.Connection, after: int, up_to: int) -> list[EventRow]:
    """The events after a place up to another one."""
    sql = f"SELECT {EVENT} FROM events WHERE seq > ? AND seq <= ? ORDER BY seq"  # noqa: S608
    return [_event(row) for row in connection.execute(sql, (after, up_to))]


def cursor_of(connection: sqlite3.Connection, name: str) -> str | None:
    """How far a follower has come."""
    row = _one(connection, "SELECT place FROM cursors WHERE name = ?", name)
    return row[0] if row else None


def _event(row: Sequence[Any]) -> EventRow:
    return EventRow(
        checkout=row[0],
        version=row[1],
        index=row[2],
        retailer=row[3],
        type=row[4],
        at=datetime.fromisoformat(row[5]),
        data=orjson.loads(row[6]),
    )


def idempotency(
    connection: sqlite3.Connection, scope: str, key_: str, before: str | None = None
) -> IdempotencyRecord | None:
    """What a server's key made, in its scope or in the one that it had before."""
    sql = """
        SELECT body_digest, resource, status, created_at, scope FROM idempotency
        WHERE scope IN (?, ?) AND key = ?
    """
    rows = connection.execute(sql, (scope, before or scope, key_)).fetchall()
    if not rows:
        return None
    row = max(rows, key=lambda one: one[4] == scope)
    return IdempotencyRecord(
        scope=row[4],
        key=key_,
        body_digest=row[0],
        resource=row[1],
        status=row[2],
        created_at=datetime.fromisoformat(row[3]),
    )


_KEY = """
    SELECT id, retailer, kind, secret_hash, scopes, origins, created_at, revoked_at FROM api_keys
"""


def key(connection: sqlite3.Connection, key_id: str) -> StoredKey | None:
    """An API key."""
    row = _one(connection, f"{_KEY} WHERE id = ?", key_id)
    return None if row is None else _key(row)


def keys(connection: sqlite3.Connection, retailer: str) -> list[StoredKey]:
    """A retailer's API keys."""
    rows = connection.execute(f"{_KEY} WHERE retailer = ? ORDER BY created_at, id", (retailer,))
    return [_key(row) for row in rows]


def _key(row: Sequence[Any]) -> StoredKey:
    return StoredKey(
        id=row[0],
        retailer=row[1],
        kind=row[2],
        secret_hash=row[3],
        scopes=tuple(orjson.loads(row[4])),
        origins=tuple(orjson.loads(row[5])),
        created_at=datetime.fromisoformat(row[6]),
        revoked_at=_time(row[7]),
    )


def token(connection: sqlite3.Connection, token_hash: str) -> StoredToken | None:
    """A customer token or handoff."""
    sql = """
        SELECT kind, checkout, retailer, expires_at, redeemed_at, browser
        FROM tokens WHERE token_hash = ?
    """
    row = _one(connection, sql, token_hash)
    if row is None:
        return None
    return StoredToken(
        token_hash=token_hash,
        kind=row[0],
        checkout=row[1],
        retailer=row[2],
        expires_at=datetime.fromisoformat(row[3]),
        redeemed_at=_time(row[4]),
        browser=row[5],
    )


def flow(connection: sqlite3.Connection, digest: str) -> StoredFlow | None:
    """A resolved flow."""
    sql = "SELECT retailer, name, resolved, stored_at FROM flows WHERE digest = ?"
    row = _one(connection, sql, digest)
    if row is None:
        return None
    return StoredFlow(
        digest=digest,
        retailer=row[0],
        name=row[1],
        resolved=orjson.loads(row[2]),
        stored_at=datetime.fromisoformat(row[3]),
    )


def open_digests(connection: sqlite3.Connection) -> Sequence[str]:
    """The digests that open checkouts are pinned to."""
    sql = "SELECT DISTINCT digest FROM checkouts WHERE ended = 0 ORDER BY digest"
    return [row[0] for row in connection.execute(sql)]
