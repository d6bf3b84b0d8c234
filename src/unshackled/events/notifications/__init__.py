"""Notifications: messages to customers about events, off the path of their purchase."""

from __future__ import annotations

from typing import Final

from unshackled.events.consumer_registry import ConsumerDeps, ConsumerRegistration
from unshackled.events.notifications.notification_consumer import NotificationsConsumer
from unshackled.events.notifications.notification_sender import NotificationSender
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.store.side_tables import Retention


def build(deps: ConsumerDeps) -> ConsumerRegistration:
    """Messages that came to an end go with their events."""
    messages = deps.store.tables.messages
    caller = ProviderCaller(
        backends=deps.backends,
        clock=deps.clock,
        random=deps.random,
        public_url=deps.public_url,
        links=deps.links,
    )
    sender = NotificationSender(caller=caller, messages=messages)
    consumer = NotificationsConsumer(
        deps.retailers, snapshots=deps.store, sender=sender, clock=deps.clock
    )
    return ConsumerRegistration(consumer=consumer, retention=[Retention(table=messages)])


CONSUMER: Final = build
