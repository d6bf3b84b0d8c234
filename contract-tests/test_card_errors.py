"""A card that cannot be used is the customer's to change: declined at every payment provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import Declined, Refused
from unshackled.testing.adapter_contract import CODES
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import request_for

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "adyen": {"api_key": "k", "merchant_account": "m", "hmac_key": "AB" * 32},
    "mollie": {"api_key": "test_k"},
    "paypal": {"client_id": "c", "client_secret": "s", "webhook_id": "w"},
    "stripe": {"api_key": "sk_test_k", "webhook_secret": "whsec_k"},
}
# How each of them frames an error.
MOLLIE: dict[str, Any] = {
    "status": 422,
    "title": "Unprocessable Entity",
    "detail": "A made-up sentence",
    "_links": {"documentation": {"href": "https://docs.mollie.com/errors", "type": "text/html"}},
}
PAYPAL: dict[str, Any] = {
    "name": "UNPROCESSABLE_ENTITY",
    "message": "A made-up sentence",
    "debug_id": "90957fca61718",
}
# A stored card that is gone, a token that was used, ran out, or is nobody's.
CARDS: list[tuple[str, int, Mapping[str, Any]]] = [
    *(
        ("adyen", 422, {"status": 422, "errorCode": code, "errorType": "validation"})
        for code in ("101", "103", "129", "172", "800", "802", "803")
    ),
    ("mollie", 422, MOLLIE | {"field": "cardToken"}),
    *(
        ("paypal", 422, PAYPAL | {"details": [{"issue": issue}]})
        for issue in ("CARD_EXPIRED", "INSTRUMENT_DECLINED", "TOKEN_EXPIRED", "TOKEN_ID_NOT_FOUND")
    ),
    *(
        ("stripe", status, {"error": error})
        for status, error in (
            (400, {"type": "invalid_request_error", "param": "payment_method"}),
            (400, {"type": "invalid_request_error", "param": "payment_method_data[card]"}),
            (400, {"type": "invalid_request_error", "param": "confirmation_token"}),
            (400, {"type": "invalid_request_error", "code": "token_already_used"}),
            (400, {"type": "invalid_request_error", "code": "payment_method_unexpected_state"}),
            (400, {"type": "card_error", "code": "expired_card"}),
            (402, {"type": "card_error", "code": "incorrect_cvc"}),
        )
    ),
]
# What we wrote wrongly, or may not do.
OURS: list[tuple[str, int, Mapping[str, Any]]] = [
    ("adyen", 422, {"status": 422, "errorCode": "901", "errorType": "security"}),
    ("mollie", 422, MOLLIE | {"field": "redirectUrl"}),
    ("paypal", 422, PAYPAL | {"details": [{"issue": "NOT_SUPPORTED"}]}),
    ("stripe", 400, {"error": {"type": "invalid_request_error", "param": "amount"}}),
    ("stripe", 400, {"error": {"type": "invalid_request_error", "param": "payment_method_types"}}),
]


def answering(adapter: str, status: int, body: Mapping[str, Any]) -> AdapterHarness:
    """An adapter whose vendor answers every payment like this."""

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            token = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
            return httpx.Response(200, json=token)
        return httpx.Response(status, json=body)

    shelf = find()
    declared = shelf.load(adapter)
    settings = declared.settings.model_validate({"base_url": BASE_URL, **SETTINGS[adapter]})
    http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(answer))
    return AdapterHarness(
        adapter=declared, stand_in=shelf.stand_in(adapter), settings=settings, http=http
    )


@pytest.mark.parametrize("operation", [CHARGE, AUTHORISE], ids=lambda one: one.name)
@pytest.mark.parametrize(("adapter", "status", "body"), CARDS, ids=str)
async def test_a_card_that_cannot_be_used_is_declined(
    operation: Any, adapter: str, status: int, body: Mapping[str, Any]
) -> None:
    """The customer may give another one; nobody has to look at it."""
    bench = answering(adapter, status, body)
    outcome = await bench.send(operation, request_for(operation), bench.call(operation))
    assert isinstance(outcome, Declined)
    assert outcome.code in CODES


@pytest.mark.parametrize(("adapter", "status", "body"), OURS, ids=str)
async def test_our_own_mistakes_are_no_declines(
    adapter: str, status: int, body: Mapping[str, Any]
) -> None:
    """No other card would help: a person looks."""
    bench = answering(adapter, status, body)
    with pytest.raises(Refused):
        await bench.send(CHARGE, request_for(CHARGE), bench.call(CHARGE))
