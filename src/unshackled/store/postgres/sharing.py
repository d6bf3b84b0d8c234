"""What replicas share through PostgreSQL: claims, the feed, cursors, leases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from unshackled.errors import Conflict
from unshackled.store.postgres.pool import Pool
from unshackled.store.postgres.reads import EVENT, event
from unshackled.store.stored_records import Feed

CLAIM: Final = """
    WITH due AS (
        SELECT id FROM checkouts
        WHERE wake_at <= $2 AND (claimed_until IS NULL OR claimed_until <= $2)
        ORDER BY wake_at, id LIMIT $4 FOR UPDATE SKIP LOCKED
    )
    UPDATE checkouts SET claimed_by = $1, claimed_until = $3
    FROM due WHERE checkouts.id = due.id
    RETURNING checkouts.wake_at, checkouts.id
"""
POSTPONE: Final = """
    UPDATE checkouts SET wake_at = $3, claimed_by = NULL, claimed_until = NULL
    WHERE id = $1 AND version = $2
"""
RETAIN: Final = """
    UPDATE checkouts SET erase_at = $3 WHERE id = $1 AND version = coalesce($2::int, version)
"""
RELEASE: Final = """
    UPDATE checkouts SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1
"""
# Sequences are drawn before a commit and so come out of order; transaction ids do as well. But
# behind the oldest transaction that is still open nothing can be committed any more.
FEED: Final = f"""
    SELECT {EVENT}, tx, seq FROM events
    WHERE (tx, seq) > ($1, $2) AND tx < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY tx, seq LIMIT $3
"""  # noqa: S608 - the columns of an event
FIRST_MOVE: Final = """
    INSERT INTO cursors (name, place) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
"""
MOVE: Final = "UPDATE cursors SET place = $2 WHERE name = $1 AND place = $3"
LEASE: Final = """
    INSERT INTO leases (name, owner, until) VALUES ($1, $2, $4)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE leases.owner = excluded.owner OR leases.until <= $3
"""
# A write that is committed: a full disk and a standby that only reads answer to anything less.
PROBE: Final = """
    INSERT INTO leases (name, owner, until) VALUES ('probe', '', now())
    ON CONFLICT (name) DO UPDATE SET until = excluded.until
"""
END_LEASE: Final = "DELETE FROM leases WHERE name = $1 AND owner = $2"
BEGINNING: Final = (0, 0)


async def claim(
    pool: Pool, owner: str, span: tuple[datetime, datetime], limit: int
) -> Sequence[str]:
    """What is due and not claimed, the oldest first, for a span from now."""
    rows = await pool.rows(CLAIM, owner, *span, limit)
    return [row[1] for row in sorted(tuple(row) for row in rows)]


async def postpone(pool: Pool, checkout: str, version: int, wake_at: datetime | None) -> None:
    """Move the time of a checkout that did not change, and end the claim on it."""
    await pool.change(POSTPONE, checkout, version, wake_at)


async def retain(pool: Pool, checkout: str, version: int | None, until: datetime | None) -> None:
    """Move when personal data may be erased, unless the checkout moved on."""
    await pool.rows(RETAIN, checkout, version, until)


async def release(pool: Pool, owner: str) -> int:
    """Hand claims back."""
    return await pool.change(RELEASE, owner)


async def feed(pool: Pool, after: str | None, limit: int) -> Feed:
    """Events of all checkouts after a place, in the order of their transactions."""
    begin = place_of(after) if after is not None else BEGINNING
    rows = await pool.rows(FEED, *begin, limit)
    end = f"{rows[-1][7]}-{rows[-1][8]}" if rows else after
    return Feed(rows=[event(row) for row in rows], cursor=end)


def place_of(cursor: str) -> tuple[int, int]:
    """The transaction id and the sequence of a cursor; raises `ValueError` on anything else."""
    tx, _, seq = cursor.partition("-")
    try:
        return int(tx), int(seq)
    except ValueError:
        raise ValueError("after: not a cursor that the feed gave") from None


async def cursor_of(pool: Pool, name: str) -> str | None:
    """How far a follower has come."""
    row = await pool.row("SELECT place FROM cursors WHERE name = $1", name)
    return row[0] if row else None


async def move_cursor(pool: Pool, name: str, expected: str | None, to: str) -> None:
    """Note how far a follower has come."""
    if expected is None:
        moved = await pool.change(FIRST_MOVE, name, to)
    else:
        moved = await pool.change(MOVE, name, to, expected)
    if not moved:
        raise Conflict(f"{name}: not at {expected} any more")


async def lease(pool: Pool, name: str, owner: str, span: tuple[datetime, datetime]) -> bool:
    """Take or keep a lease for a span from now."""
    return await pool.change(LEASE, name, owner, *span) == 1


async def end_lease(pool: Pool, name: str, owner: str) -> None:
    """Hand a lease back."""
    await pool.change(END_LEASE, name, owner)
