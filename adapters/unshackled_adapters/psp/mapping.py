"""Between our values and the payment provider's JSON; amounts are minor units on both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from unshackled.sdk import (
    ANY_CURRENCY,
    AmountRange,
    Answer,
    Call,
    Notice,
    NotUndone,
    Outcome,
    Passed,
    Redirect,
)
from unshackled.sdk.answers import moment
from unshackled.sdk.envelope import coded, has, object_of
from unshackled.sdk.ports import ChargePayment, PaymentCharged
from unshackled.sdk.texts import word
from unshackled_adapters.psp.charges import charged_again, declined
from unshackled_adapters.psp.refunds import paid_out, refunded

Json = Mapping[str, Any]

# No money of it is kept: none came, or it is on its way back.
GIVEN_BACK: Final = frozenset({"failed", "refund_pending", "refunded", "voided"})
REFUND_FAILED: Final = "refund.failed"
# How a webhook is read; any other event is about the payment itself.
READERS: Final[Mapping[str, Callable[[Json], Outcome[Any]]]] = {
    "charge.updated": charged_again,
    "refund.updated": refunded,
    "payout.updated": paid_out,
}
# What the provider takes in one payment.
MOST: Final = 99_999_999
AMOUNTS: Final = {
    "EUR": AmountRange(least=50, most=MOST),
    "GBP": AmountRange(least=30, most=MOST),
    ANY_CURRENCY: AmountRange(most=MOST),
}


def payment(request: ChargePayment, call: Call, statement: str) -> dict[str, Any]:
    """The body of a charge for what is due today.

    Where the customer agreed to a later charge, the card is kept for one that we begin.
    """
    kept = {"card_on_file": "merchant_initiated"} if request.keeps_card else {}
    return {
        "merchant_reference": call.reference,
        "amount": request.quote.due_today,
        "currency": request.quote.currency,
        "token": request.method.token,
        "statement": statement,
        "callback_url": call.callback_url,
        "return_url": call.return_url,
        "metadata": {"checkout": request.checkout.checkout},
        **kept,
    }


def owns(answer: Answer) -> bool:
    """Whether the provider said it: an error in the plain form, or with 402 the payment itself."""
    if answer.status == 402:
        return has(object_of(answer), payment=str, merchant_reference=str, status=str)
    return coded(answer)


def given_back(data: Json) -> bool:
    """Whether nothing of a payment is kept."""
    return data["status"] in GIVEN_BACK


def charged(data: Json) -> Outcome[PaymentCharged]:
    """What a payment came to; one that was given back counts as declined."""
    status = data["status"]
    if status == "requires_action":
        action = data["action"]
        return Redirect(
            url=action["url"], expires=moment(action["expires"]), handle=data["payment"]
        )
    if status in GIVEN_BACK:
        return declined(data)
    if status != "captured":
        raise ValueError("status")
    return Passed(
        output=PaymentCharged(
            payment=word(data["payment"]),
            amount=int(data["amount"]),
            currency=word(data["currency"]),
        )
    )


def notices(data: Json) -> tuple[Notice, ...]:
    """The outcome in a webhook about a payment, a later charge, a refund or a payout.

    `refund.failed` is about the payment: the whole of it did not go back in the end.
    """
    reference, event = data["merchant_reference"], data.get("event")
    if event == REFUND_FAILED:
        return (Notice(reference=reference, outcome=NotUndone(code="refund_failed")),)
    return (Notice(reference=reference, outcome=READERS.get(event or "", charged)(data)),)
