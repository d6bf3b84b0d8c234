"""Between our values and Stripe's; see README.md for what each status means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from unshackled.sdk import (
    Absent,
    Call,
    Declined,
    Found,
    Notice,
    NotUndone,
    Passed,
    Pending,
    Redirect,
)
from unshackled.sdk.ports import (
    AuthorisePayment,
    ChargePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
)
from unshackled.sdk.texts import word
from unshackled_adapters.stripe.amounts import from_wire

Json = Mapping[str, Any]
Wanted: TypeAlias = type[PaymentCharged] | type[PaymentAuthorised] | type[PaymentCaptured]

# Where our references are in the metadata of a PaymentIntent.
REFERENCE: Final = "reference"
CAPTURE: Final = "capture_reference"
# Where the reference of a refund of some of it is, in the refund's own metadata.
PART: Final = "refund_reference"
CONFIRMATION: Final = "ctoken_"
# A card rarely processes for long; Stripe tells the end by webhook too.
POLL: Final = timedelta(minutes=1)
# Stripe names no end for its redirect; after this we send nobody there any more.
CUSTOMER_HAS: Final = timedelta(hours=1)

# `decline_code`, else `code`, of a card error; any other one is DEFAULT_DECLINE.
DECLINES: Final[Mapping[str, str]] = {
    "card_velocity_exceeded": "insufficient_funds",
    "insufficient_funds": "insufficient_funds",
    "withdrawal_count_limit_exceeded": "insufficient_funds",
    "authentication_failure": "authentication_failed",
    "authentication_not_handled": "authentication_failed",
    "authentication_required": "authentication_failed",
    "incorrect_pin": "authentication_failed",
    "invalid_pin": "authentication_failed",
    "mobile_device_authentication_required": "authentication_failed",
    "offline_pin_required": "authentication_failed",
    "online_or_offline_pin_required": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
    "pin_try_exceeded": "authentication_failed",
    "duplicate_transaction": "declined",
    "invalid_amount": "declined",
    "issuer_not_available": "declined",
    "processing_error": "declined",
    "reenter_transaction": "declined",
    "try_again_later": "declined",
}
DEFAULT_DECLINE: Final = "card_declined"
# Errors of status 400 that are about what the customer pays with, by their field or their code: a
# token that is gone, ran out, was used before, or is of another kind than a card.
CARD_FIELDS: Final = frozenset({"confirmation_token", "payment_method", "payment_method_data"})
CARD_CODES: Final = frozenset(
    {
        "confirmation_token_already_used",
        "payment_intent_incompatible_payment_method",
        "payment_method_customer_decline",
        "payment_method_invalid_parameter",
        "payment_method_not_available",
        "payment_method_provider_decline",
        "payment_method_unactivated",
        "payment_method_unexpected_state",
        "payment_method_unsupported_type",
        "token_already_used",
    }
)

# Events that say what became of a payment; others are acknowledged and ignored.
REFUND_FAILED: Final = "refund.failed"
EVENTS: Final = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    }
)


def payment(
    request: ChargePayment | AuthorisePayment, call: Call, amount: Mapping[str, str], *, hold: bool
) -> dict[str, str]:
    """The form that makes and confirms a PaymentIntent for what is due today."""
    token = request.method.token
    by = "confirmation_token" if token.startswith(CONFIRMATION) else "payment_method"
    return {
        **amount,
        by: token,
        "confirm": "true",
        "capture_method": "manual" if hold else "automatic",
        "allowed_payment_method_types[0]": "card",
        "return_url": call.return_url,
        f"metadata[{REFERENCE}]": call.reference,
        "metadata[checkout]": request.checkout.checkout,
        "expand[0]": "latest_charge",
    }


def wanted_of(intent: Json) -> Wanted:
    """What a PaymentIntent was made for."""
    return PaymentAuthorised if intent["capture_method"] == "manual" else PaymentCharged


def outcome(intent: Json, wanted: Wanted, now: datetime) -> Found[Any]:
    """What a PaymentIntent came to; a charge that was given back counts as declined."""
    if intent["status"] == "succeeded":
        if wanted is PaymentCharged and _given_back(intent):
            return Declined(code="declined")
        return Passed(output=output(intent, wanted, "amount_received"))
    if intent["status"] == "requires_capture" and wanted is PaymentAuthorised:
        held = output(intent, wanted, "amount_capturable")
        return Passed(output=held, valid_until=_held_until(intent))
    return Absent() if wanted is PaymentCaptured else _unfinished(intent, now)


def _unfinished(intent: Json, now: datetime) -> Found[Any]:
    match intent["status"]:
        case "requires_action":
            return _redirect(intent, now)
        case "processing":
            return Pending(poll_after=POLL, handle=word(intent["id"]))
        case "canceled":
            return Declined(code="declined")
        case "requires_payment_method":
            return decline_of(intent.get("last_payment_error") or {})
    raise ValueError("status")


def output(intent: Json, wanted: Wanted, amount: str) -> Any:
    """The fact of a payment, a hold or a capture."""
    minor, currency = from_wire(intent[amount], intent["currency"])
    return wanted(payment=word(intent["id"]), amount=minor, currency=currency)


def decline_of(error: Json) -> Declined:
    """What a card error says."""
    code = error.get("decline_code") or error.get("code")
    told = str(code) if code else None
    return Declined(code=DECLINES.get(str(code), DEFAULT_DECLINE), vendor_code=told)


def unusable(error: Json) -> Declined:
    """What the customer pays with cannot be used."""
    code = error.get("code") or error.get("param")
    return Declined(code=DEFAULT_DECLINE, vendor_code=str(code) if code else None)


def about_the_card(error: Json) -> bool:
    """Whether a request was refused for what the customer pays with, not for its form."""
    field = str(error.get("param", "")).partition("[")[0]
    return field in CARD_FIELDS or error.get("code") in CARD_CODES


def notices(event: Json) -> tuple[Notice, ...]:
    """What an event says about our payments; none for those that others made."""
    if event["type"] not in (*EVENTS, REFUND_FAILED):
        return ()
    intent = event["data"]["object"]
    ours = intent.get("metadata") or {}
    if REFERENCE not in ours:
        return ()
    if event["type"] == REFUND_FAILED:
        broke = NotUndone(code="refund_failed")
        return (Notice(reference=str(ours[REFERENCE]), outcome=broke),)
    now = datetime.fromtimestamp(event["created"], UTC)
    told = [(ours[REFERENCE], outcome(intent, wanted_of(intent), now))]
    if CAPTURE in ours and intent["status"] == "succeeded":
        told.append((ours[CAPTURE], outcome(intent, PaymentCaptured, now)))
    return tuple(
        Notice(reference=str(reference), outcome=what)
        for reference, what in told
        if not isinstance(what, Absent | Redirect)
    )


def _redirect(intent: Json, now: datetime) -> Redirect | Declined:
    action = intent["next_action"]
    if action["type"] != "redirect_to_url":
        # Only Stripe's script on the page could go on.
        return Declined(code="authentication_failed")
    url = word(action["redirect_to_url"]["url"])
    return Redirect(url=url, expires=now + CUSTOMER_HAS, handle=word(intent["id"]))


def _charge(intent: Json) -> Json:
    """The latest charge where it was asked for whole; webhooks carry its number only."""
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, Mapping) else {}


def _given_back(intent: Json) -> bool:
    return _charge(intent).get("refunded") is True


def _held_until(intent: Json) -> datetime | None:
    card = (_charge(intent).get("payment_method_details") or {}).get("card") or {}
    before = card.get("capture_before")
    return None if before is None else datetime.fromtimestamp(before, UTC)
