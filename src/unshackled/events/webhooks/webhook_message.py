"""A message as Standard Webhooks wants it: a CloudEvent that is a payload of theirs, and signed.

Signatures are HMAC-SHA256 over `id.timestamp.body`, by their own library.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from standardwebhooks import Webhook

from unshackled.domain.account import is_live, retailer_of
from unshackled.store.cloudevent import wrap
from unshackled.store.side_tables.deliveries import DeliveryRecord
from unshackled.store.side_tables.endpoints import Endpoint
from unshackled.store.stored_records import EventRow

PING: Final = "webhook.ping.v1"
PREFIX: Final = "whsec_"


def delivery_of(endpoint: Endpoint, event: EventRow, now: datetime) -> DeliveryRecord:
    """An event on its way to an endpoint; skipped while that is disabled."""
    return DeliveryRecord(
        id=f"{endpoint.id}:{event.id}",
        endpoint=endpoint.id,
        retailer=event.retailer,
        event=event.id,
        checkout=event.checkout,
        version=event.version,
        index=event.index,
        type=event.type,
        at=event.at,
        body=_text(wrap(event)),
        state="pending" if endpoint.state == "enabled" else "skipped",
        next_at=now,
        created_at=now,
    )


def ping_of(endpoint: Endpoint, name: str, now: datetime) -> DeliveryRecord:
    """A test event, about no checkout; `name` is its id."""
    body = {
        "specversion": "1.0",
        "id": name,
        "source": f"/retailers/{retailer_of(endpoint.retailer)}/webhooks/{endpoint.id}",
        "type": PING,
        "time": now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "livemode": is_live(endpoint.retailer),
        "data": {"endpoint": endpoint.id},
    }
    return DeliveryRecord(
        id=f"{endpoint.id}:{name}",
        endpoint=endpoint.id,
        retailer=endpoint.retailer,
        event=name,
        checkout=name,
        version=1,
        index=0,
        type=PING,
        at=now,
        body=_text(body),
        state="pending" if endpoint.state == "enabled" else "skipped",
        next_at=now,
        created_at=now,
    )


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


def _text(event: dict[str, Any]) -> str:
    """`timestamp` is where Standard Webhooks looks for what CloudEvents call `time`."""
    return orjson.dumps({**event, "timestamp": event["time"]}).decode()
