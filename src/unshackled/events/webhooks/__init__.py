"""Webhooks: a retailer's servers get their checkouts' events, as Standard Webhooks 1.0.

A consumer writes a delivery for each endpoint that wants an event; a sender posts them, in order
per checkout and endpoint, for days if need be.
"""

from __future__ import annotations

from typing import Final

from unshackled.events.consumer_registry import ConsumerDeps, ConsumerRegistration
from unshackled.events.webhooks.http_post import HttpPost
from unshackled.events.webhooks.urls import is_loopback
from unshackled.events.webhooks.webhook_consumer import (
    LetterQueue,
    WebhookConsumer,
    letter_queues,
)
from unshackled.events.webhooks.webhook_sender import WebhookSender
from unshackled.store.side_tables import Retention, deliveries


def build(deps: ConsumerDeps) -> ConsumerRegistration:
    """The consumer writes deliveries, the sender posts them; old ones are deleted."""
    tables = deps.store.tables
    post = HttpPost(deps.clock, loopback=is_loopback(deps.public_url), transport=deps.transport)
    return ConsumerRegistration(
        consumer=WebhookConsumer(tables, deps.clock),
        retention=[Retention(table=tables.deliveries, keep=deliveries.RETENTION)],
        background=WebhookSender(
            store=deps.store, post=post, clock=deps.clock, random=deps.random, owner=deps.owner
        ),
        letters=letter_queues(tables, deps.clock),
    )


CONSUMER: Final = build

__all__ = [
    "CONSUMER",
    "HttpPost",
    "LetterQueue",
    "WebhookConsumer",
    "WebhookSender",
    "letter_queues",
]
