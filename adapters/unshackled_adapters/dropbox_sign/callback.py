"""Reads the events that Dropbox Sign sends to the account's or the app's address.

Their hash covers the time and the type of an event, not the rest of its body: whoever saw one
event could send another request's body under it. So the body only says which request to ask for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import BadSignature, Notice, RawCallback, SecretStr
from unshackled.sdk.answers import UNREADABLE
from unshackled.sdk.texts import word
from unshackled_adapters.dropbox_sign import form
from unshackled_adapters.dropbox_sign.client import DropboxSign

ACKNOWLEDGEMENT: Final = b"Hello API Event Received"
# They try again for about three days under the first time. A replay only makes us ask again,
# and what comes later is found by looking up.
TOLERANCE: Final = timedelta(hours=23)
ID: Final = re.compile(r"[0-9a-f]{20,64}")
# The events after which a request has ended, unless it was cancelled: then there is no asking.
ENDS: Final = frozenset(
    {
        "file_error",
        "signature_request_all_signed",
        "signature_request_declined",
        "signature_request_downloadable",
        "signature_request_expired",
        "signature_request_invalid",
        "unknown_error",
    }
)


async def receive(client: DropboxSign, raw: RawCallback) -> Sequence[Notice]:
    """What became of the request that an event is about."""
    found = ended(raw, client.settings.callback_key)
    one = await client.envelope(found) if found else None
    if one is None or one.reference is None or one.end is None:
        return ()
    return (Notice(reference=one.reference, outcome=one.end),)


def ended(raw: RawCallback, key: SecretStr) -> str | None:
    """The id of the request that a verified event says has ended; None for another event."""
    try:
        data = json.loads(form.fields(raw.header("content-type"), raw.body)["json"])
        event = data["event"]
        at, kind = int(event["event_time"]), word(event["event_type"])
        given = word(event["event_hash"])
    except UNREADABLE as error:
        raise BadSignature(f"event of unexpected shape ({type(error).__name__})") from None
    if not hmac.compare_digest(event_hash(key, f"{event['event_time']}", kind), given.encode()):
        raise BadSignature("event_hash: does not match the event")
    if abs(raw.received_at.timestamp() - at) > TOLERANCE.total_seconds():
        raise BadSignature(f"event_time: older or newer than {TOLERANCE}")
    return _request_of(data) if kind in ENDS else None


def event_hash(key: SecretStr, at: str, kind: str) -> bytes:
    """HMAC-SHA256 over the time and the type, in hexadecimal."""
    secret = key.get_secret_value().encode()
    return hmac.new(secret, f"{at}{kind}".encode(), hashlib.sha256).hexdigest().encode()


def _request_of(data: Mapping[str, Any]) -> str:
    """The id goes into an address of ours, and is not covered by the hash: nothing but an id."""
    try:
        found = word(data["signature_request"]["signature_request_id"])
    except UNREADABLE as error:
        raise BadSignature(f"event of unexpected shape ({type(error).__name__})") from None
    if not ID.fullmatch(found):
        raise BadSignature("signature_request_id: not an id")
    return found
