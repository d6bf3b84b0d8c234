"""Deleting what is old enough: events of ended checkouts, and what consumers keep of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.store.port import Store
from unshackled.store.side_tables import Retention
from unshackled.telemetry import get_logger, survive

HOUSEKEEPING: Final = "housekeeping"
SELDOM: Final = timedelta(minutes=10)
AT_ONCE: Final = 1000
# Portions of one table in one round: the next round goes on.
PORTIONS: Final = 1000
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
SHORTEST: Final = timedelta(days=1)
# Whoever comes with a link that has expired is told so, and not that there is none.
EXPIRED_KEPT: Final = timedelta(days=1)
log = get_logger(__name__)


class RetentionJob:
    """Deletes what is old enough, portion by portion, in one replica at a time.

    `keep` is how long events live, None for ever; `tables` are those that are cleared too.
    """

    def __init__(
        self,
        store: Store,
        tables: Sequence[Retention],
        *,
        clock: Clock,
        owner: str,
        keep: timedelta | None,
    ) -> None:
        """Nothing happens before `run`; `owner` names this replica."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._owner = owner
        self._keep = keep

    async def round(self) -> int:
        """Clear away once, unless another replica does; how many rows there were."""
        now = self._clock.now()
        if not await self._store.lease(HOUSEKEEPING, self._owner, now=now, until=now + SELDOM):
            return 0
        before = BEGINNING if self._keep is None else now - max(self._keep, SHORTEST)
        deleted = await self._events(before, now)
        for retention in self._tables:
            # One that breaks leaves the others theirs.
            sweep = self._table(retention, before, now)
            deleted += await survive(HOUSEKEEPING, sweep) or 0
        return deleted

    async def run(self) -> None:
        """For ever, seldom."""
        while True:
            await self._clock.sleep(SELDOM.total_seconds())
            if deleted := await survive(HOUSEKEEPING, self.round()):
                log.info("housekeeping.done", rows=deleted)

    async def _events(self, before: datetime, now: datetime) -> int:
        deleted, more = 0, True
        while more:
            rows = await self._store.prune(before=before, now=now - EXPIRED_KEPT, limit=AT_ONCE)
            more = max(rows.events, rows.idempotency, rows.tokens) >= AT_ONCE
            deleted += rows.events + rows.idempotency + rows.tokens
        return deleted

    async def _table(self, retention: Retention, before: datetime, now: datetime) -> int:
        old = before if retention.keep is None else now - retention.keep
        deleted = 0
        for _ in range(PORTIONS):
            gone = await retention.table.prune(before=old, limit=AT_ONCE)
            deleted += gone
            if gone < AT_ONCE:
                break
        return deleted
