"""Reads the platform's webhooks: whatever they say, the application itself is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import orjson

from unshackled.sdk import BadSignature, Notice, RawCallback, Redirect
from unshackled_adapters.divido import signing
from unshackled_adapters.divido.client import DividoCredit

STATUS_UPDATE: Final = "application-status-update"
NUMBER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


async def receive(client: DividoCredit, raw: RawCallback) -> Sequence[Notice]:
    """The outcome of the application that a signed webhook names, if it has one by now.

    A refund of what was activated is the retailer's own: it says nothing of our application.
    """
    if not signing.holds(client.settings.shared_secret, raw.body, raw.header(signing.HEADER)):
        raise BadSignature(f"{signing.HEADER}: does not match the body")
    number = _named(raw.body)
    if number is None:
        return ()
    reference, found = await client.standing_of(number)
    if not reference or found is None or isinstance(found, Redirect):
        return ()
    return (Notice(reference=reference, outcome=found),)


def _named(body: bytes) -> str | None:
    """The application of a status update; None of anything else."""
    try:
        data = orjson.loads(body)
        event, number = data["event"], str(data.get("application", ""))
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise BadSignature("a webhook of unexpected shape") from None
    if event != STATUS_UPDATE:
        return None
    if not NUMBER.fullmatch(number):
        raise BadSignature("a webhook about no application")
    return number
