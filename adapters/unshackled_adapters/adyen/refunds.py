"""Refunds of a sum, between our values and Adyen's; the webhook tells what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.ports import (
    AmountRefunded,
    PaymentCaptured,
    PaymentCharged,
    RefundAmount,
)
from unshackled.sdk.texts import word
from unshackled_adapters.adyen.amounts import from_wire, to_wire
from unshackled_adapters.adyen.mapping import POLL, REFUND
from unshackled_adapters.adyen.settings import Settings

Json = Mapping[str, Any]

# A refund that the card scheme or the customer's bank sent back.
CAME_BACK: Final = frozenset({"REFUND_FAILED", "REFUNDED_REVERSED"})
EVENTS: Final = CAME_BACK | {"REFUND"}
# How the `reason` of a refund that Adyen would not send begins, our word for it, and its short name
# for operators. It is free text that nobody signs: it only picks the code.
REASONS: Final = (
    ("insufficient balance", "already_refunded", "insufficient_balance"),
    ("transaction hasn't been captured", "declined", "not_captured"),
)
DEFAULT_DECLINE: Final = "declined"


def body(request: RefundAmount, call: Call, settings: Settings) -> dict[str, Any]:
    """What gives so much of a payment back; `ValueError` where Adyen has no such amount."""
    return {
        "merchantAccount": settings.merchant_account,
        "reference": call.reference + REFUND,
        "amount": to_wire(request.amount, request.currency),
    }


def payment_of(request: RefundAmount, call: Call) -> str | None:
    """Adyen's number of the payment of the sale; None where we have it no more.

    The handle of a capture is the capture's own number.
    """
    before = call.follows
    output = before.output if before is not None else None
    if request.paid_by is not None:
        return request.paid_by
    if isinstance(output, PaymentCharged | PaymentCaptured):
        return output.payment
    return None


def taken_in(data: Json) -> Outcome[AmountRefunded]:
    """A refund that Adyen took in: the REFUND webhook says what came of it."""
    if data["status"] != "received":
        raise ValueError("status")
    return Pending(poll_after=POLL, handle=word(data["pspReference"]))


def outcome(item: Json, *, done: bool) -> Outcome[AmountRefunded] | None:
    """What an event says of a refund; None where it says nothing."""
    event = item["eventCode"]
    if event in CAME_BACK:
        return Declined(code=DEFAULT_DECLINE, vendor_code=event) if done else None
    if event != "REFUND":
        return None
    if not done:
        return decline_of(str(item.get("reason", "")))
    amount, currency = from_wire(item["amount"])
    number = word(item["pspReference"])
    return Passed(output=AmountRefunded(refund=number, amount=amount, currency=currency))


def decline_of(reason: str) -> Declined:
    """Our word for why Adyen would not send a refund."""
    told = reason.strip().lower()
    for begins, code, name in REASONS:
        if told.startswith(begins):
            return Declined(code=code, vendor_code=name)
    return Declined(code=DEFAULT_DECLINE, vendor_code="REFUND")
