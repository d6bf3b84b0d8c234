"""Adyen's stand-in refuses nonsense as Adyen would, and its answers mean what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from unshackled.ports import all_operations
from unshackled.sdk import Call, Passed
from unshackled.sdk.ports import PaymentCharged
from unshackled.sdk.standin import StandIn
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, RETURN_URL
from unshackled.testing.samples import QUOTE, request_for
from unshackled_adapters.adyen import Settings, mapping
from unshackled_adapters.adyen.fake import make

BODY = {
    "merchantAccount": "NorthstarECOM",
    "reference": "A" * 26,
    "amount": {"value": 6_800, "currency": "GBP"},
    "returnUrl": RETURN_URL,
    "paymentMethod": {"type": "scheme", "storedPaymentMethodId": "stored_visa"},
}
CHARGE = all_operations()["payment.charge"]
CALL = Call(
    reference="A" * 26,
    checkout="chk_bench",
    currency="GBP",
    locale="en-GB",
    callback_url=CALLBACK_URL,
    return_url=RETURN_URL,
)
KEYS = {"X-API-Key": "demo", "Idempotency-Key": "key-1"}


@pytest.fixture
def stand_in() -> StandIn:
    """An Adyen whose webhooks go nowhere."""
    made = make()

    async def nowhere(*_: object) -> None:
        return

    made.deliver = nowhere
    return made


@pytest.fixture
async def adyen(stand_in: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the stand-in."""
    app = httpx.ASGITransport(app=stand_in.app())
    async with httpx.AsyncClient(transport=app, base_url=BASE_URL) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "changes", "status", "code"),
    [
        ({"X-API-Key": ""}, {}, 401, "000"),
        ({"Idempotency-Key": "k" * 65}, {}, 422, "701"),
        ({}, {"amount": {"value": 0, "currency": "GBP"}}, 422, "100"),
        ({}, {"amount": None}, 422, "702"),
    ],
)
async def test_nonsense_is_refused(
    adyen: httpx.AsyncClient,
    headers: dict[str, str],
    changes: dict[str, Any],
    status: int,
    code: str,
) -> None:
    """A missing key, a key too long, no amount: an error of Adyen's shape, and nothing is done."""
    answer = await adyen.post("/v72/payments", json=BODY | changes, headers=KEYS | headers)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)


@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b"{", 422)])
async def test_what_is_no_object_is_refused(
    adyen: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """A body that is a list, or no JSON, is nothing that Adyen takes."""
    answer = await adyen.post("/v72/cancels", content=body, headers=KEYS)
    assert answer.status_code == status


async def test_without_a_key_each_request_counts(
    adyen: httpx.AsyncClient, stand_in: StandIn
) -> None:
    """Adyen pays twice for who sends no idempotency key; with one it repeats its answer."""
    for headers in (KEYS, KEYS, {"X-API-Key": "demo"}):
        await adyen.post("/v72/payments", json=BODY, headers=headers)
    assert len(stand_in.done("payment.charge")) == 2


async def test_a_second_reversal_gives_nothing_back(
    adyen: httpx.AsyncClient, stand_in: StandIn
) -> None:
    """Each reversal is taken in, and only the first one gives the money back."""
    made = (await adyen.post("/v72/payments", json=BODY, headers=KEYS)).json()
    for key in ("first", "second"):
        answer = await adyen.post(
            f"/v72/payments/{made['pspReference']}/reversals",
            json={"merchantAccount": "NorthstarECOM"},
            headers=KEYS | {"Idempotency-Key": key},
        )
        assert answer.json()["status"] == "received"
    assert len(stand_in.done("payment.refund")) == 1


@pytest.mark.parametrize(
    ("path", "choice", "status"), [("STANDINP99999999", "approve", 404), ("", "maybe", 422)]
)
async def test_the_issuer_s_page_knows_its_payments(
    adyen: httpx.AsyncClient, path: str, choice: str, status: int
) -> None:
    """An unknown payment is 404, an unknown choice 422."""
    made = (await adyen.post("/v72/payments", json=BODY, headers=KEYS)).json()
    page = f"/checkoutshopper/threeDS/redirect/{path or made['pspReference']}"
    assert (await adyen.post(page, data={"choice": choice})).status_code == status


def test_a_statement_goes_with_the_payment() -> None:
    """What the card statement says is the retailer's setting."""
    settings = Settings.model_validate(
        {
            "base_url": BASE_URL,
            "api_key": "k",
            "merchant_account": "m",
            "hmac_key": "00",
            "statement": "NORTHSTAR",
        }
    )
    request: Any = request_for(CHARGE)
    body = mapping.payment(request, CALL, settings, hold=False)
    assert body["shopperStatement"] == "NORTHSTAR"
    assert body["amount"]["value"] == QUOTE.due_today


@pytest.mark.parametrize("result", ["PresentToShopper", "PartiallyAuthorised", "Success"])
def test_an_unknown_result_is_no_answer(result: str) -> None:
    """Results that we never ask for are unreadable, hence in doubt."""
    with pytest.raises(ValueError, match="resultCode"):
        mapping.paid({"resultCode": result}, PaymentCharged, datetime.now(UTC))


def test_a_capture_that_is_not_received_is_no_answer() -> None:
    """The only status that Adyen documents for a capture is `received`."""
    with pytest.raises(ValueError, match="status"):
        mapping.captured({"status": "captured", "pspReference": "X"})


@pytest.mark.parametrize("told", [None, 6_700])
def test_an_answer_without_an_amount_is_about_what_was_asked(told: int | None) -> None:
    """Most of Adyen's own examples have none; one that has another says so."""
    asked = {"value": 6_800, "currency": "GBP"}
    data: dict[str, Any] = {
        "resultCode": "Authorised",
        "merchantReference": "A" * 26,
        "pspReference": "STANDINP00000001",
    }
    if told is not None:
        data["amount"] = {"value": told, "currency": "GBP"}
    now, amount = datetime.now(UTC), told or 6_800
    passed = Passed(
        output=PaymentCharged(payment="STANDINP00000001", amount=amount, currency="GBP")
    )
    assert mapping.paid(data, PaymentCharged, now, asked) == passed
    assert mapping.detailed(data, "A" * 26, PaymentCharged, now, asked) == passed
