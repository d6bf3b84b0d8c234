"""The last catalogue of each account in memory."""

from __future__ import annotations

from datetime import datetime

from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue


class MemoryKeptCatalogues:
    """Catalogues by account."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, CachedCatalogue] = {}

    async def put(self, retailer: str, catalogue: CachedCatalogue) -> None:
        """Keep it, unless one that was read later (or then) is there."""
        self._ping()
        old = self._rows.get(retailer)
        if old is None or old.read_at < catalogue.read_at:
            self._rows[retailer] = catalogue

    async def get(self, retailer: str, *, after: datetime | None = None) -> CachedCatalogue | None:
        """What was kept last, if it was read `after`."""
        self._ping()
        kept = self._rows.get(retailer)
        return kept if kept is not None and (after is None or kept.read_at > after) else None
