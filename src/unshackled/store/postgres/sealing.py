"""Sealing rows of before there were keys, portion by portion, beside live traffic.

A row is written over only at the version at which it was read, and keeps it: who has it in memory
goes on, and who appends meanwhile seals it themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from unshackled.errors import Conflict
from unshackled.store.postgres.append import key_from, key_row
from unshackled.store.postgres.pool import Pool
from unshackled.store.postgres.reads import SNAPSHOT, WITH_KEYS
from unshackled.store.snapshot_sealer import SealedChange, SnapshotRow

# JSON begins with a brace; what is sealed, and the mark of what was erased, never does.
PLAIN: Final = "substr({column}, 1, 1) = '\\x7b'"
LAST: Final = """
    SELECT max(id) FROM (SELECT id FROM checkouts WHERE id > $1 ORDER BY id LIMIT $2) AS following
"""
NEXT: Final = f"""
    SELECT {SNAPSHOT} FROM {WITH_KEYS}
    WHERE c.id > $1 AND c.id <= $2 AND {PLAIN.format(column="c.personal")} ORDER BY c.id
"""  # noqa: S608 - the columns above
SEAL: Final = f"""
    WITH w AS (
        UPDATE checkouts SET snapshot = $1, personal = $2
        WHERE id = $3 AND version = $4 AND {PLAIN.format(column="personal")}
        RETURNING id
    ),
    keys AS ({key_from(5)})
    SELECT id FROM w
"""  # noqa: S608 - the names above


async def plain(pool: Pool, after: str, limit: int) -> tuple[str | None, Sequence[SnapshotRow]]:
    """Of the next rows the last one's id, and those whose personal part is not sealed."""
    found = await pool.row(LAST, after, limit)
    last = found[0] if found is not None else None
    rows = await pool.rows(NEXT, after, last) if last is not None else []
    return last, [SnapshotRow(*row) for row in rows]


async def seal(pool: Pool, checkout: str, version: int, sealed: SealedChange) -> None:
    """Write one row and its key, or raise `Conflict` where it moved on."""
    values = (sealed.public.decode(), sealed.personal, checkout, version)
    try:
        written = await pool.rows(SEAL, *values, *key_row(sealed.new_key))
    except asyncpg.NotNullViolationError:
        raise Conflict(f"{checkout}: it has another data key") from None
    if not written:
        raise Conflict(f"{checkout}: not at version {version} any more")
