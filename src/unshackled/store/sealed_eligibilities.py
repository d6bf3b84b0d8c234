"""Answers about upgrades whose agreements lie sealed: whatever database keeps the rows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unshackled.domain.records import replace
from unshackled.domain.stored_eligibility import StoredEligibility
from unshackled.store.secret_texts import SecretTexts
from unshackled.store.side_tables.limited_rows import LimitedWrite, WriteLimit
from unshackled.store.side_tables.stored_eligibilities import StoredEligibilities

AGREEMENT: Final = "agreement of an upgrade"


class SealedEligibilities:
    """Answers whose agreement's number lies sealed in `inner`, by the key of its account."""

    def __init__(self, inner: StoredEligibilities, texts: SecretTexts) -> None:
        self._inner = inner
        self._texts = texts

    async def add(self, row: StoredEligibility, limit: WriteLimit) -> LimitedWrite:
        """Insert it, unless it is there or its key has written too many."""
        bound = (AGREEMENT, row.id)
        agreement = await self._texts.sealed(
            row.agreement, *bound, retailer=row.account, now=row.created_at
        )
        return await self._inner.add(replace(row, agreement=agreement), limit)

    async def get(self, account: str, row: str) -> StoredEligibility | None:
        """One of an account by its id; raises `ValueError` for what this version cannot read."""
        found = await self._inner.get(account, row)
        if found is None:
            return None
        bound = (AGREEMENT, found.id)
        agreement = await self._texts.opened(found.agreement, *bound, retailer=found.account)
        return replace(found, agreement=agreement)

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some whose validity ended before; how many."""
        return await self._inner.prune(before=before, limit=limit)
