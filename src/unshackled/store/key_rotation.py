"""New keys for old ones, beside live traffic: what is done is seen in the store, nowhere else.

Killed at any point it goes on where it came to: what is wrapped or sealed by the present key is
left alone, and what another process wrote meanwhile is never written over (each by comparison).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.store.data_key_wrapper import DataKeyWrapper
from unshackled.store.plain_rows import PlainRows
from unshackled.store.port import Store
from unshackled.store.side_tables.retailer_keys import StoredRetailerKey

AT_ONCE: Final = 200
Say = Callable[[str], None]


class Rotated(Record):
    """How much was rewrapped or sealed, and what could not be."""

    retailer_keys: int = 0
    data_keys: int = 0
    rows: int = 0
    secrets: int = 0
    unreadable: int = 0


@runtime_checkable
class Resealing(Protocol):
    """A table whose secrets can be sealed with the present keys."""

    async def reseal(self, retailer: str, now: datetime) -> int:
        """How many of an account's were not."""
        ...


class KeyRotation:
    """Rotates the keys of a store; `say` is told each portion that is done."""

    def __init__(self, store: Store, clock: Clock, say: Say = lambda _: None) -> None:
        self._store = store
        self._clock = clock
        self._say = say
        self._wrapper = DataKeyWrapper(store.key_ring)

    async def run(self, *, renew: bool = False) -> Rotated:
        """Rewrap what the present keys do not wrap, and seal what lies in clear.

        With `renew` each account gets a new key for data first; where that was begun before and is
        not done yet, only those that have none of that time.
        Raises `Undecryptable` where a key cannot be unwrapped.
        """
        retailer_keys = await self._masters()
        if renew:
            await self._renew()
        rows, unreadable = await self._rows()
        data_keys = secrets = 0
        for account in await self._accounts():
            data_keys += await self._data_keys(account)
            secrets += await self._secrets(account)
        return Rotated(
            retailer_keys=retailer_keys,
            data_keys=data_keys,
            rows=rows,
            secrets=secrets,
            unreadable=unreadable,
        )

    async def _masters(self) -> int:
        """Retailer keys that another master key wraps, wrapped by the present one."""
        ring, count, after = self._store.key_ring, 0, ""
        while page := await self._store.tables.retailer_keys.page(after=after, limit=AT_ONCE):
            for row in page:
                if row.master != ring.management.current:
                    count += await ring.rewrapped(row)
            after = page[-1].id
            self._say(f"retailer keys: {count} rewrapped")
        return count

    async def _accounts(self) -> Sequence[str]:
        """Every account that has a key for data."""
        found, after = set[str](), ""
        while page := await self._store.tables.retailer_keys.page(after=after, limit=AT_ONCE):
            found |= {row.retailer for row in page if row.purpose == "data"}
            after = page[-1].id
        return sorted(found)

    async def _older(self, account: str) -> Sequence[str]:
        """The keys for data that an account had before its present one."""
        return [row.id for row in await self._store.tables.retailer_keys.of(account, "data")][1:]

    async def _renew(self) -> None:
        """Give each account a new key, all of one time; or those that were still to get one.

        What an older key still wraps says that a renewal is under way, and since when. Who gets a
        key of it later gets one of its time: another would be a renewal of its own, and begin the
        others anew.
        """
        accounts = await self._accounts()
        under_way = [
            (await self._present(account)).created_at
            for account in accounts
            if await self._unfinished(account)
        ]
        begun = min(under_way, default=self._clock.now())
        for account in accounts:
            present = await self._present(account)
            if not under_way or present.created_at < begun:
                await self._store.key_ring.renew(account, "data", begun)
                self._say(f"{account}: a new key")

    async def _unfinished(self, account: str) -> bool:
        """Whether something is still wrapped by an older key of an account."""
        keys = self._store.tables.data_keys
        return any([await keys.under(old, limit=1) for old in await self._older(account)])

    async def _data_keys(self, account: str) -> int:
        """Data keys that an older key of an account wraps, wrapped by its present one."""
        count = 0
        for old in await self._older(account):
            while rows := await self._store.tables.data_keys.under(old, limit=AT_ONCE):
                newest = await self._present(account)
                over = await self._store.key_ring.key(newest.id, subject=account)
                pairs = [(row, await self._wrapper.rewrapped(row, over)) for row in rows]
                count += await self._store.tables.data_keys.rewrap(pairs)
                self._say(f"{account}: {count} data keys rewrapped")
                await asyncio.sleep(0)  # customers go first
        return count

    async def _present(self, account: str) -> StoredRetailerKey:
        """The newest key of an account, as it is stored: the ring may remember the one before."""
        return (await self._store.tables.retailer_keys.of(account, "data"))[0]

    async def _rows(self) -> tuple[int, int]:
        """Rows of before there were keys: how many were sealed, how many cannot be read."""
        count = unreadable = 0
        after: str | None = ""
        while isinstance(self._store, PlainRows) and after is not None:
            portion = await self._store.seal_plain(after=after, limit=AT_ONCE)
            count, unreadable = count + portion.sealed, unreadable + portion.unreadable
            after = portion.last
            if after is not None:
                self._say(f"checkouts: {count} sealed")
        return count, unreadable

    async def _secrets(self, account: str) -> int:
        endpoints = self._store.tables.endpoints
        if not isinstance(endpoints, Resealing):
            return 0
        return await endpoints.reseal(account, self._clock.now())
