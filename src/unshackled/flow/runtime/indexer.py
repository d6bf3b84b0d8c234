"""The index by customer and order number, filled with checkouts of before it in the background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import Unreadable
from unshackled.flow.plan.personal_data.search_terms import found_by
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.runner import Plans
from unshackled.store.lookups import Index
from unshackled.store.port import Store
from unshackled.telemetry import get_logger, survive

LEASE: Final = "lookups"
AT_ONCE: Final = 200
BREATH: Final = timedelta(milliseconds=50)  # between two portions: customers go first
PATIENCE: Final = timedelta(minutes=1)
log = get_logger(__name__)


class Indexer:
    """Fills the index with what was written before it, or before its present secret.

    One replica does it at a time; it goes on where another one, or an earlier start, had come.
    """

    def __init__(self, store: Store, plans: Plans, clock: Clock, owner: str) -> None:
        """Nothing happens before `run`."""
        self._store = store
        self._plans = plans
        self._clock = clock
        self._owner = owner

    async def run(self) -> None:
        """Until every checkout is in it; what is away is waited for."""
        if not isinstance(self._store, Index):
            return
        count = 0
        while True:
            done = await survive("lookups", self._round(self._store))
            if done == 0:
                await survive("lookups", self._end(count))
                return
            count += done or 0
            await self._clock.sleep((BREATH if done else PATIENCE).total_seconds())

    async def again(self, say: Callable[[str], None], *, renew: bool) -> int:
        """Fill the index until it is whole, with new keys first where `renew` says so; how many.

        It is resumed by the same without `renew`, and waits while another replica is at it.
        Raises `StoreError` where the store is away.
        """
        if not isinstance(self._store, Index):
            return 0
        if renew:
            accounts = await self._store.renew_index_keys(self._clock.now())
            say(f"{accounts} accounts have new keys; every server has them in a minute")
            await self._clock.sleep(PATIENCE.total_seconds())
        count = 0
        while (done := await self._round(self._store)) != 0:
            count += done or 0
            say(f"{count} checkouts indexed" if done else "another process is at it")
            await self._clock.sleep((BREATH if done else PATIENCE).total_seconds())
        await self._store.end_lease(LEASE, self._owner)
        return count

    async def _round(self, index: Index) -> int | None:
        """One portion, unless another replica is at it."""
        now = self._clock.now()
        mine = await self._store.lease(LEASE, self._owner, now=now, until=now + PATIENCE)
        return await self.portion(index) if mine else None

    async def portion(self, index: Index) -> int:
        """Fill in the next checkouts; how many were looked at, 0 once there are no more."""
        portion = await index.unindexed(limit=AT_ONCE)
        found = {one.id: found_by(await self._plan(one.digest), one) for one in portion.rows}
        await index.index(portion, found)
        return max(len(portion.rows), int(portion.last is not None))

    async def _plan(self, digest: str) -> Plan | None:
        """The plan, which knows what gave the order its number; None where it cannot be read."""
        try:
            return await self._plans.load(digest)
        except Unreadable:
            return None

    async def _end(self, count: int) -> None:
        await self._store.end_lease(LEASE, self._owner)
        if count:
            log.info("lookups.filled", checkouts=count)
