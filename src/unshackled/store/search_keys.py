"""The keys of the search index: one for each account, renewed apart from those for data.

What the tables and the settings have (`lookups.key_of`) is mixed in. What is written is hashed with
the present key; what is asked for is looked up by those of before too, so that every checkout is
found while the index is filled anew.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.store import lookups
from unshackled.store.key_ring import KeyRing
from unshackled.store.lookups import IndexKeys
from unshackled.store.side_tables.retailer_keys import RetailerKeys, StoredRetailerKey

# After a renewal elsewhere this process goes on with the key before for so long at most.
FRESH: Final = 60.0
AT_ONCE: Final = 200
PURPOSE: Final = "index"
# What is hashed by accounts' keys is filled anew once where it was not before.
BY_ACCOUNT: Final = "by account"


class SearchKeys:
    """The keys of the accounts of one store."""

    def __init__(
        self, ring: KeyRing, stored: RetailerKeys, seconds: Callable[[], float] = monotonic
    ) -> None:
        """`begin` comes first; `seconds` only grow."""
        self._ring = ring
        self._stored = stored
        self._seconds = seconds
        self._base = b""
        self._known: dict[str, tuple[IndexKeys, float]] = {}

    def begin(self, seed: str, secret: str) -> None:
        """What the tables have, and the settings."""
        self._base = lookups.key_of(seed, secret)
        self._known.clear()

    async def of(self, account: str) -> IndexKeys:
        """What an account's hashes are made with, and were."""
        known = self._known.get(account)
        if known is not None and self._seconds() - known[1] < FRESH:
            return known[0]
        keys = await self._look(account)
        self._known[account] = keys, self._seconds()
        return keys

    async def present(self, account: str, now: datetime) -> bytes:
        """What to hash with; the first key of an account is made here."""
        keys = await self.of(account)
        if self._ring.managed and keys.present == self._base:
            await self._ring.current(account, PURPOSE, now)
            self._known.pop(account, None)
            keys = await self.of(account)
        return keys.present

    async def presents(self, checkouts: Iterable[Checkout]) -> dict[str, bytes]:
        """The same for the accounts of some checkouts."""
        ages = {one.account: one.updated_at for one in checkouts}
        return {account: await self.present(account, at) for account, at in ages.items()}

    async def renew(self, now: datetime) -> int:
        """Give each account that has one a new key; how many there are."""
        accounts = {row.retailer for row in await self._rows()}
        for account in sorted(accounts):
            await self._ring.renew(account, PURPOSE, now)
            self._known.pop(account, None)
        return len(accounts)

    async def mark(self) -> str:
        """What the filling of the index is noted by: another one once a key was renewed."""
        renewed = [row.id for row in _newest(await self._rows()) if row.number > 1]
        words = [BY_ACCOUNT, *sorted(renewed)] if self._ring.managed else []
        return lookups.mark_of(self._base, *words)

    async def _look(self, account: str) -> IndexKeys:
        rows = await self._stored.of(account, PURPOSE) if self._ring.managed else ()
        made = [
            _derived((await self._ring.key(row.id, subject=account)).value, self._base)
            for row in rows
        ]
        present, *before = [*made, self._base]
        return IndexKeys(present=present, before=tuple(before))

    async def _rows(self) -> list[StoredRetailerKey]:
        """The keys of all accounts for this purpose."""
        found, after = list[StoredRetailerKey](), ""
        while page := await self._stored.page(after=after, limit=AT_ONCE):
            found += [row for row in page if row.purpose == PURPOSE]
            after = page[-1].id
        return found


def _newest(rows: Iterable[StoredRetailerKey]) -> Iterable[StoredRetailerKey]:
    by_account: dict[str, StoredRetailerKey] = {}
    for row in rows:
        known = by_account.get(row.retailer)
        by_account[row.retailer] = row if known is None or row.number > known.number else known
    return by_account.values()


def _derived(key: bytes, base: bytes) -> bytes:
    return hmac.new(key, base, "sha256").digest()
