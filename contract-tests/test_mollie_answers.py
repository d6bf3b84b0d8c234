"""What the adapter of Mollie makes of answers that its stand-in does not give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from unshackled.sdk import Call, HttpClient, InDoubt, Pending, Redirect, Refused, SecretStr, Undo
from unshackled.sdk.ports import CapturePayment, PaymentAuthorised, PaymentCharged
from unshackled_adapters.mollie import mapping
from unshackled_adapters.mollie.client import Client, Payment
from unshackled_adapters.mollie.settings import Settings

HELD = PaymentAuthorised(payment="tr_1", amount=6800, currency="GBP")
CALL = Call(
    reference="VN5LQR3ZSKRACNATWQKFW5ZDJU",
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="https://shop.example/callback",
    return_url="https://shop.example/return",
)
MONEY = {"currency": "GBP", "value": "68.00"}
LINK = {"href": "https://mollie.example/checkout", "type": "text/html"}


def payment(**changes: Any) -> dict[str, Any]:
    """A charge of ours at Mollie."""
    return {
        "id": "tr_1",
        "status": "open",
        "amount": MONEY,
        "createdAt": "2026-11-23T09:00:00+00:00",
        "metadata": {"operation": "payment.charge", "reference": CALL.reference},
        "_links": {"checkout": LINK},
    } | changes


def port(answer: Callable[[httpx.Request], httpx.Response]) -> Payment:
    """The port over a Mollie that answers as told."""
    url = "https://api.mollie.example"
    http = HttpClient("mollie", url, transport=httpx.MockTransport(answer))
    return Payment(Client(Settings(base_url=url, api_key=SecretStr("test_key")), http))


async def test_a_request_still_under_way_is_in_doubt() -> None:
    """409 says that the first request with the key is not done yet, and nothing more."""
    mollie = port(lambda _: httpx.Response(409, json={}))
    with pytest.raises(InDoubt):
        await mollie.capture(CapturePayment(authorised=HELD), CALL)


async def test_a_capture_that_failed_is_refused() -> None:
    """A capture cannot be declined: a person looks."""
    failed = {"id": "cpt_1", "paymentId": "tr_1", "status": "failed", "amount": MONEY}
    mollie = port(lambda _: httpx.Response(201, json=failed))
    with pytest.raises(Refused):
        await mollie.capture(CapturePayment(authorised=HELD), CALL)


@pytest.mark.parametrize(
    ("statuses", "keys"),
    [
        ([], ["-refund-0"]),
        (["failed"], ["-refund-1"]),
        (["canceled", "failed"], ["-refund-2"]),
        (["failed", "queued"], []),
        (["refunded"], []),
    ],
)
async def test_a_refund_is_repeated_only_where_the_last_one_failed(
    statuses: list[str], keys: list[str]
) -> None:
    """The key counts the refunds before it, so that Mollie does not repeat a failure."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(request.headers["idempotency-key"].removeprefix(CALL.reference))
            assert json.loads(request.content)["amount"] == MONEY
            return httpx.Response(201, json={})
        if request.url.path.endswith("/refunds"):
            kept = {"reference": CALL.reference}
            refunds = [{"status": status, "metadata": kept} for status in statuses]
            return httpx.Response(200, json={"_embedded": {"refunds": refunds}})
        return httpx.Response(200, json=payment(status="paid"))

    charged = PaymentCharged(payment="tr_1", amount=6800, currency="GBP")
    await port(answer).refund(Undo(reference=CALL.reference, output=charged), CALL)
    assert sent == keys


async def test_what_was_given_back_by_hand_is_undone() -> None:
    """Nothing is left to refund: done, whoever did it."""
    left = {"currency": "GBP", "value": "0.00"}
    mollie = port(lambda _: httpx.Response(200, json=payment(status="paid", amountRemaining=left)))
    charged = PaymentCharged(payment="tr_1", amount=6800, currency="GBP")
    await mollie.refund(Undo(reference=CALL.reference, output=charged), CALL)


def test_an_open_payment_without_an_end_ends_by_itself() -> None:
    """Where Mollie names no end the customer has the shortest time that it gives."""
    told = mapping.charge_outcome(payment())
    assert isinstance(told, Redirect)
    assert told.expires.isoformat() == "2026-11-23T09:15:00+00:00"


def test_an_open_payment_without_a_page_is_pending() -> None:
    """A card token that needs no customer has no checkout."""
    assert isinstance(mapping.charge_outcome(payment(_links={})), Pending)


@pytest.mark.parametrize("metadata", [None, "order 1", {"order": 1}, {"reference": "R"}])
def test_a_payment_of_somebody_else_is_left_out(metadata: object) -> None:
    """Other software with the same key keeps what it likes in its metadata."""
    assert mapping.seen(payment(metadata=metadata)) is None
