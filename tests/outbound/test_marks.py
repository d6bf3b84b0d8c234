"""What operators get of a vendor's answer: its status, its code, its request id, and no more."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from unshackled.adapter_registry import find
from unshackled.errors import AnswerSummary, InDoubt, NotSent, ProviderError, Refused
from unshackled.outbound import Answer, CallGuard, HttpClient, Marks
from unshackled.outbound.call_failures import reason_of
from unshackled.outbound.marks import code_mark, id_mark

DEBUG_ID = "f58b1a2c9d0e7"


def _answer(body: Any, headers: dict[str, str] | None = None, status: int = 422) -> Answer:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(provider="acme", status=status, headers=httpx.Headers(headers or {}), body=raw)


@pytest.mark.parametrize(
    ("adapter", "headers", "body", "code", "request_id"),
    [
        (
            "stripe",
            {"Request-Id": "req_8fPq2Lk0aZ"},
            {"error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}},
            "lost_card",
            "req_8fPq2Lk0aZ",
        ),
        (
            "paypal",
            {},
            {
                "name": "UNPROCESSABLE_ENTITY",
                "debug_id": DEBUG_ID,
                "details": [{"issue": "DUPLICATE_INVOICE_ID"}],
            },
            "DUPLICATE_INVOICE_ID",
            DEBUG_ID,
        ),
        (
            "paypal",
            {"Paypal-Debug-Id": DEBUG_ID},
            {"error": "invalid_client", "error_description": "Client Authentication failed"},
            "invalid_client",
            DEBUG_ID,
        ),
        (
            "adyen",
            {},
            {"status": 422, "errorCode": "14_006", "pspReference": "NC6HT9CRT65ZGN82"},
            "14_006",
            "NC6HT9CRT65ZGN82",
        ),
        (
            "klarna_payments",
            {"klarna-correlation-id": "9f7e3c1a-7b5d-4e0f-8c21-2a6b9d3e4f50"},
            {"error_code": "NO_SUCH_ORDER", "error_messages": ["for Jane Doe"]},
            "NO_SUCH_ORDER",
            "9f7e3c1a-7b5d-4e0f-8c21-2a6b9d3e4f50",
        ),
        (
            "gocardless",
            {},
            {
                "error": {
                    "type": "validation_failed",
                    "request_id": "0aa4750c-06d6-41bd",
                    "errors": [{"reason": "bank_account_disabled", "message": "no"}],
                }
            },
            "bank_account_disabled",
            "0aa4750c-06d6-41bd",
        ),
        (
            "twilio",
            {"Twilio-Request-Id": "RQ0b1c2d3e4f"},
            {"code": 21211, "status": 400},
            "21211",
            "RQ0b1c2d3e4f",
        ),
        (
            "worldpay_wpg",
            {},
            (
                b'<?xml version="1.0"?><paymentService><reply><error code="7">x</error></reply>'
                b"</paymentService>"
            ),
            "7",
            None,
        ),
        (
            "legacy_shop",
            {"X-Correlation-Id": "c0ffee-0042"},
            (
                b"<s:Envelope><s:Fault><faultcode>s:Client</faultcode><detail><Code>E-17</Code>"
                b"</detail></s:Fault></s:Envelope>"
            ),
            "E-17",
            "c0ffee-0042",
        ),
    ],
)
def test_each_vendor_is_read_where_it_writes_its_marks(
    adapter: str, headers: dict[str, str], body: Any, code: str | None, request_id: str | None
) -> None:
    """By what the adapter declares; the usual places serve who declares nothing."""
    marks = find().load(adapter).marks
    said = marks.summary_of(_answer(body, headers), sends=1)
    assert said == AnswerSummary(status=422, code=code, request_id=request_id, sends=1)


@pytest.mark.parametrize(
    "text",
    [
        *("Jane Doe", "jane@example.com", "+447700900123", "07700900123", "4111111111111111"),
        *("2 High Street", "LS1 1AA", "20-00-00 55779911", "55779911", "sk_live_abcd1234", ""),
        *("x" * 65, "a\nb", "né", "1990-01-01T00:00:00"),
    ],
)
def test_what_could_be_somebodys_is_no_code(text: str) -> None:
    """Names, addresses, numbers of accounts and telephones, credentials and prose are left out."""
    assert code_mark(text) is None


@pytest.mark.parametrize(
    "text",
    ["Jane Doe", "jane@example.com", "+447700900123", "447700900123", "LS11AA", "x" * 129, "abc"],
)
def test_what_could_be_somebodys_is_no_request_id(text: str) -> None:
    """An id has letters and digits; what is only digits may be a telephone or a card."""
    assert id_mark(text) is None


def test_pages_of_gateways_say_only_their_status() -> None:
    """A body that is no JSON or too long is not looked into."""
    assert Marks().summary_of(_answer(b"<html><code>jane</code></html>")) == AnswerSummary(
        status=422
    )
    assert Marks().summary_of(_answer(b"{" + b" " * 70_000 + b"}")) == AnswerSummary(status=422)
    assert Marks().summary_of(_answer(b'{"code": "x"')) == AnswerSummary(status=422)


async def _failure(status: int, **more: Any) -> ProviderError:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, **more))
    http = HttpClient("acme", "https://acme.example", transport=transport)
    with pytest.raises(ProviderError) as raised:
        await CallGuard("acme").call(lambda: http.request("POST", "/charges", json={}))
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"), [(429, NotSent), (503, InDoubt), (402, Refused), (302, InDoubt)]
)
async def test_every_kind_of_failure_carries_what_the_vendor_said(
    status: int, kind: type[ProviderError]
) -> None:
    """The guard puts it on the error, whoever raised it."""
    error = await _failure(status, json={"code": "E42"}, headers={"X-Request-Id": "req-0042-a"})
    assert isinstance(error, kind)
    assert error.summary == AnswerSummary(
        status=status, code="E42", request_id="req-0042-a", sends=1
    )


async def test_an_earlier_answer_explains_no_later_silence() -> None:
    """A call that read something first and then got no answer says nothing of the first."""

    def backend(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, headers={"X-Request-Id": "req-0001-a"}, json={})
        raise httpx.ReadTimeout("slow", request=request)

    http = HttpClient("acme", "https://acme.example", transport=httpx.MockTransport(backend))

    async def call() -> None:
        await http.request("GET", "/order")
        await http.request("POST", "/order", json={})

    with pytest.raises(InDoubt) as raised:
        await CallGuard("acme").call(call)
    assert (raised.value.summary, raised.value.reason) == (AnswerSummary(sends=2), "timeout")


def test_a_refusal_keeps_no_free_text_as_its_code() -> None:
    """What a backend writes may quote a customer: only the shape of a code is kept."""
    assert Refused("no", code="Jane Doe of 2 High Street").code == "refused"
    assert Refused("no", code="card_declined").code == "card_declined"


def test_a_failure_on_the_way_is_named_by_what_is_nearest() -> None:
    """The innermost cause counts; where none is known the verdict does."""
    outer = httpx.ConnectError("no")
    outer.__cause__ = ConnectionRefusedError()
    assert reason_of(outer) == "connection_refused"
    assert reason_of(httpx.ReadTimeout("slow")) == "timeout"
    assert reason_of(ValueError("odd")) == "broken"
