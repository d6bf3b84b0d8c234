"""Reads the webhooks of GoCardless: up to 250 events each, signed as a whole.

An event names a mandate or a billing request, not our reference: that is in the metadata of what
it names, so we ask. The signature has no time; a replay only makes us ask again. What becomes of a
mandate once it was active is its later life, and says nothing of its set-up.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from unshackled.sdk import BadSignature, Declined, Notice, RawCallback, SecretStr
from unshackled.sdk.answers import UNREADABLE
from unshackled_adapters.gocardless import mapping
from unshackled_adapters.gocardless.client import GoCardless

HEADER: Final = "Webhook-Signature"
# What happens to a mandate that may change what we said of it, and to a request.
ACTIONS: Final = {
    "mandates": frozenset(
        {
            *("active", "blocked", "cancelled", "consumed", "customer_approval_granted"),
            *("customer_approval_skipped", "expired", "failed", "reinstated", "suspended_by_payer"),
        }
    ),
    "billing_requests": frozenset({"cancelled", "fulfilled"}),
}
LINKS: Final = {"mandates": "mandate", "billing_requests": "billing_request"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event that may be about us: what it is about, and why it happened."""

    kind: str
    about: str
    cause: str


async def receive(client: GoCardless, raw: RawCallback) -> Sequence[Notice]:
    """What became of every mandate of ours that a webhook is about."""
    latest = {(one.kind, one.about): one for one in events(raw, client.settings.webhook_secret)}
    told = [await _notice(client, one) for one in latest.values()]
    return [one for one in told if one is not None]


def events(raw: RawCallback, secret: SecretStr) -> list[Event]:
    """The events of a verified webhook that may be about us, in their order."""
    given = raw.header(HEADER).encode()
    if not hmac.compare_digest(signature(secret, raw.body), given):
        raise BadSignature(f"{HEADER}: does not match the body")
    try:
        return list(_ours(orjson.loads(raw.body)["events"]))
    except UNREADABLE as error:
        raise BadSignature(f"webhook of unexpected shape ({type(error).__name__})") from None


def signature(secret: SecretStr, body: bytes) -> bytes:
    """HMAC-SHA256 over the raw body, in hexadecimal."""
    key = secret.get_secret_value().encode()
    return hmac.new(key, body, hashlib.sha256).hexdigest().encode()


def _ours(events: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    for one in events:
        kind = one["resource_type"]
        metadata = one.get("resource_metadata")
        elsewhere = metadata and mapping.REFERENCE not in metadata
        if one["action"] in ACTIONS.get(kind, ()) and not elsewhere:
            cause = str((one.get("details") or {}).get("cause", ""))
            yield Event(kind=kind, about=str(one["links"][LINKS[kind]]), cause=cause)


async def _notice(client: GoCardless, event: Event) -> Notice | None:
    if event.kind == "billing_requests":
        asked = await client.billing_request(event.about)
        if asked is None or asked.reference is None:
            return None
        reference, mandate, end = asked.reference, asked.mandate, await client.outcome(asked)
    else:
        made = await client.mandate(event.about)
        if made is None or made.reference is None:
            return None
        reference, mandate, end = made.reference, made.id, client.stands(made, event.cause)
    if isinstance(end, Declined) and mandate and await client.was_active(mandate):
        return None
    return Notice(reference=reference, outcome=end) if end else None
