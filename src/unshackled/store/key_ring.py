"""The retailer keys of one process: each unwrapped once, when it is first needed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.records import replace
from unshackled.encryption.key_management import KeyManagement, WrappedKey
from unshackled.encryption.secret_key import SecretKey, random_key
from unshackled.errors import StoreError, Undecryptable
from unshackled.store.side_tables.retailer_keys import KeyPurpose, RetailerKeys, StoredRetailerKey

# After a rotation elsewhere this process goes on with the key before for so long at most.
FRESH: Final = timedelta(minutes=1)


class KeyRing:
    """Keys of accounts by purpose, and by id those that were replaced."""

    def __init__(self, management: KeyManagement | None, stored: RetailerKeys) -> None:
        """Without a management nothing can be sealed or opened: then asking is a `StoreError`."""
        self._management = management
        self._stored = stored
        self._by_id: dict[str, SecretKey] = {}
        self._current: dict[tuple[str, KeyPurpose], tuple[SecretKey, datetime]] = {}
        self._looking = asyncio.Lock()

    @property
    def management(self) -> KeyManagement:
        """Who has the master key; raises `StoreError` where nobody was named."""
        if self._management is None:
            raise StoreError("no master key is set: what is personal can neither be kept nor read")
        return self._management

    @property
    def managed(self) -> bool:
        """Whether somebody has the master key."""
        return self._management is not None

    async def require_masters(self) -> None:
        """Raise `StoreError` unless every master key that wraps something is at hand."""
        if self._management is None:
            return
        lacking = [one for one in await self._stored.masters() if not self._management.has(one)]
        if lacking:
            raise StoreError(
                f"what is stored is wrapped by master key {', '.join(lacking)}, which is not here"
            )

    def at_hand(self, key: str) -> SecretKey | None:
        """A key that was unwrapped before, by its id."""
        return self._by_id.get(key)

    async def key(self, key: str, *, subject: str) -> SecretKey:
        """A key by its id, which `subject` asks for; raises `Undecryptable` for an unknown one."""
        known = self._by_id.get(key)
        if known is not None:
            return known
        row = await self._stored.get(key)
        if row is None:
            raise Undecryptable(subject, key, "no such key is stored")
        return await self._unwrapped(row)

    async def current(self, retailer: str, purpose: KeyPurpose, now: datetime) -> SecretKey:
        """The key of an account that seals what is new; made where there is none yet."""
        known = self._fresh(retailer, purpose, now)
        if known is not None:
            return known
        async with self._looking:  # those who ask at the same time need one look
            known = self._fresh(retailer, purpose, now)
            if known is not None:
                return known
            rows = await self._stored.of(retailer, purpose)
            key = await (self._unwrapped(rows[0]) if rows else self._first(retailer, purpose, now))
            self._current[retailer, purpose] = key, now
            return key

    def _fresh(self, retailer: str, purpose: KeyPurpose, now: datetime) -> SecretKey | None:
        known = self._current.get((retailer, purpose))
        return known[0] if known is not None and abs(now - known[1]) < FRESH else None

    async def renew(self, retailer: str, purpose: KeyPurpose, now: datetime) -> SecretKey:
        """Make a new current key of an account; whoever else does so at once has the same."""
        rows = await self._stored.of(retailer, purpose)
        key = await self._made(retailer, purpose, rows[0].number + 1 if rows else 1, now)
        self._current.pop((retailer, purpose), None)
        return key or await self.current(retailer, purpose, now)

    async def _first(self, retailer: str, purpose: KeyPurpose, now: datetime) -> SecretKey:
        made = await self._made(retailer, purpose, 1, now)
        if made is not None:
            return made
        rows = await self._stored.of(retailer, purpose)  # another process was first
        return await self._unwrapped(rows[0])

    async def _made(
        self, retailer: str, purpose: KeyPurpose, number: int, now: datetime
    ) -> SecretKey | None:
        key = random_key()
        wrapped = await self.management.wrap(key.value, *_bound(retailer, purpose, key.id))
        row = StoredRetailerKey(
            id=key.id,
            retailer=retailer,
            purpose=purpose,
            number=number,
            master=wrapped.master,
            wrapped=wrapped.value,
            created_at=now,
        )
        if not await self._stored.add(row):
            return None
        self._by_id[key.id] = key
        return key

    async def _unwrapped(self, row: StoredRetailerKey) -> SecretKey:
        known = self._by_id.get(row.id)
        if known is not None:
            return known
        wrapped = WrappedKey(master=row.master, value=row.wrapped)
        bound = _bound(row.retailer, row.purpose, row.id)
        key = SecretKey(row.id, await self.management.unwrap(wrapped, *bound))
        self._by_id[row.id] = key
        return key

    async def rewrapped(self, row: StoredRetailerKey) -> bool:
        """Whether a key is wrapped by the current master key now; False: somebody else was first.

        Raises `Undecryptable` where it cannot be unwrapped.
        """
        bound = _bound(row.retailer, row.purpose, row.id)
        wrapped = await self.management.wrap((await self._unwrapped(row)).value, *bound)
        after = replace(row, master=wrapped.master, wrapped=wrapped.value)
        return await self._stored.rewrap(after, expected=row.wrapped)


def _bound(retailer: str, purpose: str, key: str) -> tuple[str, ...]:
    return "retailer key", retailer, purpose, key
