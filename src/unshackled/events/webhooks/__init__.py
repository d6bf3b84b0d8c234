"""Webhooks: a retailer's servers are told of their checkouts' events, as Standard Webhooks 1.0.

A consumer writes a delivery for each endpoint that wants an event; a sender posts them, in order
per checkout and endpoint, for days if need be.
"""

from unshackled.events.webhooks.again import LetterQueue, letter_queues
from unshackled.events.webhooks.http_post import HttpPost
from unshackled.events.webhooks.webhook_consumer import WebhookConsumer
from unshackled.events.webhooks.webhook_sender import WebhookSender

__all__ = [
    "HttpPost",
    "LetterQueue",
    "WebhookConsumer",
    "WebhookSender",
    "letter_queues",
]
