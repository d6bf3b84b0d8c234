"""Divido's signature: base64 of HMAC-SHA256 over the raw body, in requests and in webhooks."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Final

from unshackled.sdk import SecretStr

HEADER: Final = "X-Divido-Hmac-Sha256"


def sign(secret: SecretStr, body: bytes) -> str:
    """The header's value for a body."""
    digest = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).digest()
    return b64encode(digest).decode()


def holds(secret: SecretStr, body: bytes, signature: str) -> bool:
    """Whether who knows the secret signed the body."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.encode())
