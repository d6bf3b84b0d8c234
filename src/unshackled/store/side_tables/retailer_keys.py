"""The keys of accounts, wrapped by a master key: they wrap data keys, and key the search index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from unshackled.domain.records import Record

# `data` wraps data keys and seals secrets; `index` keys the hashes by which checkouts are found,
# `claims` those of what only one checkout may hold; `results` sign, for the whole service.
KeyPurpose = Literal["data", "index", "claims", "results"]


class StoredRetailerKey(Record):
    """A key of an account, wrapped by `master`; the one with the highest `number` is current."""

    id: str
    retailer: str
    purpose: KeyPurpose
    number: int
    master: str
    wrapped: bytes
    created_at: datetime


class RetailerKeys(Protocol):
    """The keys of all accounts; each account has one for each purpose, and those it replaced."""

    async def add(self, key: StoredRetailerKey) -> bool:
        """Insert one; False when its account has one of this number and purpose already."""
        ...

    async def get(self, key: str) -> StoredRetailerKey | None:
        """One by its id."""
        ...

    async def of(self, retailer: str, purpose: KeyPurpose) -> Sequence[StoredRetailerKey]:
        """All of an account and purpose, the current one first."""
        ...

    async def page(self, *, after: str, limit: int) -> Sequence[StoredRetailerKey]:
        """Those of all accounts behind an id, by their ids."""
        ...

    async def masters(self) -> Sequence[str]:
        """The master keys that something is wrapped by."""
        ...

    async def rewrap(self, key: StoredRetailerKey, *, expected: bytes) -> bool:
        """Replace how a key is wrapped; False when it is not as `expected` any more."""
        ...
