"""Refunds of a sum, between our values and Stripe's; see README.md for what each status means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Notice, Outcome, Passed, Pending
from unshackled.sdk.ports import AmountRefunded
from unshackled.sdk.texts import word
from unshackled_adapters.stripe.amounts import from_wire
from unshackled_adapters.stripe.mapping import PART

Json = Mapping[str, Any]

# Stripe tells the end by webhook too; a bank takes days.
POLL: Final = timedelta(hours=1)
WAITING: Final = frozenset({"pending", "requires_action"})
NOT_REFUNDED: Final = frozenset({"canceled", "failed"})
# `code` of errors 400 that are a no to the refund; others are about us, and refused.
DECLINES: Final[Mapping[str, str]] = {
    "amount_too_large": "already_refunded",
    "charge_already_refunded": "already_refunded",
    "charge_disputed": "declined",
    "charge_not_refundable": "declined",
    "refund_disputed_payment": "declined",
}
DEFAULT_DECLINE: Final = "declined"
EVENTS: Final = frozenset({"refund.created", "refund.failed", "refund.updated"})


def form(payment: str, amount: Mapping[str, str], call: Call) -> dict[str, str]:
    """The form that gives back so much of a payment; its currency is the payment's."""
    return {
        "payment_intent": payment,
        "amount": amount["amount"],
        f"metadata[{PART}]": call.reference,
    }


def outcome(refund: Json) -> Outcome[AmountRefunded]:
    """What a refund came to."""
    number, status = word(refund["id"]), refund["status"]
    if refund["object"] != "refund":
        raise ValueError("object")
    if status in WAITING:
        return Pending(poll_after=POLL, handle=number)
    if status in NOT_REFUNDED:
        return Declined(code=DEFAULT_DECLINE, vendor_code=refund.get("failure_reason") or status)
    if status != "succeeded":
        raise ValueError("status")
    amount, currency = from_wire(refund["amount"], refund["currency"])
    return Passed(output=AmountRefunded(refund=number, amount=amount, currency=currency))


def decline_of(error: Json) -> Declined | None:
    """The no that an error 400 is; None where it is about the request.

    More than is left has no code of its own, only the field that it is about.
    """
    code = error.get("code")
    if code is None and error.get("param") == "amount":
        return Declined(code="already_refunded", vendor_code="amount")
    ours = DECLINES.get(str(code))
    return None if ours is None else Declined(code=ours, vendor_code=str(code))


def notices(event: Json) -> tuple[Notice, ...]:
    """What an event says about a refund of a sum; none for those that are not ours."""
    if event["type"] not in EVENTS:
        return ()
    refund = event["data"]["object"]
    reference = (refund.get("metadata") or {}).get(PART)
    if reference is None:
        return ()
    return (Notice(reference=str(reference), outcome=outcome(refund)),)


def of_reference(refunds: Json, reference: str) -> tuple[Outcome[AmountRefunded] | None, str]:
    """What the refund of our reference came to, if a page has it, and where the next starts."""
    rows = refunds["data"]
    found = [one for one in rows if (one["metadata"] or {}).get(PART) == reference]
    after = word(rows[-1]["id"]) if refunds["has_more"] else ""
    return (outcome(found[0]) if found else None), after
