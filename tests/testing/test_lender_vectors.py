"""The lender protocol's test vectors hold for our own reader and for our own lender."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from unshackled.authoring.lender_check import protocol_messages as wire
from unshackled.authoring.lender_check.lender_client import LenderClient, reference
from unshackled.sdk import BadSignature, RawCallback
from unshackled.sdk.signature import HEADER, verify
from unshackled_adapters.lender.fake import make

VECTORS = json.loads((Path(__file__).parents[2] / "openapi" / "lender-vectors.json").read_text())


def desk() -> LenderClient:
    """A retailer at our own lender, in this process."""
    transport = httpx.ASGITransport(app=make().app())
    return LenderClient(
        http=httpx.AsyncClient(transport=transport, base_url="http://lender"), key="k"
    )


@pytest.mark.parametrize("vector", VECTORS["signatures"], ids=lambda one: one["says"])
def test_signatures_hold_as_they_should(vector: dict[str, Any]) -> None:
    """What is signed as the page says holds; anything else does not."""
    raw = RawCallback(
        body=vector["body"].encode(),
        headers={HEADER: vector["header"]},
        received_at=datetime.fromtimestamp(vector["received_at"], UTC),
    )
    try:
        verify(raw, SecretStr(VECTORS["secret"]))
        holds = True
    except BadSignature:
        holds = False
    assert holds is vector["holds"]


@pytest.mark.parametrize("vector", VECTORS["credit"], ids=lambda one: one["says"])
async def test_credit_adds_up_as_it_should(vector: dict[str, Any]) -> None:
    """A soft search is answered where the amounts add up, and refused where they do not."""
    asking = desk()
    body = asking.quotation_body("Accept") | {"credit": vector["credit"]}
    answer = await asking.ask("POST", "/v1/quotations", body)
    assert answer.status_code == vector["status"]
    if vector["status"] == 200:
        wire.QuotationRequest.model_validate_json(json.dumps(body), strict=True)


@pytest.mark.parametrize("vector", VECTORS["settlements"], ids=lambda one: one["says"])
async def test_settlements_add_up_as_they_should(vector: dict[str, Any]) -> None:
    """A fresh agreement over 66,900 is settled where the amounts add up to what is left."""
    asking = desk()
    _, live = await asking.agreement()
    number = reference()
    body = {"client_reference": number, "currency": "GBP", **vector["settlement"]}
    path = f"/v1/agreements/{live.agreement}/settlements"
    answer = await asking.ask("POST", path, body, key=number)
    assert answer.status_code == vector["status"]
