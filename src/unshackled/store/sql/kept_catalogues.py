"""The last catalogue of each retailer that could be read, in SQL; `body` is JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

import orjson

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.codec import decode, encode
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue
from unshackled.store.sql.tables import Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS catalogues_kept (
        retailer TEXT NOT NULL PRIMARY KEY,
        body TEXT NOT NULL,
        read_at TEXT NOT NULL
    )
    """,
)
PUT: Final = """
    INSERT INTO catalogues_kept (retailer, body, read_at) VALUES (?, ?, ?)
    ON CONFLICT (retailer) DO UPDATE SET body = excluded.body, read_at = excluded.read_at
    WHERE catalogues_kept.read_at < excluded.read_at
"""
VALID_UNTIL: Final = "valid_until"  # beside the catalogue's own fields, where it is known
READ: Final = "SELECT body, read_at FROM catalogues_kept WHERE retailer = ? AND read_at > ?"


class SqlKeptCatalogues:
    """The catalogues of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def put(self, retailer: str, catalogue: CachedCatalogue) -> None:
        """Keep it, unless a newer one is there."""
        ends = (
            {VALID_UNTIL: stamp(catalogue.valid_until)} if catalogue.valid_until is not None else {}
        )
        body = orjson.dumps(encode(catalogue.catalogue) | ends).decode()
        await self._tables.write(Statement(PUT, (retailer, body, stamp(catalogue.read_at))))

    async def get(self, retailer: str, *, after: datetime | None = None) -> CachedCatalogue | None:
        """What was kept last, if it was read `after`.

        Raises `ValueError` for what this version cannot read.
        """
        rows = await self._tables.read(READ, retailer, stamp(after) if after is not None else "")
        if not rows:
            return None
        body, read_at = cast("tuple[str, str]", rows[0])
        whole = orjson.loads(body)
        ends = whole.pop(VALID_UNTIL, None)
        return CachedCatalogue(
            decode(Catalogue, whole),
            datetime.fromisoformat(read_at),
            datetime.fromisoformat(ends) if ends is not None else None,
        )
