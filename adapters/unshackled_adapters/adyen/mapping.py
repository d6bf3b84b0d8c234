"""Between our values and Adyen's JSON; see README.md for what each result means."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import orjson

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, Redirect
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import (
    AuthorisePayment,
    CapturePayment,
    ChargePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
)
from unshackled.sdk.texts import word
from unshackled_adapters.adyen.amounts import from_wire, to_wire
from unshackled_adapters.adyen.settings import Settings

Json = Mapping[str, Any]
Wanted: TypeAlias = type[PaymentCharged] | type[PaymentAuthorised] | type[PaymentCaptured]
Taken: TypeAlias = PaymentCharged | PaymentAuthorised | PaymentCaptured

# A hold has its own merchant reference, so that a webhook tells it from a charge.
HOLD: Final = "-HOLD"
# So has a refund of a sum, so that a webhook tells it from the undo of a payment.
REFUND: Final = "-REFUND"
REFERENCE: Final = re.compile(r"([A-Z2-7]{26})(-HOLD|-REFUND)?")
# The webhook is the answer; there is nothing to ask (see `AdyenPayment.look_up`).
POLL: Final = timedelta(minutes=5)
# Adyen states no end for its redirect; after this we send nobody there any more.
CUSTOMER_HAS: Final = timedelta(hours=1)

# refusalReasonCode, and the refusalReason that webhooks carry in its place; any other one is
# DEFAULT_DECLINE.
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "2": ("refused", "card_declined"),
    "3": ("referral", "card_declined"),
    "4": ("acquirer error", "declined"),
    "5": ("blocked card", "card_declined"),
    "6": ("expired card", "card_declined"),
    "7": ("invalid amount", "declined"),
    "8": ("invalid card number", "card_declined"),
    "9": ("issuer unavailable", "declined"),
    "10": ("not supported", "card_declined"),
    "11": ("3d not authenticated", "authentication_failed"),
    "12": ("not enough balance", "insufficient_funds"),
    "14": ("acquirer fraud", "card_declined"),
    "15": ("cancelled", "declined"),
    "16": ("shopper cancelled", "declined"),
    "17": ("invalid pin", "authentication_failed"),
    "18": ("pin tries exceeded", "authentication_failed"),
    "19": ("pin validation not possible", "authentication_failed"),
    "20": ("fraud", "card_declined"),
    "21": ("not submitted", "declined"),
    "22": ("fraud-cancelled", "card_declined"),
    "23": ("transaction not permitted", "card_declined"),
    "24": ("cvc declined", "card_declined"),
    "25": ("restricted card", "card_declined"),
    "26": ("revocation of auth", "card_declined"),
    "27": ("declined non generic", "card_declined"),
    "28": ("withdrawal amount exceeded", "insufficient_funds"),
    "29": ("withdrawal count exceeded", "insufficient_funds"),
    "31": ("issuer suspected fraud", "card_declined"),
    "32": ("avs declined", "card_declined"),
    "38": ("authentication required", "authentication_failed"),
    "39": ("rreq not received from ds", "authentication_failed"),
    "42": ("3ds authentication error", "authentication_failed"),
}
DEFAULT_DECLINE: Final = "card_declined"
BY_REASON: Final[Mapping[str, str]] = dict(REFUSALS.values())

# Errors of status 422 that are about the customer's card, not about our request.
# 8xx: the stored card that a token means is not there, or not for this customer.
CARD_ERRORS: Final = frozenset(
    {"101", "102", "103", "129", "140", "141", "153", "172", "800", "802", "803"}
)
IN_PROGRESS: Final = "704"

# Results that cannot go on without a component of Adyen's on the page, which we do not show.
UNFINISHABLE: Final = frozenset({"IdentifyShopper", "ChallengeShopper"})


def payment(
    request: ChargePayment | AuthorisePayment, call: Call, settings: Settings, *, hold: bool
) -> dict[str, Any]:
    """The body of /payments for what is due today."""
    body = {
        "merchantAccount": settings.merchant_account,
        "reference": call.reference + (HOLD if hold else ""),
        "amount": to_wire(request.quote.due_today, request.quote.currency),
        "returnUrl": call.return_url,
        "channel": "Web",
        "shopperLocale": call.locale,
        # Redirects that a link can carry, in place of scripts on the page.
        "redirectToIssuerMethod": "GET",
        "redirectFromIssuerMethod": "GET",
        "authenticationData": {"threeDSRequestData": {"nativeThreeDS": "disabled"}},
        **method(request.method.token, request.checkout.customer_ref),
    }
    if settings.statement:
        body["shopperStatement"] = settings.statement
    if hold:
        return body | {"additionalData": {"manualCapture": "true"}}
    return body | {"captureDelayHours": settings.capture_delay_hours}


def method(token: str, customer: str | None) -> dict[str, Any]:
    """The payment method in a token: a stored one's id, or what a Component gave, in base64url."""
    state = _state(token)
    if state is not None:
        kept = ("paymentMethod", "browserInfo", "origin")
        return {"shopperInteraction": "Ecommerce"} | {k: state[k] for k in kept if k in state}
    stored = {
        "paymentMethod": {"type": "scheme", "storedPaymentMethodId": token},
        "shopperInteraction": "ContAuth",
        "recurringProcessingModel": "CardOnFile",
    }
    return stored | ({"shopperReference": customer} if customer else {})


