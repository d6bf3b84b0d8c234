"""Webhooks: a retailer's servers are told of their checkouts' events, as Standard Webhooks 1.0.

A consumer writes a delivery for each endpoint that wants an event; a sender posts them, in order
per checkout and endpoint, for days if need be.
"""

from unshackled.events.webhooks.again import LetterQueue, letter_queues
from unshackled.events.webhooks.consumer import WebhookConsumer
from unshackled.events.webhooks.post import HttpPost
from unshackled.events.webhooks.sender import Sender

__all__ = [
    "HttpPost",
    "LetterQueue",
    "Sender",
    "WebhookConsumer",
    "letter_queues",
]
