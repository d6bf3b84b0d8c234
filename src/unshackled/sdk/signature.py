"""Signed messages: HMAC-SHA256 over `<unix seconds>.<raw body>`, as many vendors sign theirs.

The header reads `Stand-Signature: t=1795370400,v1=<64 hexadecimal digits>`; while a secret is
being changed there may be several `v1`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from unshackled.sdk import BadSignature, RawCallback

HEADER: Final = "Stand-Signature"
TOLERANCE: Final = timedelta(minutes=5)
STAMP: Final = re.compile(r"[0-9]{1,12}")


def sign(secret: SecretStr, body: bytes, at: datetime) -> str:
    """The header's value for a body sent at a time (aware)."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def verify(
    raw: RawCallback,
    secret: SecretStr,
    *,
    header: str = HEADER,
    tolerance: timedelta = TOLERANCE,
) -> None:
    """Raise `BadSignature` unless the callback is fresh and from who knows the secret."""
    value = next((v for k, v in raw.headers.items() if k.lower() == header.lower()), "")
    parts = [part.strip().partition("=") for part in value.split(",")]
    stamps = [v for k, _, v in parts if k == "t"]
    if len(stamps) != 1 or not STAMP.fullmatch(stamps[0]):
        raise BadSignature(f"{header}: needs one t=<unix seconds>")
    if abs(raw.received_at.timestamp() - int(stamps[0])) > tolerance.total_seconds():
        raise BadSignature(f"{header}: older or newer than {tolerance}")
    expected = _digest(secret, stamps[0], raw.body).encode()
    given = [v.encode() for k, _, v in parts if k == "v1"]
    if not any(hmac.compare_digest(expected, v) for v in given):
        raise BadSignature(f"{header}: does not match the body")


def _digest(secret: SecretStr, stamp: str, body: bytes) -> str:
    key = secret.get_secret_value().encode()
    return hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