def _state(token: str) -> Json | None:
    try:
        state = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (NotBase64, ValueError):
        return None
    found = isinstance(state, dict) and isinstance(state.get("paymentMethod"), dict)
    return state if found else None


def capture(request: CapturePayment, call: Call, settings: Settings) -> dict[str, Any]:
    """The body of a capture of all that is held."""
    held = request.authorised
    return {
        "merchantAccount": settings.merchant_account,
        "reference": call.reference,
        "amount": to_wire(held.amount, held.currency),
    }


def paid(data: Json, wanted: Wanted, now: datetime, request: Json | None = None) -> Outcome[Any]:
    """What /payments answered.

    Its `amount` is optional: without one Adyen authorised what it was `request` for, on the wire.
    """
    result = data["resultCode"]
    if result == "Authorised":
        return Passed(output=output(wanted, data["pspReference"], data.get("amount") or request))
    if result in ("Pending", "Received"):
        return Pending(poll_after=POLL, handle=data.get("pspReference"))
    if result == "RedirectShopper":
        return _redirect(data["action"], now)
    if result in ("Refused", "Error", "Cancelled"):
        told = data.get("refusalReasonCode")
        _, code = REFUSALS.get(str(told), ("", DEFAULT_DECLINE))
        return Declined(code=code, vendor_code=None if told is None else str(told))
    if result in UNFINISHABLE:
        return Declined(code="authentication_failed")
    raise ValueError("resultCode")


def detailed(
    data: Json, ours: str, wanted: Wanted, now: datetime, request: Json | None = None
) -> Outcome[Any] | None:
    """What /payments/details answered; None where it is about another payment, or says too little.

    None of its fields is promised. The webhook has them all.
    """
    told = data.get("resultCode")
    if data.get("merchantReference") != ours or told is None:
        return None
    if told == "Authorised" and not ((data.get("amount") or request) and "pspReference" in data):
        return None
    return paid(data, wanted, now, request)


def details_key(reference: str, result: str) -> str:
    """The idempotency key of /payments/details: a pasted result does not use up the right one's."""
    return f"{reference}-details-{hashlib.sha256(result.encode()).hexdigest()[:16]}"


def _redirect(action: Json, now: datetime) -> Redirect:
    if action["type"] != "redirect" or action.get("method", "GET") != "GET":
        raise ValueError("action")
    return Redirect(url=word(action["url"]), expires=now + CUSTOMER_HAS)


def owns(answer: Answer) -> bool:
    """Whether Adyen said it: an error with a number of its own, which repeats the status."""
    data = object_of(answer)
    return has(data, errorCode=str) and data.get("status", answer.status) == answer.status


def received(data: Json) -> bool:
    """Whether Adyen took a modification in: the webhook says what came of it."""
    return bool(data["status"] == "received")


def captured(data: Json) -> Outcome[PaymentCaptured]:
    """A capture that Adyen took in: the CAPTURE webhook says what came of it."""
    if data["status"] != "received":
        raise ValueError("status")
    return Pending(poll_after=POLL, handle=word(data["pspReference"]))


def asked_of(request: object) -> Json | None:
    """The amount that a request asks for, on the wire; None of another request than a payment."""
    if not isinstance(request, ChargePayment | AuthorisePayment):
        return None
    return to_wire(request.quote.due_today, request.quote.currency)


def output(wanted: Wanted, payment: str, amount: Json | None) -> Taken:
    """The fact of a payment, a hold or a capture."""
    if amount is None:
        raise ValueError("amount")
    minor, currency = from_wire(amount)
    return wanted(payment=word(payment), amount=minor, currency=currency)


def decline_of(reason: str) -> str:
    """Our code for the `reason` of a refused AUTHORISATION; how it is written varies."""
    return BY_REASON.get(reason.strip().lower().replace("_", " "), DEFAULT_DECLINE)
