"""The SQL that replicas share work by: claims, cursors, leases; and what is deleted in time.

Each function runs in the writer's thread, inside its transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from unshackled.errors import Conflict
from unshackled.store.stored_records import Pruned

CLAIM: Final = """
    UPDATE checkouts SET claimed_by = :owner, claimed_until = :until
    WHERE id IN (
        SELECT id FROM checkouts
        WHERE wake_at <= :now AND (claimed_until IS NULL OR claimed_until <= :now)
        ORDER BY wake_at, id LIMIT :limit
    )
    RETURNING wake_at, id
"""
POSTPONE: Final = """
    UPDATE checkouts SET wake_at = ?, claimed_by = NULL, claimed_until = NULL
    WHERE id = ? AND version = ?
"""
RETAIN: Final = "UPDATE checkouts SET erase_at = ? WHERE id = ? AND version = coalesce(?, version)"
RELEASE: Final = """
    UPDATE checkouts SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = ?
"""
LEASE: Final = """
    INSERT INTO leases (name, owner, until) VALUES (:name, :owner, :until)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE leases.owner = excluded.owner OR leases.until <= :now
"""
# Some pages, so that a disk or file which cannot grow any more shows; gone with the commit.
PROBE: Final = (
    "INSERT INTO leases (name, owner, until) VALUES ('probe', zeroblob(16384), '')",
    "DELETE FROM leases WHERE name = 'probe'",
)
EVENTS: Final = """
    DELETE FROM events WHERE seq IN (
        SELECT seq FROM events JOIN checkouts ON checkouts.id = events.checkout
        WHERE events.at < :before AND checkouts.ended = 1
          AND seq <= coalesce((SELECT min(CAST(place AS INTEGER)) FROM cursors), seq)
        ORDER BY seq LIMIT :limit
    )
"""
IDEMPOTENCY: Final = """
    DELETE FROM idempotency WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency WHERE created_at < :before LIMIT :limit
    )
"""
TOKENS: Final = """
    DELETE FROM tokens WHERE token_hash IN (
        SELECT token_hash FROM tokens WHERE expires_at <= :now LIMIT :limit
    )
"""


def probe(connection: sqlite3.Connection) -> None:
    """Write something, and take it back: only that proves that an append could be written."""
    for statement in PROBE:
        connection.execute(statement)


def claim(
    connection: sqlite3.Connection, owner: str, span: tuple[str, str], limit: int
) -> list[str]:
    """What is due and not claimed, the oldest first, for a span from now."""
    given = {"owner": owner, "now": span[0], "until": span[1], "limit": limit}
    return [row[1] for row in sorted(connection.execute(CLAIM, given).fetchall())]


def release(connection: sqlite3.Connection, owner: str) -> int:
    """Hand claims back."""
    return connection.execute(RELEASE, (owner,)).rowcount


def move_cursor(connection: sqlite3.Connection, name: str, expected: str | None, to: str) -> None:
    """Note how far a follower has come."""
    if expected is None:
        sql = "INSERT INTO cursors (place, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
        moved = connection.execute(sql, (to, name))
    else:
        sql = "UPDATE cursors SET place = ? WHERE name = ? AND place = ?"
        moved = connection.execute(sql, (to, name, expected))
    if moved.rowcount != 1:
        raise Conflict(f"{name}: not at {expected} any more")


def lease(connection: sqlite3.Connection, name: str, owner: str, span: tuple[str, str]) -> bool:
    """Take or keep a lease for a span from now."""
    given = {"name": name, "owner": owner, "now": span[0], "until": span[1]}
    return connection.execute(LEASE, given).rowcount == 1


def end_lease(connection: sqlite3.Connection, name: str, owner: str) -> None:
    """Hand a lease back."""
    connection.execute("DELETE FROM leases WHERE name = ? AND owner = ?", (name, owner))


def prune(connection: sqlite3.Connection, before: str, now: str, limit: int) -> Pruned:
    """Delete what is not needed any more."""
    given = {"before": before, "now": now, "limit": limit}
    return Pruned(
        events=connection.execute(EVENTS, given).rowcount,
        idempotency=connection.execute(IDEMPOTENCY, given).rowcount,
        tokens=connection.execute(TOKENS, given).rowcount,
    )
