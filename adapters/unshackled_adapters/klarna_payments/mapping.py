"""Between our values and Klarna's JSON; amounts are minor units on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid5

from unshackled.sdk import Answer, Call, Declined, Found, Outcome, Passed, Pending, Redirect
from unshackled.sdk.answers import moment
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import (
    Address,
    ApplyForCredit,
    CreditActivated,
    CreditDecision,
    CreditEnded,
    CreditQuoted,
    CreditTerms,
    QuoteCredit,
)
from unshackled.sdk.texts import optional, word

Json = Mapping[str, Any]

LENDER: Final = "Klarna"
# A session without an order is open for 48 hours.
SESSION_LIVES: Final = timedelta(hours=48)
NOT_OFFERED: Final = Declined(code="credit_declined")
REFUSED: Final = Declined(code="credit_declined")
ENDED: Final = Declined(code="declined")
NOT_FOUND: Final = Declined(code="agreement_not_found", vendor_code="NO_SUCH_ORDER")
NOT_REFUNDED: Final = Declined(code="declined", vendor_code="REFUND_NOT_ALLOWED")
BEYOND: Final = Declined(code="already_refunded", vendor_code="REFUND_NOT_ALLOWED")
# How a hosted page's session ends without an order; REFUSED_PAGE may be tried again there.
ENDS: Final = {"CANCELLED": ENDED, "DISABLED": ENDED}
REFUSED_PAGE: Final = "FAILED"
COMPLETED: Final = "COMPLETED"
OPEN: Final = frozenset({"WAITING", "IN_PROGRESS", "BACK", "ERROR", "MANUAL_ID_CHECK", "TIMEOUT"})
# How an order ends without credit.
OVER: Final = frozenset({"CANCELLED", "EXPIRED"})
# What was taken of an order stays: it cannot be cancelled any more.
CAPTURED: Final = frozenset({"PART_CAPTURED", "CAPTURED", "CLOSED"})
_KEYS: Final = UUID("6f9f3c0e-3f0e-5d0b-9a53-0d8a3b1c6b77")


def idempotency_key(reference: str) -> str:
    """Our reference as a UUID, version 5, as Klarna wants its keys."""
    return str(uuid5(_KEYS, reference))


def session(request: QuoteCredit, call: Call) -> dict[str, Any]:
    """The body that opens a session. It has nothing personal: Klarna needs none of it yet."""
    return _purchase(request.terms, request.address.country, call)


def customer(request: ApplyForCredit, call: Call, callback: str) -> dict[str, Any]:
    """The body that adds to a session who applies, and our reference."""
    who = {"date_of_birth": request.contact.date_of_birth.isoformat()}
    return {
        **_purchase(request.terms, request.address.country, call),
        "merchant_reference2": call.reference,
        "merchant_urls": {"notification": callback},
        "billing_address": _billing(request),
        "customer": who,
    }


def page(session_url: str, call: Call, callback: str, category: str) -> dict[str, Any]:
    """The body that makes a hosted page; Klarna places the order when the customer agreed."""
    ends = ("success", "cancel", "back", "failure", "error")
    return {
        "payment_session_url": session_url,
        "merchant_urls": {
            **dict.fromkeys(ends, call.return_url),
            "status_update": callback,
        },
        "options": {
            "place_order_mode": "PLACE_ORDER",
            "payment_method_category": category.upper(),
        },
    }


def callback_url(call: Call, token: str) -> str:
    """Where Klarna calls back: its notices are not signed, so the address carries a token."""
    return f"{call.callback_url}?{urlencode({'reference': call.reference, 'token': token})}"


def capture(order: Json, reference: str) -> dict[str, Any]:
    """The body that captures an order whole."""
    return {"captured_amount": int(order["order_amount"]), "reference": reference}


def quoted(data: Json, category: str, now: datetime) -> Outcome[CreditQuoted]:
    """An offer where Klarna has the category for this purchase."""
    number = word(data["session_id"])
    offered = {word(one["identifier"]) for one in data.get("payment_method_categories", ())}
    if category not in offered:
        return NOT_OFFERED
    offer = CreditQuoted(offer=number, lender=LENDER)
    return Passed(output=offer, valid_until=now + SESSION_LIVES)


def opened(data: Json) -> Redirect:
    """The hosted page that the customer goes to."""
    return Redirect(
        url=word(data["redirect_url"]),
        expires=moment(data["expires_at"]),
        handle=word(data["session_id"]),
    )


def waiting(data: Json, call: Call) -> Redirect:
    """The customer is still there. Klarna does not repeat the page's address: ours stands in."""
    return Redirect(
        url=call.return_url, expires=moment(data["expires_at"]), handle=word(data["session_id"])
    )


