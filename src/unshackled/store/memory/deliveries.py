"""Webhook deliveries in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from unshackled.domain.records import replace
from unshackled.store import encoding
from unshackled.store.memory.dead_letters import MemoryDeadLetters
from unshackled.store.memory.tables import Ping, page_of
from unshackled.store.side_tables.deliveries import (
    DeliveryPage,
    DeliveryRecord,
    DeliveryState,
    Reply,
    consumer_of,
)


class MemoryDeliveries:
    """Deliveries by their ids, and of each endpoint those that are pending."""

    def __init__(self, ping: Ping, letters: MemoryDeadLetters) -> None:
        self._ping = ping
        self._letters = letters
        self._rows: dict[str, DeliveryRecord] = {}
        self._pending: dict[str, set[str]] = {}

    async def add(self, *deliveries: DeliveryRecord) -> None:
        """Insert them together; those that are there already stay as they are."""
        self._ping()
        for one in deliveries:
            if one.id not in self._rows:
                self._put(one)

    async def get(self, delivery: str) -> DeliveryRecord | None:
        """One by its id."""
        self._ping()
        return self._rows.get(delivery)

    async def heads(self, endpoint: str, now: datetime, limit: int) -> Sequence[DeliveryRecord]:
        """What may be sent now: of each checkout its first that is pending, if it is due."""
        self._ping()
        first: dict[str, DeliveryRecord] = {}
        for one in self._waiting(endpoint):
            head = first.get(one.checkout)
            if head is None or (one.version, one.index) < (head.version, head.index):
                first[one.checkout] = one
        due = [one for one in first.values() if one.next_at <= now]
        return sorted(due, key=lambda one: (one.next_at, one.id))[:limit]

    async def record(
        self,
        tried: DeliveryRecord,
        reply: Reply,
        state: DeliveryState,
        next_at: datetime,
        now: datetime,
    ) -> None:
        """Note what an attempt came to, unless another process noted one meanwhile."""
        self._ping()
        row = self._rows.get(tried.id)
        if row is None or row.state != "pending" or row.attempts != tried.attempts:
            return
        self._put(
            row,
            state=state,
            attempts=tried.attempts + 1,
            next_at=next_at,
            status=reply.status,
            error=reply.error,
            tried_at=now,
            delivered_at=now if state == "delivered" else None,
        )

    async def replay(
        self,
        endpoint: str,
        *,
        since: datetime,
        until: datetime,
        now: datetime,
        checkout: str | None = None,
        states: Sequence[DeliveryState] = (),
    ) -> int:
        """Queue again what happened in [since, until) and is not queued; how many there were."""
        self._ping()
        wanted = [
            one
            for one in self._to(endpoint)
            if one.state != "pending"
            and since <= one.at < until
            and (checkout is None or one.checkout == checkout)
            and (not states or one.state in states)
        ]
        for one in wanted:
            self._queue(one, now)
        for one in self._waiting(endpoint):
            self._letters.replayed(consumer_of(endpoint), one.event, now)
        return len(wanted)

    async def again(self, delivery: str, now: datetime) -> None:
        """Queue one again; one that is queued stays as it is."""
        self._ping()
        row = self._rows.get(delivery)
        if row is not None and row.state != "pending":
            self._queue(row, now)

    async def resume(self, endpoint: str, now: datetime) -> None:
        """Make everything that waits due now."""
        self._ping()
        for one in self._waiting(endpoint):
            self._put(one, next_at=min(one.next_at, now))

    async def page(
        self,
        endpoint: str,
        *,
        state: DeliveryState | None = None,
        checkout: str | None = None,
        after: str | None,
        limit: int,
    ) -> DeliveryPage:
        """Deliveries to an endpoint; raises `ValueError` for a cursor that no page gave."""
        self._ping()
        rows = (
            one
            for one in self._to(endpoint)
            if (state is None or one.state == state)
            and (checkout is None or one.checkout == checkout)
        )
        found, following = page_of(rows, _place, after=after, limit=limit)
        return DeliveryPage(deliveries=found, next=following)

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some that were made before and are not pending; how many."""
        self._ping()
        old = [
            one.id
            for one in self._rows.values()
            if one.state != "pending" and one.created_at < before
        ][:limit]
        for key in old:
            del self._rows[key]
        return len(old)

    def has_due(self, endpoint: str, now: datetime) -> bool:
        """Whether something waits for an endpoint whose time has come."""
        return any(one.next_at <= now for one in self._waiting(endpoint))

    def remove(self, endpoint: str) -> None:
        """Delete all to an endpoint, within another's transaction."""
        for one in self._to(endpoint):
            del self._rows[one.id]
        self._pending.pop(endpoint, None)

    def _to(self, endpoint: str) -> list[DeliveryRecord]:
        return [one for one in self._rows.values() if one.endpoint == endpoint]

    def _waiting(self, endpoint: str) -> list[DeliveryRecord]:
        return [self._rows[key] for key in self._pending.get(endpoint, ())]

    def _queue(self, one: DeliveryRecord, now: datetime) -> None:
        self._put(one, state="pending", attempts=0, next_at=now, delivered_at=None)

    def _put(self, one: DeliveryRecord, **changes: Any) -> None:
        changed = replace(one, **changes)
        self._rows[one.id] = changed
        pending = self._pending.setdefault(one.endpoint, set())
        if changed.state == "pending":
            pending.add(one.id)
        else:
            pending.discard(one.id)


def _place(one: DeliveryRecord) -> tuple[str, str]:
    return encoding.stamp(one.at), one.id
