"""What is deleted from PostgreSQL in time, in batches; replicas that do it at once share it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Final

from unshackled.store.postgres.pool import Pool
from unshackled.store.postgres.sharing import place_of
from unshackled.store.stored_records import Pruned

EVENTS: Final = """
    DELETE FROM events WHERE (checkout, version, idx) IN (
        SELECT events.checkout, events.version, events.idx
        FROM events JOIN checkouts ON checkouts.id = events.checkout
        WHERE events.at < $1 AND checkouts.ended
          AND ($2::xid8 IS NULL OR (events.tx, events.seq) <= ($2, $3::bigint))
        ORDER BY events.at LIMIT $4 FOR UPDATE OF events SKIP LOCKED
    )
"""
IDEMPOTENCY: Final = """
    DELETE FROM idempotency WHERE (scope, key) IN (
        SELECT scope, key FROM idempotency WHERE created_at < $1
        ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
"""
TOKENS: Final = """
    DELETE FROM tokens WHERE token_hash IN (
        SELECT token_hash FROM tokens WHERE expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
"""


async def prune(pool: Pool, *, before: datetime, now: datetime, limit: int) -> Pruned:
    """Delete what is not needed any more."""
    passed = await _passed(pool) or (None, None)
    return Pruned(
        events=await pool.change(EVENTS, before, *passed, limit),
        idempotency=await pool.change(IDEMPOTENCY, before, limit),
        tokens=await pool.change(TOKENS, now, limit),
    )


async def _passed(pool: Pool) -> tuple[int, int] | None:
    """Where the follower that is furthest behind stands; cursors only ever move on."""
    places = []
    for row in await pool.rows("SELECT place FROM cursors"):
        with suppress(ValueError):
            places.append(place_of(row[0]))
    return min(places, default=None)