def page_of(data: Json) -> tuple[str, str | None]:
    """A hosted page's status, one that Klarna has, and its order where there is one."""
    status = data["status"]
    if status not in {*ENDS, *OPEN, REFUSED_PAGE, COMPLETED}:
        raise ValueError("status")
    return word(status), optional(data.get("order_id"))


def reference_of(order: Json) -> object:
    """Our reference in an order. The first one is the order number that customers see."""
    return order.get("merchant_reference2")


def decision(order: Json, poll_after: timedelta) -> Outcome[CreditDecision]:
    """What became of an order: Klarna may look at it for a day before it counts."""
    if order["fraud_status"] == "REJECTED":
        return REFUSED
    if order["status"] in OVER:
        return ENDED
    if order["fraud_status"] == "PENDING":
        return Pending(poll_after=poll_after)
    if order["fraud_status"] != "ACCEPTED":
        raise ValueError("fraud_status")
    return Passed(
        output=CreditDecision(
            application=word(order["order_id"]),
            lender=LENDER,
            amount=int(order["order_amount"]),
            currency=word(order["purchase_currency"]),
        ),
        valid_until=moment(order["expires_at"]),
    )


def owns(answer: Answer) -> bool:
    """Whether Klarna said it: an error with its code, and nothing beside it but what it tells."""
    known = ("authorized_payment_method", "correlation_id", "error_message", "error_messages")
    return has(object_of(answer), beside=known, error_code=str)


def captured(order: Json, reference: str) -> Passed[CreditActivated] | None:
    """The live credit where the order was captured under our reference."""
    ours = [one for one in order.get("captures", ()) if one.get("reference") == reference]
    return live(order, int(ours[0]["captured_amount"])) if ours else None


def refund(amount: int, reference: str) -> dict[str, Any]:
    """The body that gives so much of what was captured back."""
    return {"refunded_amount": amount, "reference": reference}


def not_allowed(error: Json) -> bool:
    """Whether a refund was refused by a rule of business: the key alone may be at fault else."""
    return bool(error["error_code"] == NOT_REFUNDED.vendor_code)


def refundable(order: Json) -> int:
    """What of an order was captured and not given back, in minor units."""
    return int(order["captured_amount"]) - int(order["refunded_amount"])


def refunded(order: Json, reference: str) -> Passed[CreditEnded] | None:
    """How much of the credit ended under our reference; None where nothing did."""
    ours = [one for one in order.get("refunds", ()) if one.get("reference") == reference]
    if not ours:
        return None
    output = CreditEnded(
        agreement=word(order["order_id"]),
        currency=word(order["purchase_currency"]),
        lender=int(ours[0]["refunded_amount"]),
    )
    return Passed(output=output)


def live(order: Json, amount: int) -> Passed[CreditActivated]:
    """Captured: the customer owes, and the order's number is the agreement's.

    `amount` is what was captured, in minor units.
    """
    output = CreditActivated(
        agreement=word(order["order_id"]),
        amount=amount,
        currency=word(order["purchase_currency"]),
    )
    return Passed(output=output)


def with_page_number(result: Found[Any], handle: str) -> Found[Any]:
    """A pending outcome keeps the hosted page's number."""
    if isinstance(result, Pending):
        return Pending(poll_after=result.poll_after, handle=handle)
    return result


def _purchase(terms: CreditTerms, country: str, call: Call) -> dict[str, Any]:
    line = {
        "name": terms.title,
        "reference": terms.plan,
        "quantity": 1,
        "unit_price": terms.amount,
        "total_amount": terms.amount,
    }
    return {
        "purchase_country": country,
        "purchase_currency": call.currency,
        "locale": call.locale,
        "order_amount": terms.amount,
        "order_lines": [line],
    }


def _billing(request: ApplyForCredit) -> dict[str, Any]:
    contact, address = request.contact, request.address
    return {
        "given_name": contact.given_name,
        "family_name": contact.family_name,
        "email": contact.email,
        "phone": contact.phone,
        **_street(address),
        "city": address.town,
        "postal_code": address.postcode,
        "country": address.country,
        **({"region": address.region} if address.region else {}),
    }


def _street(address: Address) -> dict[str, str]:
    second = {"street_address2": address.line2} if address.line2 else {}
    return {"street_address": address.line1} | second
