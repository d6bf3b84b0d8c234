"""What happens because of events, off the path of the purchase; and what is cleared away in time.

Consumers (webhooks, reports, notifications), the relay, the sender of webhooks, dead letters, and
housekeeping. With replicas, leases in the store see to it that one of them does each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from unshackled.domain.clock import Clock
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.events.event_flow import EventFlow, FollowerDeps, event_flow
from unshackled.events.event_ports import Consumer
from unshackled.events.notifications.notification_consumer import NotificationsConsumer
from unshackled.events.notifications.notification_sender import NotificationSender as Messenger
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.events.webhooks import HttpPost, WebhookConsumer, WebhookSender, letter_queues
from unshackled.flow.runtime.backend_port import Backends
from unshackled.store.port import Store
from unshackled.telemetry import Meters, get_logger, survive

HOUSEKEEPING: Final = "housekeeping"
SELDOM: Final = timedelta(minutes=10)
AT_ONCE: Final = 1000
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
SHORTEST: Final = timedelta(days=1)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerDeps:
    """What reactions are made of; `owner` names this replica, `retailers` by id."""

    store: Store
    backends: Backends
    retailers: Mapping[str, Any]
    clock: Clock
    random: Random
    meters: Meters
    owner: str
    broker: str
    public_url: str
    loopback: bool
    transport: Any
    retention: timedelta | None


class RetentionJob:
    """Deletes what is old enough, portion by portion; `retention` None keeps events for ever."""

    def __init__(self, around: ConsumerDeps) -> None:
        """Nothing happens before `run`."""
        self._around = around
        self._store = around.store

    async def round(self) -> int:
        """Clear away once, unless another replica does; how many rows there were."""
        now, owner = self._around.clock.now(), self._around.owner
        if not await self._store.lease(HOUSEKEEPING, owner, now=now, until=now + SELDOM):
            return 0
        retention = self._around.retention
        before = now - max(retention, SHORTEST) if retention is not None else BEGINNING
        deleted, more = 0, True
        while more:
            rows = await self._store.prune(before=before, now=now, limit=AT_ONCE)
            more = max(rows.events, rows.idempotency, rows.tokens) >= AT_ONCE
            deleted += rows.events + rows.idempotency + rows.tokens
        for table, old in self._store.tables.aging(before=before, now=now):
            while (gone := await table.prune(before=old, limit=AT_ONCE)) >= AT_ONCE:
                deleted += gone
            deleted += gone
        return deleted

    async def run(self) -> None:
        """For ever, seldom."""
        while True:
            await self._around.clock.sleep(SELDOM.total_seconds())
            if deleted := await survive(HOUSEKEEPING, self.round()):
                log.info("housekeeping.done", rows=deleted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumers:
    """Everything that follows events in this process."""

    events: EventFlow
    sender: WebhookSender
    letters: DeadLetterService
    housekeeper: RetentionJob
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin; what is away is waited for."""
        self.events.start()
        self.sender.start()
        self._tasks.append(asyncio.create_task(self.housekeeper.run(), name=HOUSEKEEPING))

    def stuck(self) -> Iterator[tuple[str, str]]:
        """What does not come on: its name, and a sentence for whoever looks after it."""
        for name, held in self.events.stuck():
            met = f" ({held.error})" if held.error else ""
            yield f"events.{name}", f"has not come on since {held.since.isoformat()}{met}"

    async def close(self) -> None:
        """End after what is at hand, and hand the leases back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.events.close()
        await self.sender.close()


def consumers_of(around: ConsumerDeps) -> Consumers:
    """Build every consumer and what drives it; nothing runs yet."""
    store, clock = around.store, around.clock
    post = HttpPost(clock, loopback=around.loopback, transport=around.transport)
    consumers = _consumers(around)
    parts = FollowerDeps(store=store, clock=clock, owner=around.owner, meters=around.meters)
    events = event_flow(around.broker, consumers, parts)
    taking = consumers if events.relay is None else [*consumers, events.relay]
    return Consumers(
        events=events,
        sender=WebhookSender(
            store=store, post=post, clock=clock, random=around.random, owner=around.owner
        ),
        letters=DeadLetterService(
            store.tables.dead_letters, taking, clock, letter_queues(store.tables, clock)
        ),
        housekeeper=RetentionJob(around),
    )


def _consumers(around: ConsumerDeps) -> list[Consumer]:
    store = around.store
    messenger = Messenger(
        backends=around.backends,
        messages=store.tables.messages,
        clock=around.clock,
        public_url=around.public_url,
    )
    return [
        WebhookConsumer(store.tables, around.clock),
        ReportsConsumer(store.tables.reports, store),
        NotificationsConsumer(
            around.retailers, snapshots=store, sender=messenger, clock=around.clock
        ),
    ]
