"""Signed callbacks: HMAC-SHA256 over `<unix seconds>.<raw body>`, in one header.

`Stand-Signature: t=1795370400,v1=<64 hexadecimal digits>`; the stand-ins sign so, and so do many
vendors. More than one `v1` is allowed while a secret is being changed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from unshackled.sdk import BadSignature, RawCallback

HEADER = "Stand-Signature"
TOLERANCE = timedelta(minutes=5)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value for a body sent at `at` (aware)."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def verified(
    raw: RawCallback, secret: str, *, header: str = HEADER, tolerance: timedelta = TOLERANCE
) -> Mapping[str, Any]:
    """The JSON object of a callback whose signature holds and whose age is within the tolerance.

    Raises `BadSignature` otherwise; its text never quotes the callback.
    """
    seconds, macs = _parse(_header(raw.headers, header))
    if abs(raw.received_at.timestamp() - seconds) > tolerance.total_seconds():
        raise BadSignature("the callback's time is outside the tolerance")
    expected = _mac(secret, seconds, raw.body)
    if not any(hmac.compare_digest(expected.encode(), mac.encode()) for mac in macs):
        raise BadSignature("the callback's signature does not match its body")
    return _json_object(raw.body)


def _mac(secret: str, seconds: int, body: bytes) -> str:
    message = str(seconds).encode() + b"." + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _header(headers: Mapping[str, str], wanted: str) -> str:
    lowered = wanted.lower()
    return next((value for name, value in headers.items() if name.lower() == lowered), "")


def _parse(value: str) -> tuple[int, list[str]]:
    pairs = [part.strip().partition("=") for part in value.split(",")]
    times = [text for name, _, text in pairs if name == "t"]
    macs = [text for name, _, text in pairs if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or not macs:
        raise BadSignature("the callback has no usable signature header")
    return int(times[0]), macs


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadSignature("the callback's body is not JSON") from None
    if not isinstance(data, dict):
        raise BadSignature("the callback's body is not a JSON object")
    return data
