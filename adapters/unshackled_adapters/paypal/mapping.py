"""Between our values and PayPal's JSON; see README.md for what each status means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from unshackled.sdk.texts import word
from unshackled_adapters.paypal.amounts import from_wire

Json = Mapping[str, Any]
Wanted: TypeAlias = type[PaymentCharged] | type[PaymentAuthorised]

# How long PayPal waits for a customer who was sent there.
CUSTOMER_HAS: Final = timedelta(hours=3)
# A payment that PayPal or the customer's bank still looks at: PayPal tells the end by webhook.
POLL: Final = timedelta(minutes=10)
# Where to send the customer: the first is used with `payment_source`.
APPROVAL: Final = ("payer-action", "approve")
# What the links `up` of payments lead to.
ORDER_LINK: Final = re.compile(r"/checkout/orders/([A-Z0-9]{1,36})$")
HOLD_LINK: Final = re.compile(r"/payments/authorizations/([A-Z0-9]{1,36})$")
CAPTURE_LINK: Final = re.compile(r"/payments/captures/([A-Z0-9]{1,36})$")

# Issues of status 422 that are a no of PayPal's or of the customer's bank; other ones are refused.
DECLINES: Final[Mapping[str, str]] = {
    "AGREEMENT_ALREADY_CANCELLED": "card_declined",
    "AUTHENTICATION_FAILURE": "authentication_failed",
    "BILLING_AGREEMENT_NOT_FOUND": "card_declined",
    "CARD_BRAND_NOT_SUPPORTED": "card_declined",
    "CARD_EXPIRED": "card_declined",
    "CARD_TYPE_NOT_SUPPORTED": "card_declined",
    "COMPLIANCE_VIOLATION": "declined",
    "DECLINED_DUE_TO_RELATED_TXN": "declined",
    "INSTRUMENT_DECLINED": "card_declined",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "card_declined",
    "ORDER_EXPIRED": "declined",
    "PAYEE_BLOCKED_TRANSACTION": "declined",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "card_declined",
    "PAYER_ACCOUNT_RESTRICTED": "card_declined",
    "PAYER_CANNOT_PAY": "card_declined",
    "PAYMENT_SOURCE_CANNOT_BE_USED": "card_declined",
    "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR": "card_declined",
    "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED": "card_declined",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "card_declined",
    "REFERENCED_CARD_EXPIRED": "card_declined",
    "TOKEN_EXPIRED": "card_declined",
    "TOKEN_ID_NOT_FOUND": "card_declined",
    "TRANSACTION_BLOCKED_BY_PAYEE": "declined",
    "TRANSACTION_LIMIT_EXCEEDED": "insufficient_funds",
    "TRANSACTION_REFUSED": "declined",
}
# Of a capture or an authorization that PayPal declined without saying why.
DEFAULT_DECLINE: Final = "card_declined"
# Captures that took nothing.
NOT_TAKEN: Final = frozenset({"DECLINED", "FAILED"})
# Authorizations of which something was captured.
TAKEN_OF: Final = frozenset({"CAPTURED", "PARTIALLY_CAPTURED"})


class NoPayerActionLink(ValueError):
    """An order that waits for the customer names no page for them."""


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
    number, hold = word(data["id"]), wanted is PaymentAuthorised
    found = payments(data, "authorizations" if hold else "captures")
    if found:
        return authorisation_outcome(found[-1], number) if hold else charged(found[-1], number)
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
    """Where the customer goes on; raises `NoPayerActionLink`."""
    links = {word(one["rel"]): word(one["href"]) for one in data.get("links") or ()}
    for rel in APPROVAL:
        if rel in links:
            return links[rel]
    raise NoPayerActionLink(f"no link is {' or '.join(APPROVAL)}")


def again(error: Json, number: str, now: datetime) -> Redirect | None:
    """The customer has to go to PayPal once more, says an error; None where it does not say where.

    The order says it then.
    """
    try:
        url = approval(error)
    except NoPayerActionLink:
        return None
    return Redirect(url=url, expires=now + CUSTOMER_HAS, handle=number)


def holds(data: Json) -> list[str]:
    """PayPal's numbers of an order's authorizations."""
    return [word(one["id"]) for one in payments(data, "authorizations")]


def captures(data: Json) -> list[str]:
    """PayPal's numbers of an order's captures that took anything."""
    found = payments(data, "captures")
    return [word(one["id"]) for one in found if one["status"] not in NOT_TAKEN]


def order_of(payment: Json) -> str | None:
    """The number of the order that an authorization or a capture belongs to, where it says so."""
    return _related(payment, "order_id", ORDER_LINK)


def hold_of(capture: Json) -> str | None:
    """The number of the authorization that a capture took, where it says so."""
    return _related(capture, "authorization_id", HOLD_LINK)


def capture_of(refund: Json) -> str | None:
    """The number of the capture that a refund gives back, where it says so."""
    return _related(refund, "capture_id", CAPTURE_LINK)


def _related(payment: Json, name: str, link: re.Pattern[str]) -> str | None:
    """PayPal's number of what a payment belongs to: of its related ids, else of its links."""
    number = ((payment.get("supplementary_data") or {}).get("related_ids") or {}).get(name)
    if number is not None:
        return word(number)
    up = [str(one.get("href", "")) for one in payment.get("links") or () if one.get("rel") == "up"]
    found = [match[1] for href in up if (match := link.search(href))]
    return found[0] if found else None


