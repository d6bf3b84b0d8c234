"""The signed event webhook: ECDSA over the timestamp and the raw body."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import timedelta
from typing import Final

from unshackled.sdk import BadSignature, RawCallback
from unshackled_adapters.sendgrid.ecdsa import verify

SIGNATURE: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP: Final = "X-Twilio-Email-Event-Webhook-Timestamp"
# SendGrid sends again for a day. What it says may be said twice, so this need not be tight.
TOLERANCE: Final = timedelta(hours=12)
SECONDS: Final = re.compile(r"[0-9]{1,12}")


def check(raw: RawCallback, public_key: str) -> None:
    """Raise `BadSignature` unless SendGrid signed these bytes lately."""
    stamp = raw.header(TIMESTAMP)
    if not SECONDS.fullmatch(stamp):
        raise BadSignature(f"{TIMESTAMP}: needs unix seconds")
    if abs(raw.received_at.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise BadSignature(f"{TIMESTAMP}: older or newer than {TOLERANCE}")
    try:
        key = base64.b64decode(public_key, validate=True)
        signature = base64.b64decode(raw.header(SIGNATURE), validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature(f"{SIGNATURE}: unreadable") from None
    if not verify(key, signature, stamp.encode() + raw.body):
        raise BadSignature(f"{SIGNATURE}: does not match the body")
