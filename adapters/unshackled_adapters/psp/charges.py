"""Between our values and the provider's charges of a card on file, begun by the merchant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.ports import AmountCharged, ChargeAmount
from unshackled.sdk.texts import word
from unshackled_adapters.psp.settings import POLL_AFTER

Json = Mapping[str, Any]

# The issuer's response codes (ISO 8583 field 39); any other one is DEFAULT_DECLINE.
RESPONSES: Final = {
    "05": "card_declined",
    "14": "card_declined",
    "41": "card_declined",
    "43": "card_declined",
    "51": "insufficient_funds",
    "54": "card_declined",
    "61": "insufficient_funds",
    "1A": "authentication_failed",
    "65": "authentication_failed",
}
DEFAULT_DECLINE: Final = "card_declined"


def declined(data: Json) -> Declined:
    """What the issuer's response code means."""
    told = data.get("response_code")
    return Declined(code=RESPONSES.get(told or "", DEFAULT_DECLINE), vendor_code=told)


def charge(request: ChargeAmount, call: Call, statement: str) -> dict[str, Any]:
    """The body of a charge that the merchant begins, of the card of the sale's payment."""
    return {
        "merchant_reference": call.reference,
        "payment_reference": call.follows.reference if call.follows is not None else None,
        "amount": request.amount,
        "currency": request.currency,
        "initiated_by": "merchant",
        "statement": statement,
        "callback_url": call.callback_url,
    }


def charged_again(data: Json) -> Outcome[AmountCharged]:
    """What such a charge came to."""
    status = data["status"]
    if status == "pending":
        return Pending(poll_after=POLL_AFTER)
    if status == "failed":
        return declined(data)
    if status != "captured":
        raise ValueError("status")
    return Passed(
        output=AmountCharged(
            payment=word(data["payment"]),
            amount=int(data["amount"]),
            currency=word(data["currency"]),
        )
    )
