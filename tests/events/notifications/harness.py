"""A checkout, the consumer of its events, and what reaches the provider of messages."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.shipped import shipped
from unshackled.authoring.flow_walks import ID, SimulatedCheckout
from unshackled.events.notifications.notification_consumer import NotificationsConsumer, Snapshots
from unshackled.events.notifications.notification_sender import NotificationSender
from unshackled.flow.language.spec import NotificationRule
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.sdk import Doubt, idempotent
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.message_log import MessageLog
from unshackled.store.stored_records import EventRow, StoredFlow
from unshackled.testing.backends import DeliveredMessage

SEND = "notification.send"
DONE = NotificationRule(event="checkout.completed.v1", template="welcome", provider="notifier")


@dataclass(frozen=True)
class Shop:
    """A retailer that tells its customers so much."""

    notifications: tuple[NotificationRule, ...]


class NotificationHarness:
    """A checkout of the real northstar flow, as far as it was lived, and the consumer."""

    def __init__(self, *rules: NotificationRule, tables: SideTables | None = None) -> None:
        book = shipped()
        self.plan = book.plan("northstar", "handset-on-credit")
        self.life = SimulatedCheckout(self.plan)
        self.backends = self.life.backends
        self.written = book.retailers["northstar"].notifications
        self.rules = rules or self.written
        self.messages: MessageLog = (tables or self.life.store.tables).messages
        self.consumer = self.replica()

    def replica(self, snapshots: Snapshots | None = None) -> NotificationsConsumer:
        """One process's consumer."""
        caller = ProviderCaller(
            backends=self.backends,
            clock=self.life.clock,
            random=Random(1),
            public_url="https://checkout.example",
        )
        sender = NotificationSender(caller=caller, messages=self.messages)
        return NotificationsConsumer(
            {"northstar": Shop(self.rules)},
            snapshots=snapshots or self.life.store,
            sender=sender,
            clock=self.life.clock,
        )

    async def begin(self) -> None:
        """Begin the checkout, with its flow in the store."""
        await self.life.begin()
        await self.life.store.put_flow(
            StoredFlow(
                digest=self.plan.digest,
                retailer="northstar",
                name=self.plan.name,
                resolved=self.plan.resolved,
                stored_at=self.life.clock.now(),
            )
        )

    async def events(self, type_: str) -> list[EventRow]:
        """What happened of this type."""
        rows = await self.life.store.events(ID, after=None, limit=10_000)
        return [row for row in rows if row.type == type_]

    def sent(self, template: str = "welcome", what: str = "perform") -> list[DeliveredMessage]:
        """What reached the provider."""
        mine = {one.reference for one in self.backends.calls(SEND) if self._is(one, template)}
        return [one for one in self.backends.calls(SEND, what=what) if one.reference in mine]

    def _is(self, one: DeliveredMessage, template: str) -> bool:
        return bool(one.request.template == template)

    async def state(self, event: EventRow, template: str = "welcome") -> str | None:
        """How a message stands."""
        found = await self.messages.read(event.id, template)
        return None if found is None else str(found.state)


async def bought(
    *rules: NotificationRule, way: Doubt | None = None, tables: SideTables | None = None
) -> tuple[NotificationHarness, EventRow]:
    """A completed checkout, and the event that says so."""
    world = NotificationHarness(*(rules or (DONE,)), tables=tables)
    await world.begin()
    await world.life.live()
    world.backends.ways[SEND] = way or idempotent()
    (done,) = await world.events("checkout.completed.v1")
    return world, done