def charged(capture: Json, number: str | None) -> Outcome[PaymentCharged]:
    """What the capture of an order came to; one that was given back counts as declined."""
    match capture["status"]:
        case "COMPLETED" | "PARTIALLY_REFUNDED":
            amount, currency = from_wire(capture["amount"])
            found = PaymentCharged(payment=word(capture["id"]), amount=amount, currency=currency)
            return Passed(output=found)
        case "PENDING":
            return Pending(poll_after=POLL, handle=number)
        case "DECLINED" | "FAILED":
            return Declined(code=DEFAULT_DECLINE)
        case "REFUNDED":
            return Declined(code="declined")
    raise ValueError("status")


def authorisation_outcome(authorization: Json, number: str | None) -> Outcome[PaymentAuthorised]:
    """What an authorization came to; it has passed, too, when it was captured."""
    match authorization["status"]:
        case "CREATED" | "CAPTURED" | "PARTIALLY_CAPTURED":
            amount, currency = from_wire(authorization["amount"])
            ends = authorization.get("expiration_time")
            return Passed(
                output=PaymentAuthorised(
                    payment=word(authorization["id"]), amount=amount, currency=currency
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


def voided(hold: Json) -> bool:
    """Whether a hold was let go."""
    return bool(hold["status"] == "VOIDED")


def captured(capture: Json, authorization: str) -> Outcome[PaymentCaptured]:
    """What the capture of a hold came to; it goes by the number of the authorization."""
    if capture["status"] == "PENDING":
        return Pending(poll_after=POLL)
    if capture["status"] in NOT_TAKEN:
        return Declined(code="declined")
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        raise ValueError("status")
    amount, currency = from_wire(capture["amount"])
    return Passed(output=PaymentCaptured(payment=authorization, amount=amount, currency=currency))


def taken(data: Json, reference: str = "") -> Found[PaymentCaptured]:
    """What an order says about the capture of its hold under our reference.

    A hold is captured whole: another capture of it that took the money is as good as ours. One
    that did not is ours where it has our reference as its invoice number, or none.
    """
    found, authorizations = payments(data, "captures"), holds(data)
    took = [one for one in found if one["status"] not in NOT_TAKEN]
    ours = [one for one in found if one.get("invoice_id", reference) == reference]
    told = took or ours
    return captured(told[-1], authorizations[-1]) if told and authorizations else Absent()
