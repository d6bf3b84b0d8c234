"""Reads the webhooks of Onfido: a run has ended, and is asked for.

The signature has no time, so a replay cannot be told from the first: what counts is the run as it
is now.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

import orjson

from unshackled.sdk import BadSignature, Notice, RawCallback, SecretStr
from unshackled.sdk.answers import UNREADABLE
from unshackled.sdk.texts import word
from unshackled_adapters.onfido import mapping
from unshackled_adapters.onfido.client import Onfido

HEADER: Final = "X-SHA2-Signature"
COMPLETED: Final = "workflow_run.completed"
# Our references, among tags that the retailer may have put there too.
REFERENCE: Final = re.compile(r"[A-Z2-7]{26}")
ENDS: Final = frozenset({mapping.APPROVED, *mapping.ENDED})


async def receive(client: Onfido, raw: RawCallback) -> Sequence[Notice]:
    """What the run came to that an event is about."""
    number = completed(raw, client.settings.webhook_token)
    found = await client.run(number) if number else None
    if found is None:
        return ()
    one, answer = found
    if one.status not in ENDS:
        return ()
    end = client.outcome(answer, one)
    return [Notice(reference=tag, outcome=end) for tag in one.tags if REFERENCE.fullmatch(tag)]


def completed(raw: RawCallback, token: SecretStr) -> str | None:
    """The run that a verified event says has ended; None for another event."""
    given = raw.header(HEADER).encode()
    if not hmac.compare_digest(signature(token, raw.body), given):
        raise BadSignature(f"{HEADER}: does not match the body")
    try:
        payload = orjson.loads(raw.body)["payload"]
        return word(payload["object"]["id"]) if payload["action"] == COMPLETED else None
    except UNREADABLE as error:
        raise BadSignature(f"event of unexpected shape ({type(error).__name__})") from None


def signature(token: SecretStr, body: bytes) -> bytes:
    """HMAC-SHA256 over the raw body, in hexadecimal."""
    key = token.get_secret_value().encode()
    return hmac.new(key, body, hashlib.sha256).hexdigest().encode()
