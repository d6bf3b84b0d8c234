"""Between our values and PayPal's JSON; see README.md for what each status means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from unshackled.sdk import Absent, Call, Declined, Found, Outcome, Passed, Pending, Redirect
from unshackled.sdk.answers import moment
from unshackled.sdk.ports import (
    AuthorisePayment,
    ChargePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
)
from unshackled_adapters.paypal.amounts import from_wire

Json = Mapping[str, Any]
Wanted: TypeAlias = type[PaymentCharged] | type[PaymentAuthorised]

# How long PayPal waits for a customer who was sent there.
CUSTOMER_HAS: Final = timedelta(hours=3)
# A payment that PayPal or the customer's bank still looks at: PayPal tells the end by webhook.
POLL: Final = timedelta(minutes=10)
# Where to send the customer: the first is used with `payment_source`.
APPROVAL: Final = ("payer-action", "approve")

# Issues of status 422 that are a no of PayPal's or of the customer's bank; other ones are refused.
DECLINES: Final[Mapping[str, str]] = {
    "AGREEMENT_ALREADY_CANCELLED": "card_declined",
    "BILLING_AGREEMENT_NOT_FOUND": "card_declined",
    "COMPLIANCE_VIOLATION": "declined",
    "DECLINED_DUE_TO_RELATED_TXN": "declined",
    "INSTRUMENT_DECLINED": "card_declined",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "card_declined",
    "ORDER_EXPIRED": "declined",
    "PAYEE_BLOCKED_TRANSACTION": "declined",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "card_declined",
    "PAYER_ACCOUNT_RESTRICTED": "card_declined",
    "PAYER_CANNOT_PAY": "card_declined",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "card_declined",
    "TRANSACTION_BLOCKED_BY_PAYEE": "declined",
    "TRANSACTION_LIMIT_EXCEEDED": "insufficient_funds",
    "TRANSACTION_REFUSED": "declined",
}
# Of a capture or an authorization that PayPal declined without saying why.
DEFAULT_DECLINE: Final = "card_declined"


def order(
    request: ChargePayment | AuthorisePayment,
    call: Call,
    amount: Mapping[str, str],
    *,
    hold: bool,
    brand: str,
) -> dict[str, Any]:
    """The body of an order for what is due today; PayPal ignores our token."""
    context = {
        "return_url": call.return_url,
        "cancel_url": call.return_url,
        "locale": call.locale,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
    }
    if brand:
        context["brand_name"] = brand
    return {
        "intent": "AUTHORIZE" if hold else "CAPTURE",
        "purchase_units": [{"custom_id": call.reference, "amount": amount}],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def outcome(data: Json, wanted: Wanted, now: datetime) -> Outcome[Any]:
    """What an order came to."""
    number, hold = str(data["id"]), wanted is PaymentAuthorised
    found = payments(data, "authorizations" if hold else "captures")
    if found:
        return held(found[-1], number) if hold else charged(found[-1], number)
    if data["status"] in ("CREATED", "SAVED", "PAYER_ACTION_REQUIRED"):
        made = moment(data["create_time"]) if "create_time" in data else now
        return Redirect(url=approval(data), expires=made + CUSTOMER_HAS, handle=number)
    if data["status"] == "VOIDED":
        return Declined(code="declined")
    raise ValueError("status")


def payments(data: Json, kind: str) -> Sequence[Json]:
    """The captures or authorizations of an order."""
    units: Sequence[Json] = data.get("purchase_units", ())
    return [one for unit in units for one in unit.get("payments", {}).get(kind, ())]


def approval(data: Json) -> str:
    """Where the customer goes on."""
    links = {str(one["rel"]): str(one["href"]) for one in data["links"]}
    return next(links[rel] for rel in APPROVAL if rel in links)


def again(error: Json, number: str, now: datetime) -> Redirect:
    """The customer has to go to PayPal once more, says an error."""
    return Redirect(url=approval(error), expires=now + CUSTOMER_HAS, handle=number)


def numbers(kind: str) -> Callable[[Json], list[str]]:
    """PayPal's numbers of an order's captures or authorizations."""
    return lambda data: [str(one["id"]) for one in payments(data, kind)]


def order_of(authorization: Json) -> str | None:
    """The number of the order that an authorization or a capture belongs to."""
    related: Json = authorization.get("supplementary_data", {}).get("related_ids", {})
    number = related.get("order_id")
    return None if number is None else str(number)


def charged(capture: Json, number: str | None) -> Outcome[PaymentCharged]:
    """What the capture of an order came to; one that was given back counts as declined."""
    match capture["status"]:
        case "COMPLETED" | "PARTIALLY_REFUNDED":
            amount, currency = from_wire(capture["amount"])
            found = PaymentCharged(payment=str(capture["id"]), amount=amount, currency=currency)
            return Passed(output=found)
        case "PENDING":
            return Pending(poll_after=POLL, handle=number)
        case "DECLINED" | "FAILED":
            return Declined(code=DEFAULT_DECLINE)
        case "REFUNDED":
            return Declined(code="declined")
    raise ValueError("status")


def held(authorization: Json, number: str | None) -> Outcome[PaymentAuthorised]:
    """What an authorization came to; it has passed, too, when it was captured."""
    match authorization["status"]:
        case "CREATED" | "CAPTURED" | "PARTIALLY_CAPTURED":
            amount, currency = from_wire(authorization["amount"])
            ends = authorization.get("expiration_time")
            return Passed(
                output=PaymentAuthorised(
                    payment=str(authorization["id"]), amount=amount, currency=currency
                ),
                valid_until=moment(ends) if ends else None,
            )
        case "PENDING":
            return Pending(poll_after=POLL, handle=number)
        case "DENIED":
            return Declined(code=DEFAULT_DECLINE)
        case "VOIDED":
            return Declined(code="declined")
    raise ValueError("status")


def captured(capture: Json, authorization: str) -> Outcome[PaymentCaptured]:
    """What the capture of a hold came to; it goes by the number of the authorization."""
    if capture["status"] == "PENDING":
        return Pending(poll_after=POLL)
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        raise ValueError("status")
    amount, currency = from_wire(capture["amount"])
    return Passed(output=PaymentCaptured(payment=authorization, amount=amount, currency=currency))


def taken(data: Json) -> Found[PaymentCaptured]:
    """What an order says about the capture of its hold."""
    found = [
        one for one in payments(data, "captures") if one["status"] not in ("DECLINED", "FAILED")
    ]
    holds = payments(data, "authorizations")
    return captured(found[-1], str(holds[-1]["id"])) if found and holds else Absent()
