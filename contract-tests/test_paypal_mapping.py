"""What PayPal's statuses and issues come to, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from unshackled.outbound import Answer
from unshackled.sdk import Absent, Declined, InDoubt, Passed, Pending, Redirect, Refused
from unshackled.sdk.ports import PaymentAuthorised, PaymentCaptured, PaymentCharged
from unshackled.testing.adapter_contract import CODES
from unshackled_adapters.paypal import mapping, reports
from unshackled_adapters.paypal.errors import issue_of, reject

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MONEY: dict[str, Any] = {"payment": "5O190127TN364715T", "amount": 6_800, "currency": "GBP"}
POUNDS = {"currency_code": "GBP", "value": "68.00"}
REFERENCE = "A" * 26
LINKS = [{"rel": "approve", "href": "https://www.paypal.com/checkoutnow?token=X"}]


def payment(status: str) -> dict[str, Any]:
    """A capture or an authorization."""
    return {"id": MONEY["payment"], "status": status, "amount": POUNDS}


def order(status: str, **kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """An order with its payments."""
    units = [{"payments": kinds}] if kinds else []
    return {"id": "X", "status": status, "purchase_units": units, "links": LINKS}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("COMPLETED", Passed(output=PaymentCharged(**MONEY))),
        ("PARTIALLY_REFUNDED", Passed(output=PaymentCharged(**MONEY))),
        ("PENDING", Pending(poll_after=mapping.POLL, handle="X")),
        ("DECLINED", Declined(code="card_declined")),
        ("FAILED", Declined(code="card_declined")),
        ("REFUNDED", Declined(code="declined")),
    ],
)
def test_a_capture_is_what_became_of_the_charge(status: str, outcome: object) -> None:
    """Each status of an order's capture is one outcome."""
    data = order("COMPLETED", captures=[payment(status)])
    assert mapping.outcome(data, PaymentCharged, NOW) == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CREATED", Passed(output=PaymentAuthorised(**MONEY))),
        ("CAPTURED", Passed(output=PaymentAuthorised(**MONEY))),
        ("PENDING", Pending(poll_after=mapping.POLL, handle="X")),
        ("DENIED", Declined(code="card_declined")),
        ("VOIDED", Declined(code="declined")),
    ],
)
def test_an_authorization_is_what_became_of_the_hold(status: str, outcome: object) -> None:
    """Each status of an order's authorization is one outcome."""
    data = order("COMPLETED", authorizations=[payment(status)])
    assert mapping.outcome(data, PaymentAuthorised, NOW) == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("COMPLETED", Passed(output=PaymentCaptured(**MONEY))),
        ("PENDING", Pending(poll_after=mapping.POLL)),
        ("DECLINED", Declined(code="declined")),
        ("FAILED", Declined(code="declined")),
    ],
)
def test_an_order_tells_the_capture_of_its_hold(status: str, outcome: object) -> None:
    """A capture that took nothing is known as such at once; it is no doubt."""
    data = order("COMPLETED", captures=[payment(status)], authorizations=[payment("CAPTURED")])
    assert mapping.taken(data, REFERENCE) == outcome


def test_a_capture_that_failed_before_is_not_the_one_asked_for() -> None:
    """One under another invoice number says nothing of ours, unless it took the money."""
    before = payment("DECLINED") | {"invoice_id": "B" * 26}
    data = order("COMPLETED", captures=[before], authorizations=[payment("CREATED")])
    assert mapping.taken(data, REFERENCE) == Absent()
    data = order(
        "COMPLETED", captures=[payment("COMPLETED"), before], authorizations=[payment("CAPTURED")]
    )
    assert mapping.taken(data, REFERENCE) == Passed(output=PaymentCaptured(**MONEY))


def test_an_order_without_payments_waits_or_is_over() -> None:
    """An open order is a redirect to PayPal, by whichever link; a void one is declined."""
    found = mapping.outcome(order("CREATED"), PaymentCharged, NOW)
    url = LINKS[0]["href"]
    assert found == Redirect(url=url, expires=NOW + mapping.CUSTOMER_HAS, handle="X")
    void = mapping.outcome(order("VOIDED"), PaymentCharged, NOW)
    assert void == Declined(code="declined")


@pytest.mark.parametrize("kind", ["captures", "authorizations"])
def test_an_unknown_status_is_no_outcome(kind: str) -> None:
    """Nothing is guessed of a status that PayPal did not have when this was written."""
    wanted: mapping.Wanted = PaymentCharged if kind == "captures" else PaymentAuthorised
    for data in (order("NEW"), order("COMPLETED", **{kind: [payment("NEW")]})):
        with pytest.raises(ValueError, match="status"):
            mapping.outcome(data, wanted, NOW)
    with pytest.raises(ValueError, match="status"):
        mapping.captured(payment("NEW"), "X")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("S", Passed(output=PaymentCharged(**MONEY))),
        ("P", Pending(poll_after=mapping.POLL)),
        ("D", Declined(code="card_declined")),
        ("V", Declined(code="card_declined")),
    ],
)
def test_a_transaction_is_what_became_of_the_charge(status: str, outcome: object) -> None:
    """Each status of a reported transaction is one outcome."""
    row = {
        "transaction_id": MONEY["payment"],
        "transaction_status": status,
        "transaction_amount": POUNDS,
    }
    assert reports.outcome(row, PaymentCharged) == outcome


def refusal(status: int, body: bytes) -> Answer:
    """An answer that is an error."""
    return Answer(provider="paypal", status=status, headers={}, body=body)


@pytest.mark.parametrize(
    ("status", "issue", "error"),
    [
        (409, "PREVIOUS_REQUEST_IN_PROGRESS", InDoubt),
        (422, "ORDER_COMPLETION_IN_PROGRESS", InDoubt),
        (422, "PREVIOUS_REQUEST_IN_PROGRESS", InDoubt),
        (422, "DUPLICATE_INVOICE_ID", InDoubt),
        (422, "AUTHORIZATION_VOIDED", Refused),
        (422, "not an issue: Wilhelmina", Refused),
    ],
)
def test_other_issues_are_no_declines(status: int, issue: str, error: type[Exception]) -> None:
    """What is still at work is a doubt, our mistakes are refused; free text is never quoted."""
    answer = refusal(status, b'{"details":[{"issue":"%s"}]}' % issue.encode())
    with pytest.raises(error) as caught:
        reject(answer)
    assert "Wilhelmina" not in str(caught.value)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"details":[]}', b'{"details":["x"]}'])
def test_an_error_without_an_issue_is_unknown(body: bytes) -> None:
    """Its shape is not relied on."""
    assert issue_of(refusal(422, body)) == "unknown"


def test_what_paypal_calls_no_is_one_of_our_codes() -> None:
    """Each issue of the table is a decline of the shared vocabulary."""
    assert set(mapping.DECLINES.values()) <= CODES
