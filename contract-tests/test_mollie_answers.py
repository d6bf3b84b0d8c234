"""What the adapter of Mollie makes of answers that its stand-in does not give."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from unshackled.ports import all_operations
from unshackled.sdk import (
    Call,
    Declined,
    Followed,
    HttpClient,
    InDoubt,
    Notice,
    NotUndone,
    Pending,
    RawCallback,
    Redirect,
    Refused,
    SecretStr,
    Undo,
)
from unshackled.sdk.ports import CapturePayment, PaymentAuthorised, PaymentCharged
from unshackled.testing.samples import request_for
from unshackled_adapters.mollie import mapping
from unshackled_adapters.mollie.client import Client, Payment, receive
from unshackled_adapters.mollie.settings import Settings

HELD = PaymentAuthorised(payment="tr_1", amount=6800, currency="GBP")
CHARGED = PaymentCharged(payment="tr_1", amount=6800, currency="GBP")
HOLD = {"operation": "payment.authorise", "reference": "H" * 26}
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


Answering = Callable[[httpx.Request], httpx.Response]


def client(answer: Answering) -> Client:
    """A client of a Mollie that answers as told."""
    url = "https://api.mollie.example"
    http = HttpClient("mollie", url, transport=httpx.MockTransport(answer))
    return Client(Settings(base_url=url, api_key=SecretStr("test_key")), http)


def port(answer: Answering) -> Payment:
    """The port over it."""
    return Payment(client(answer))


def webhook(body: bytes) -> RawCallback:
    """A webhook as it arrives."""
    return RawCallback(body=body, headers={}, received_at=datetime.now(UTC))


async def test_a_request_still_under_way_is_in_doubt() -> None:
    """409 says that the first request with the key is not done yet, and nothing more."""
    mollie = port(lambda _: httpx.Response(409, json={}))
    with pytest.raises(InDoubt):
        await mollie.capture(CapturePayment(authorised=HELD), CALL)


async def test_a_capture_that_failed_is_known_at_once() -> None:
    """Of the answer, a look-up and a webhook: it never stays in doubt, and a person looks."""
    kept = {"operation": "payment.capture", "reference": CALL.reference}
    failed = {"id": "cpt_1", "paymentId": "tr_1", "status": "failed", "amount": MONEY}
    failed["metadata"] = kept
    held = payment(status="authorized", captureMode="manual", metadata=kept | HOLD)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json=failed)
        if request.url.path.endswith("/captures"):
            return httpx.Response(200, json={"_embedded": {"captures": [failed]}})
        return httpx.Response(200, json=held)

    mollie = port(answer)
    capture = CapturePayment(authorised=HELD)
    assert await mollie.capture(capture, CALL) == Declined(code="declined")
    call = dataclasses.replace(CALL, follows=Followed(reference="R", handle="tr_1", output=HELD))
    assert await mollie.look_up("payment.capture", call) == Declined(code="declined")
    told = await receive(client(answer), webhook(b"id=tr_1"))
    assert told[-1] == Notice(reference=CALL.reference, outcome=Declined(code="declined"))


@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_a_refund_that_fails_at_once_is_refused(status: str) -> None:
    """What Mollie answers with is read: a refund that failed is not done."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"status": status})
        if request.url.path.endswith("/refunds"):
            return httpx.Response(200, json={"_embedded": {"refunds": []}})
        return httpx.Response(200, json=payment(status="paid"))

    with pytest.raises(Refused) as caught:
        await port(answer).refund(Undo(reference=CALL.reference, output=CHARGED), CALL)
    assert caught.value.code == f"refund_{status}"


@pytest.mark.parametrize(
    ("statuses", "broke"),
    [
        ([], False),
        (["failed"], True),
        (["canceled"], True),
        (["refunded", "failed"], False),
        (["pending"], False),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"id=tr_1",
        b'{"resource": "refund", "id": "re_1", "paymentId": "tr_1"}',
        b'{"type": "refund.failed", "_embedded": {"entity": {"paymentId": "tr_1"}}}',
    ],
)
async def test_a_refund_that_fails_later_is_told(
    statuses: list[str], broke: bool, body: bytes
) -> None:
    """Whichever webhook comes, the refunds are asked for; one that came back is told."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/refunds"):
            kept = {"reference": CALL.reference}
            refunds = [{"status": one, "metadata": kept} for one in statuses]
            return httpx.Response(200, json={"_embedded": {"refunds": refunds}})
        return httpx.Response(200, json=payment(status="paid"))

    told = await receive(client(answer), webhook(body))
    outcomes = [one.outcome for one in told if one.reference == CALL.reference]
    assert (NotUndone(code="refund_failed") in outcomes) is broke


@pytest.mark.parametrize("field", ["cardToken", "amount", None])
async def test_a_card_that_mollie_cannot_use_is_the_customers(field: str | None) -> None:
    """A token that was used or ran out is declined; our own mistakes are refused."""
    body = {"status": 422, "title": "Unprocessable Entity", "detail": "no", "field": field}
    mollie = port(lambda _: httpx.Response(422, json=body))
    request = request_for(all_operations()["payment.charge"])
    if field == "cardToken":
        assert await mollie.charge(request, CALL) == Declined(code="card_declined")
        return
    with pytest.raises(Refused):
        await mollie.charge(request, CALL)


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
            return httpx.Response(201, json={"status": "pending"})
        if request.url.path.endswith("/refunds"):
            kept = {"reference": CALL.reference}
            refunds = [{"status": status, "metadata": kept} for status in statuses]
            return httpx.Response(200, json={"_embedded": {"refunds": refunds}})
        return httpx.Response(200, json=payment(status="paid"))

    await port(answer).refund(Undo(reference=CALL.reference, output=CHARGED), CALL)
    assert sent == keys


async def test_what_was_given_back_by_hand_is_undone() -> None:
    """Nothing is left to refund: done, whoever did it."""
    left = {"currency": "GBP", "value": "0.00"}
    mollie = port(lambda _: httpx.Response(200, json=payment(status="paid", amountRemaining=left)))
    await mollie.refund(Undo(reference=CALL.reference, output=CHARGED), CALL)


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
    assert mapping.payment_state_of(payment(metadata=metadata)) is None
