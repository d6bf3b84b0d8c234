"""Refunds of a sum at WPG, between our values and its documents."""

from __future__ import annotations

from typing import Final

from unshackled.sdk import Call, Declined, Passed
from unshackled.sdk.ports import AmountRefunded, PaymentCaptured, PaymentCharged, RefundAmount
from unshackled.sdk.xml import Element, Markup, find, render
from unshackled_adapters.worldpay_wpg import documents, mapping

REFUND: Final = (
    '<modify><orderModification orderCode="{order}">'
    '<refund reference="{reference}">{amount}</refund></orderModification></modify>'
)
# Where a reply says how much Worldpay took in: at once, or with how the payment stands then.
TAKEN_IN: Final = ("ok/refundReceived/amount", "orderModification/refund/amount")
# What an error 5 says of a refund beyond what is left.
TOO_HIGH: Final = "refund amount too high"
BEYOND: Final = Declined(code="already_refunded", vendor_code=mapping.INVALID_REQUEST)


def order_of(request: RefundAmount, call: Call) -> str | None:
    """The order code of the payment of the sale; None where we have it no more."""
    before = call.follows
    output = before.output if before is not None else None
    if request.paid_by is not None:
        return request.paid_by
    if isinstance(output, PaymentCharged | PaymentCaptured):
        return output.payment
    # A capture has the order of its hold as handle; a charge has no other order than its own.
    return None if before is None else before.handle or before.reference


def document(request: RefundAmount, order: str, call: Call) -> Markup:
    """The refund of so much of an order, under our reference."""
    money = documents.amount(request.amount, request.currency)
    reference = call.reference + documents.REFUND
    return render(REFUND, order=order, reference=reference, amount=money)


def outcome(root: Element, reference: str) -> Passed[AmountRefunded]:
    """What Worldpay took in; `ValueError` where a reply does not say how much."""
    found = next((one for path in TAKEN_IN if (one := find(root, path)) is not None), None)
    if found is None:
        raise ValueError("amount")
    amount, currency = documents.minor(found)
    return Passed(output=AmountRefunded(refund=reference, amount=amount, currency=currency))


def declined(reply: mapping.Reply) -> Declined | None:
    """The no that a reply is; None where it is about us."""
    beyond = reply.error == mapping.INVALID_REQUEST and TOO_HIGH in reply.says
    return BEYOND if beyond else None
