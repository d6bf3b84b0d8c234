"""Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, by its own library."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"


def secret_of(entropy: bytes) -> str:
    """A secret as developers get it; 24 to 64 unguessable bytes."""
    if not 24 <= len(entropy) <= 64:
        raise ValueError("entropy: 24 to 64 bytes are needed")
    return PREFIX + b64encode(entropy).decode()


def headers_of(secrets: Iterable[str], message: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers; each secret that is valid signs, so that one can be replaced at leisure.

    The timestamp is that of the attempt.
    """
    at, text = now.astimezone(UTC), body.decode()
    signatures = (Webhook(secret).sign(message, at, text) for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
