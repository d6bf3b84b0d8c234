"""Signatures of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"


def secret_of(entropy: bytes) -> str:
    """A secret as developers get it; 24 to 64 unguessable bytes."""
    if not 24 <= len(entropy) <= 64:
        raise ValueError("entropy: 24 to 64 bytes are needed")
    return PREFIX + b64encode(entropy).decode()


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """One signature, e.g. `v1,K5oZ…`."""
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers_of(secrets: Iterable[str], message: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers; each secret that is valid signs, so that one can be replaced at leisure.

    The timestamp is that of the attempt.
    """
    timestamp = int(now.timestamp())
    signatures = (signature(secret, message, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
