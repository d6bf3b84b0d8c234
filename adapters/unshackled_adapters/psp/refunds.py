"""Between our values and the payment provider's refunds and payouts; amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.ports import AmountRefunded, PaidOut, PayOut, RefundAmount
from unshackled.sdk.texts import word
from unshackled_adapters.psp.settings import POLL_AFTER

Json = Mapping[str, Any]

# The provider's reasons (422); any other one is about us.
REASONS: Final = {
    "refund_too_late": "refund_too_late",
    "amount_exceeds_payment": "already_refunded",
    "account_invalid": "invalid_bank_account",
}


def refund(request: RefundAmount, call: Call) -> dict[str, Any]:
    """The body of a refund of part of a payment."""
    return {
        "merchant_reference": call.reference,
        "payment_reference": _of_sale(call),
        "amount": request.amount,
        "currency": request.currency,
        "reason": request.case.reason,
        "callback_url": call.callback_url,
    }


def payout(request: PayOut, call: Call) -> dict[str, Any]:
    """The body of a payout: to a bank account, or to the payment of the sale."""
    account = request.account
    where = (
        {"payment_reference": _of_sale(call)}
        if account is None
        else {
            "account": {
                "holder": account.account_holder,
                "sort_code": account.sort_code,
                "account_number": account.account_number,
            }
        }
    )
    return {
        "merchant_reference": call.reference,
        "amount": request.amount,
        "currency": request.currency,
        "reason": request.case.reason,
        "callback_url": call.callback_url,
        **where,
    }


def _of_sale(call: Call) -> str | None:
    """The merchant reference of the payment of the sale."""
    return call.follows.reference if call.follows is not None else None


def refunded(data: Json) -> Outcome[AmountRefunded]:
    """What a refund came to."""
    if (open_ := _open(data)) is not None:
        return open_
    return Passed(
        output=AmountRefunded(
            refund=word(data["refund"]),
            amount=int(data["amount"]),
            currency=word(data["currency"]),
        )
    )


def paid_out(data: Json) -> Outcome[PaidOut]:
    """What a payout came to."""
    if (open_ := _open(data)) is not None:
        return open_
    return Passed(
        output=PaidOut(
            payout=word(data["payout"]),
            amount=int(data["amount"]),
            currency=word(data["currency"]),
        )
    )


def _open(data: Json) -> Pending | Declined | None:
    """What is no success: under way still, or failed in the end."""
    status = data["status"]
    if status == "pending":
        return Pending(poll_after=POLL_AFTER)
    if status == "failed":
        return Declined(code="declined", vendor_code=data.get("failure"))
    if status != "succeeded":
        raise ValueError("status")
    return None
