"""The keys that sign results: of the whole service, kept as the keys of accounts are.

So a master key wraps them, and `unshackled encryption rotate` rewraps them with all others. Two
count at a time: one that was renewed is published at once, and signs when every reader of the
published keys has seen it; the one before it is published until the next renewal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.records import Record
from unshackled.encryption.secret_key import SecretKey
from unshackled.store.key_ring import KeyRing
from unshackled.store.side_tables.retailer_keys import KeyPurpose, RetailerKeys

PURPOSE: Final[KeyPurpose] = "results"
# No retailer is called so.
SERVICE: Final = "-"
AT_ONCE: Final = 2
# Longer than anybody keeps the published keys, and than a replica goes on without looking.
LEAD: Final = timedelta(minutes=10)


class SigningKey(Record):
    """A key, by the id that is published beside it, and since when there is it."""

    secret: SecretKey
    created_at: datetime

    @property
    def id(self) -> str:
        """16 hexadecimal digits."""
        return self.secret.id


class SigningKeys:
    """The keys of one store."""

    def __init__(self, ring: KeyRing, stored: RetailerKeys) -> None:
        self._ring = ring
        self._stored = stored

    async def counting(self, now: datetime) -> Sequence[SigningKey]:
        """Those that count, the newest first; the first of all is made here."""
        rows = await self._stored.of(SERVICE, PURPOSE)
        if not rows:
            await self._ring.current(SERVICE, PURPOSE, now)
            rows = await self._stored.of(SERVICE, PURPOSE)
        return [
            SigningKey(
                secret=await self._ring.key(row.id, subject=PURPOSE), created_at=row.created_at
            )
            for row in rows[:AT_ONCE]
        ]

    async def renew(self, now: datetime) -> SigningKey:
        """Make a new one; the one before the last counts no more."""
        await self._ring.renew(SERVICE, PURPOSE, now)
        return (await self.counting(now))[0]


def signer_of(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """Who signs: the newest that everybody knows of, else the oldest that counts."""
    known = (key for key in keys if key.created_at + LEAD <= now)
    return next(known, keys[-1])
