"""Refunds of a sum, between our values and PayPal's; see README.md for what each status means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Notice, Outcome, Passed, Pending
from unshackled.sdk.ports import AmountRefunded
from unshackled.sdk.texts import word
from unshackled_adapters.paypal import mapping
from unshackled_adapters.paypal.amounts import from_wire

Json = Mapping[str, Any]

# Behind our reference in `custom_id`, so that a refund of a sum is told from an undo.
PART: Final = "-REFUND"
OURS: Final = re.compile(r"([A-Z2-7]{26})-REFUND")
# Funded by a bank, a refund takes days; PayPal tells the end by webhook too.
POLL: Final = timedelta(hours=1)
NOT_REFUNDED: Final = frozenset({"FAILED", "CANCELLED"})
# Issues of status 422 that are a no to the refund; other ones are about us, and refused.
DECLINES: Final[Mapping[str, str]] = {
    "CAPTURE_FULLY_REFUNDED": "already_refunded",
    "MAX_NUMBER_OF_REFUNDS_EXCEEDED": "declined",
    "PARTIAL_REFUND_NOT_ALLOWED": "declined",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "declined",
    "REFUND_AMOUNT_EXCEEDED": "already_refunded",
    "REFUND_AMOUNT_TOO_LOW": "declined",
    "REFUND_NOT_ALLOWED": "declined",
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "declined",
    "REFUND_TIME_LIMIT_EXCEEDED": "refund_too_late",
    "TRANSACTION_DISPUTED": "declined",
}
DEFAULT_DECLINE: Final = "declined"


def body(amount: Mapping[str, str], call: Call) -> dict[str, Any]:
    """What gives so much of a capture back."""
    return {"amount": amount, "custom_id": call.reference + PART}


def outcome(refund: Json) -> Outcome[AmountRefunded]:
    """What a refund came to."""
    number, status = word(refund["id"]), word(refund["status"])
    if status == "PENDING":
        return Pending(poll_after=POLL, handle=number)
    if status in NOT_REFUNDED:
        return Declined(code=DEFAULT_DECLINE, vendor_code=status)
    if status != "COMPLETED":
        raise ValueError("status")
    amount, currency = from_wire(refund["amount"])
    return Passed(output=AmountRefunded(refund=number, amount=amount, currency=currency))


def declined(issue: str) -> Declined | None:
    """The no that an issue is; None where it is about us."""
    return Declined(code=DECLINES[issue], vendor_code=issue) if issue in DECLINES else None


def of_reference(order: Json, reference: str) -> Outcome[AmountRefunded] | None:
    """What the refund of our reference came to, if an order has it."""
    for refund in mapping.payments(order, "refunds"):
        if refund.get("custom_id") == reference + PART:
            return outcome(refund)
    return None


def notices(event: Json) -> tuple[Notice, ...] | None:
    """What an event says of a refund of a sum; None where it is about none of ours."""
    ours = OURS.fullmatch(str(event["resource"].get("custom_id", "")))
    told = word(event["event_type"])
    if ours is None or not told.startswith(("PAYMENT.REFUND.", "PAYMENT.CAPTURE.REFUNDED")):
        return None
    return (Notice(reference=ours[1], outcome=outcome(event["resource"])),)
