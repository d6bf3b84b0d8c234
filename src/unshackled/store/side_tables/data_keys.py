"""The data keys of checkouts and documents: to delete one is to erase what it sealed.

They lie apart from what they seal: in a file or a schema of their own, which no backup of the
checkouts has. A key that was deleted leaves a mark without it, so that erased is told from lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from unshackled.domain.records import Record


class StoredDataKey(Record):
    """The key of a checkout or a document, wrapped by the retailer key `wrapped_by`.

    `retailer` is the account. Once it was deleted, at `erased_at`, nothing is wrapped by anything.
    """

    subject: str
    retailer: str
    id: str
    wrapped_by: str
    wrapped: bytes | None
    created_at: datetime
    erased_at: datetime | None = None


class DataKeys(Protocol):
    """One key for each checkout or document, by its id; that of a checkout comes with its append.

    See `Change`: a store writes the key of a checkout in the append that creates it.
    """

    async def add(self, key: StoredDataKey) -> bool:
        """Insert one; False when its subject has, or had, one already."""
        ...

    async def get(self, subject: str) -> StoredDataKey | None:
        """The key of a subject, or the mark that it was deleted."""
        ...

    async def delete(self, subject: str, *, now: datetime) -> bool:
        """Delete a key for good, and leave a mark; False when there is none, or only a mark."""
        ...

    async def under(self, retailer_key: str, *, limit: int) -> Sequence[StoredDataKey]:
        """Some of those that a retailer key wraps."""
        ...

    async def rewrap(self, keys: Sequence[tuple[StoredDataKey, StoredDataKey]]) -> int:
        """Replace how keys are wrapped, (before, after) each; how many still were as before."""
        ...
