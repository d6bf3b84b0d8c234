"""Filling the index of a database with checkouts of before: portion by portion, by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unshackled.store.lookups import Portion, readable
from unshackled.store.postgres.pool import Link, Pool
from unshackled.store.postgres.reads import SNAPSHOT, WITH_KEYS
from unshackled.store.snapshot_sealer import SnapshotRow, SnapshotSealer

PLACE: Final = "SELECT after FROM lookup_fill WHERE mark = $1"
NEXT: Final = f"SELECT {SNAPSHOT} FROM {WITH_KEYS} WHERE c.id > $1 ORDER BY c.id LIMIT $2"  # noqa: S608
# A checkout that moved on meanwhile may have been erased: it is read again. The others stay as they
# are until this is committed.
THERE: Final = """
    SELECT c.id FROM checkouts c, unnest($1::text[], $2::int[]) AS seen (id, version)
    WHERE c.id = seen.id AND c.version = seen.version ORDER BY c.id FOR SHARE OF c
"""
FORGET: Final = "DELETE FROM lookups WHERE checkout = ANY ($1::text[])"
NOTE: Final = """
    INSERT INTO lookups (retailer, kind, hash, checkout)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    ON CONFLICT DO NOTHING
"""
MOVE: Final = """
    INSERT INTO lookup_fill (mark, after) VALUES ($1, $2)
    ON CONFLICT (mark) DO UPDATE SET after = excluded.after
"""


async def unindexed(pool: Pool, mark: str, limit: int, sealer: SnapshotSealer) -> Portion:
    """The next checkouts that the index may lack."""
    place = await pool.row(PLACE, mark)
    if place is not None and place[0] is None:
        return Portion()
    rows = await pool.rows(NEXT, place[0] if place else "", limit)
    found = readable((SnapshotRow(*row) for row in rows), sealer)
    return Portion(rows=tuple(found), last=rows[-1][0] if rows else None)


async def index(
    pool: Pool, mark: str, portion: Portion, entries: Sequence[tuple[str, str, str, str]]
) -> None:
    """Note a portion, and how far this came."""
    seen = [[one.id for one in portion.rows], [one.version for one in portion.rows]]

    async def work(link: Link) -> None:
        there = {row[0] for row in await link.fetch(THERE, *seen)}
        mine = [entry for entry in entries if entry[3] in there]
        await link.execute(FORGET, list(there))
        await link.execute(NOTE, *([entry[place] for entry in mine] for place in range(4)))
        if len(there) == len(portion.rows):
            await link.execute(MOVE, mark, portion.last)

    await pool.transaction(work)
