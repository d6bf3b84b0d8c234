"""What becomes of an application once it was activated is no news of the application."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from unshackled.sdk import Declined, HttpClient, Notice, RawCallback, SecretStr
from unshackled_adapters.divido import mapping, signing
from unshackled_adapters.divido.client import DividoCredit
from unshackled_adapters.divido.notices import STATUS_UPDATE, receive
from unshackled_adapters.divido.settings import Settings

URL = "https://merchant.divido.example"
SECRET = SecretStr("made-up-shared-secret")
REFERENCE = "R" * 26


async def told(status: str, amounts: dict[str, Any] | None) -> list[Notice]:
    """What a webhook says of an application that is like this now."""
    application: dict[str, Any] = {
        "id": "app-1",
        "current_status": status,
        "merchant_reference": REFERENCE,
    }
    if amounts is not None:
        application["amounts"] = amounts
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": application}))
    settings = Settings(base_url=URL, api_key=SecretStr("key"), shared_secret=SECRET)
    client = DividoCredit(settings, HttpClient("divido", URL, transport=transport))
    body = orjson.dumps({"event": STATUS_UPDATE, "application": "app-1", "status": status})
    headers = {signing.HEADER: signing.sign(SECRET, body)}
    raw = RawCallback(body=body, headers=headers, received_at=datetime.now(UTC))
    return list(await receive(client, raw))


@pytest.mark.parametrize("status", sorted(mapping.ENDS))
async def test_what_was_activated_ends_without_a_word(status: str) -> None:
    """A phone that is given back months later is no decline of the credit."""
    lived = {"activated_amount": 66_900, "refunded_amount": 0}
    given_back = {"activated_amount": 0, "refunded_amount": 66_900}
    assert await told(status, lived) == await told(status, given_back) == []


@pytest.mark.parametrize("amounts", [None, {}, {"activated_amount": 0, "refunded_amount": None}])
async def test_a_refund_is_always_of_what_was_activated(amounts: dict[str, Any] | None) -> None:
    """Its status says enough, whatever the amounts are; any other end needs them."""
    assert await told("REFUNDED", amounts) == []
    declined = Declined(code="declined")
    assert await told("CANCELLED", amounts) == [Notice(reference=REFERENCE, outcome=declined)]
