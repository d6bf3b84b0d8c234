"""The last catalogue of each retailer, for a process that starts while its backend is away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

import orjson

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.codec import decode, encode
from unshackled.store.cursor import stamp
from unshackled.store.sql.tables import Statement, Tables

PUT: Final = """
    INSERT INTO catalogues_kept (retailer, body, read_at) VALUES (?, ?, ?)
    ON CONFLICT (retailer) DO UPDATE SET body = excluded.body, read_at = excluded.read_at
    WHERE catalogues_kept.read_at < excluded.read_at
"""
VALID_UNTIL: Final = "valid_until"  # beside the catalogue's own fields, where it is known
READ: Final = "SELECT body, read_at FROM catalogues_kept WHERE retailer = ? AND read_at > ?"


@dataclass(frozen=True, slots=True)
class Kept:
    """A catalogue, when it was read, and when a price of it begins or ends."""

    catalogue: Catalogue
    read_at: datetime
    valid_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether its prices are still those of now."""
        return self.valid_until is None or now < self.valid_until


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """One row for each retailer; every method raises `StoreUnavailable` when the store is away."""

    tables: Tables = field(repr=False)

    async def put(self, retailer: str, kept: Kept) -> None:
        """Keep it, unless a newer one is there."""
        ends = {VALID_UNTIL: stamp(kept.valid_until)} if kept.valid_until is not None else {}
        body = orjson.dumps(encode(kept.catalogue) | ends).decode()
        await self.tables.write(Statement(PUT, (retailer, body, stamp(kept.read_at))))

    async def get(self, retailer: str, *, after: datetime | None = None) -> Kept | None:
        """What was kept last, if it was read `after`.

        Raises `ValueError` for what this version cannot read.
        """
        rows = await self.tables.read(READ, retailer, stamp(after) if after is not None else "")
        if not rows:
            return None
        body, read_at = cast("tuple[str, str]", rows[0])
        whole = orjson.loads(body)
        ends = whole.pop(VALID_UNTIL, None)
        return Kept(
            decode(Catalogue, whole),
            datetime.fromisoformat(read_at),
            datetime.fromisoformat(ends) if ends is not None else None,
        )
