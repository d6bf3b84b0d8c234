"""The last catalogue of each account, for a process that starts while its backend is away."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import Record


class CachedCatalogue(Record, kw_only=False):
    """A catalogue, when it was read, and when a price of it begins or ends."""

    catalogue: Catalogue
    read_at: datetime
    valid_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether its prices are still those of now."""
        return self.valid_until is None or now < self.valid_until


class KeptCatalogues(Protocol):
    """One catalogue for each account."""

    async def put(self, retailer: str, catalogue: CachedCatalogue) -> None:
        """Keep it, unless one that was read later (or then) is there."""
        ...

    async def get(self, retailer: str, *, after: datetime | None = None) -> CachedCatalogue | None:
        """What was kept last, if it was read `after`.

        Raises `ValueError` for what this version cannot read.
        """
        ...
