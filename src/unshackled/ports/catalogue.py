"""Catalogue: what a retailer sells."""

from __future__ import annotations

from typing import Final, Protocol

from unshackled.domain.catalogue import Catalogue as Contents
from unshackled.domain.facts import Fact, added
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import query
from unshackled.ports.outcome import Outcome


class BrowseCatalogue(Record, forbid_unknown_fields=False):
    """Everything on sale."""


class LeftOut(Record, Fact):
    """One offering that could not be read: what kind, which, and why; so it is not sold."""

    kind: str
    item: str
    why: str


class CatalogueFound(Record, Fact):
    """The whole catalogue with prices in minor units, and what had to be left out of it.

    The outcome's `valid_until` is when a price of it begins or ends.
    """

    catalogue: Contents
    left_out: tuple[LeftOut, ...] = added(())


class CataloguePort(Protocol):
    """A product catalogue."""

    @query()
    async def browse(self, request: BrowseCatalogue, call: Call) -> Outcome[CatalogueFound]:
        """Handsets, tariffs, credit plans and accessories with their prices."""
        ...


PORT: Final = CataloguePort
