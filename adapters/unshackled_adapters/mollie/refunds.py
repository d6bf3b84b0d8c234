"""Refunds of a sum, between our values and Mollie's; see README.md for what each status means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.amounts import to_minor
from unshackled.sdk.ports import AmountRefunded, RefundAmount
from unshackled.sdk.texts import word

from .mapping import UNREFUNDED, Part, amount, metadata_of

Json = Mapping[str, Any]

OPERATION: Final = "payment.refund_amount"
# Mollie sends refunds to the bank once a day, and tells by webhook too.
POLL_AFTER: Final = timedelta(hours=1)
WAITING: Final = frozenset({"queued", "pending", "processing"})
DEFAULT_DECLINE: Final = "declined"


def body(request: RefundAmount, call: Call) -> dict[str, Any]:
    """What gives so much of a payment back."""
    return {
        "amount": amount(request.amount, request.currency),
        "description": f"Refund {call.reference}",
        "metadata": {"operation": OPERATION, "reference": call.reference},
    }


def outcome(refund: Json) -> Outcome[AmountRefunded]:
    """What a refund came to: passed once the money is with the customer."""
    number, status = word(refund["id"]), word(refund["status"])
    if status in WAITING:
        return Pending(poll_after=POLL_AFTER, handle=number)
    if status in UNREFUNDED:
        return Declined(code=DEFAULT_DECLINE, vendor_code=status)
    if status != "refunded":
        raise ValueError("status")
    currency = word(refund["amount"]["currency"])
    minor = to_minor(str(refund["amount"]["value"]), currency)
    return Passed(output=AmountRefunded(refund=number, amount=minor, currency=currency))


def beyond(error: object) -> bool:
    """Whether a refund was refused for its amount: more than is left."""
    return isinstance(error, Mapping) and error.get("field") == "amount"


def of_sum(refund: Json) -> bool:
    """Whether a refund is one of a sum, not an undo."""
    kept = refund.get("metadata")
    return isinstance(kept, Mapping) and kept.get("operation") == OPERATION


def parts(data: Json) -> list[Part]:
    """The refunds of a payment that are ours, undos and those of a sum."""
    return [
        Part(
            reference=reference,
            status=word(one["status"]),
            outcome=outcome(one) if of_sum(one) else None,
        )
        for one in data["_embedded"]["refunds"]
        if (reference := metadata_of(one, "reference")) is not None
    ]


def more(data: Json) -> bool:
    """Whether a list of refunds goes on."""
    return (data.get("_links") or {}).get("next") is not None
