"""Between our values and Mollie's, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, Redirect
from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.answers import moment
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

Json = Mapping[str, Any]

KEY_LIFETIME: Final = timedelta(hours=24)
POLL_AFTER: Final = timedelta(seconds=30)
# Where an open payment names no end: the shortest that Mollie gives one.
OPEN_FOR: Final = timedelta(minutes=15)
CARD_PREFIX: Final = "tkn_"

_CURRENCIES: Final = """
    AED AUD BGN BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS ISK JPY MXN MYR NOK NZD PHP PLN RON
    RUB SEK SGD THB TWD USD ZAR
"""
CURRENCIES: Final = frozenset(_CURRENCIES.split())
_LOCALES: Final = """
    ca_ES cs_CZ da_DK de_AT de_CH de_DE de_LU en_BE en_GB en_NL en_US es_ES fi_FI fr_BE fr_FR
    fr_LU hu_HU is_IS it_IT lt_LT lv_LV nb_NO nl_BE nl_NL pl_PL pt_PT sk_SK sv_SE
"""
LOCALES: Final = frozenset(_LOCALES.split())

# `details.failureReason` of a failed payment, and ours; see the vocabulary in docs/adapters.md.
DECLINES: Final[Mapping[str, str]] = {
    "authentication_abandoned": "authentication_failed",
    "authentication_failed": "authentication_failed",
    "authentication_required": "authentication_failed",
    "authentication_unavailable_acs": "authentication_failed",
    "card_declined": "card_declined",
    "card_expired": "card_declined",
    "inactive_card": "card_declined",
    "insufficient_funds": "insufficient_funds",
    "invalid_card_holder_name": "card_declined",
    "invalid_card_number": "card_declined",
    "invalid_card_type": "card_declined",
    "invalid_cvv": "card_declined",
    "possible_fraud": "card_declined",
    "refused_by_issuer": "card_declined",
}
DEFAULT_DECLINE: Final = "declined"
CARD_DECLINE: Final = "card_declined"
# The fields of a request that are the customer's card: used, expired or unknown.
CARD_FIELDS: Final = frozenset({"cardToken", "applePayPaymentToken"})
# Captures that took nothing.
UNTAKEN: Final = frozenset({"canceled", "failed"})
# No money came, and none will.
ENDED: Final = frozenset({"canceled", "expired", "failed"})
# Not given back after all.
UNREFUNDED: Final = frozenset({"canceled", "failed"})
REFUNDING: Final = frozenset({"queued", "pending", "processing", "refunded"})


def amount(minor: int, currency: str) -> dict[str, str]:
    """An amount as Mollie writes it."""
    return {"currency": currency, "value": to_decimal(minor, currency)}


def charge_body(request: ChargePayment, call: Call) -> dict[str, Any]:
    """What Mollie is sent for `payment.charge`."""
    return _payment(request, call, "payment.charge") | _method(request.method.token)


def authorise_body(request: AuthorisePayment, call: Call) -> dict[str, Any]:
    """What Mollie is sent for `payment.authorise`: only cards are held by its documents."""
    body = _payment(request, call, "payment.authorise") | _method(request.method.token)
    return body | {"method": "creditcard", "captureMode": "manual"}


def capture_body(request: CapturePayment, call: Call) -> dict[str, Any]:
    """What Mollie is sent for `payment.capture`."""
    return {
        "amount": amount(request.authorised.amount, request.authorised.currency),
        "metadata": {"operation": "payment.capture", "reference": call.reference},
    }


def refund_body(payment: MolliePayment) -> dict[str, Any]:
    """What gives back all that can be, under the reference of what is undone."""
    return {
        "amount": payment.refundable,
        "description": f"Refund {payment.reference}",
        "metadata": {"operation": "refund", "reference": payment.reference},
    }


def charge_outcome(payment: Json) -> Outcome[PaymentCharged]:
    """What has become of a payment that is taken at once."""
    if payment["status"] in ENDED:
        return _declined(payment)
    if payment["status"] != "paid":
        return _open(payment)
    minor, currency = _money(payment)
    number = word(payment["id"])
    return Passed(output=PaymentCharged(payment=number, amount=minor, currency=currency))


def authorise_outcome(payment: Json) -> Outcome[PaymentAuthorised]:
    """What has become of a payment that is held; `paid` is one that was captured since."""
    if payment["status"] in ENDED:
        return _declined(payment)
    if payment["status"] not in {"authorized", "paid"}:
        return _open(payment)
    minor, currency = _money(payment)
    until = payment.get("captureBefore") if payment["status"] == "authorized" else None
    number = word(payment["id"])
    return Passed(
        output=PaymentAuthorised(payment=number, amount=minor, currency=currency),
        valid_until=moment(until) if until else None,
    )


def capture_outcome(capture: Json) -> Outcome[PaymentCaptured]:
    """What has become of a capture; one that failed is known at once."""
    if capture["status"] in UNTAKEN:
        return Declined(code=DEFAULT_DECLINE)
    if capture["status"] != "succeeded":
        return Pending(poll_after=POLL_AFTER, handle=word(capture["id"]))
    minor, currency = _money(capture)
    number = word(capture["paymentId"])
    return Passed(output=PaymentCaptured(payment=number, amount=minor, currency=currency))


PAYMENTS: Final[Mapping[str, Callable[[Json], Outcome[Any]]]] = {
    "payment.authorise": authorise_outcome,
    "payment.charge": charge_outcome,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MolliePayment:
    """A payment of ours at Mollie, and what has become of it."""

    number: str
    reference: str
    status: str
    outcome: Outcome[Any]
    cancelable: bool
    manual_capture: bool
    refundable: dict[str, str]
    given_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A capture or a refund of ours; the outcome is that of a capture, or of a refund of a sum."""

    reference: str
    status: str
    outcome: Outcome[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of payments: the one looked for, the oldest one's age, and where the next starts."""

    match: MolliePayment | None
    oldest: datetime | None
    following: str | None


def payment_state_of(payment: Json) -> MolliePayment | None:
    """A payment as we need it; None where it is not of ours."""
    reference, operation = metadata_of(payment, "reference"), metadata_of(payment, "operation")
    if reference is None or operation is None or operation not in PAYMENTS:
        return None
    refundable = dict(payment.get("amountRemaining") or payment["amount"])
    return MolliePayment(
        number=word(payment["id"]),
        reference=reference,
        status=word(payment["status"]),
        outcome=PAYMENTS[operation](payment),
        cancelable=bool(payment.get("isCancelable")),
        manual_capture=payment.get("captureMode") == "manual",
        refundable=refundable,
        given_back=Decimal(refundable["value"]) == 0,
    )


def named(payment: Json, number: str) -> Json:
    """The payment that was asked for."""
    if payment["id"] != number:
        raise ValueError("another payment")
    return payment


def page(data: Json, reference: str) -> Page:
    """A page of payments, newest first, searched for a reference."""
    payments = data["_embedded"]["payments"]
    mine = [payment for payment in payments if metadata_of(payment, "reference") == reference]
    following = data["_links"]["next"]
    return Page(
        match=payment_state_of(mine[0]) if mine else None,
        oldest=moment(payments[-1]["createdAt"]) if payments else None,
        following=parse_qs(urlsplit(following["href"]).query)["from"][0] if following else None,
    )


def owns(answer: Answer) -> bool:
    """Whether Mollie said it: an error in HAL that repeats the status."""
    data = object_of(answer)
    return (
        has(data, status=int, title=str, detail=str, _links=dict)
        and data["status"] == answer.status
    )


def captures(data: Json) -> list[Part]:
    """The captures of a payment that are ours."""
    return [
        Part(reference=reference, status=word(part["status"]), outcome=capture_outcome(part))
        for part in data["_embedded"]["captures"]
        if (reference := metadata_of(part, "reference")) is not None
    ]


def about_the_card(error: object) -> bool:
    """Whether a refused payment was refused for its card."""
    return isinstance(error, Mapping) and error.get("field") in CARD_FIELDS


def came_back(payment: MolliePayment, refunds: Sequence[Part]) -> bool:
    """Whether we gave a payment back, and each try of it failed in the end."""
    ours = [one for one in refunds if one.reference == payment.reference]
    return bool(ours) and all(one.status in UNREFUNDED for one in ours)


def payment_of(event: Json) -> str:
    """The payment of an event about a refund; the refund itself or an event around it."""
    refund = (event.get("_embedded") or {}).get("entity") or event
    return str(refund.get("paymentId", ""))


def _payment(
    request: ChargePayment | AuthorisePayment, call: Call, operation: str
) -> dict[str, Any]:
    body = {
        "amount": amount(request.quote.due_today, call.currency),
        "description": f"{request.checkout.retailer} {request.checkout.checkout}",
        "redirectUrl": call.return_url,
        "webhookUrl": call.callback_url,
        "metadata": {"operation": operation, "reference": call.reference},
    }
    locale = call.locale.replace("-", "_")
    return body | {"locale": locale} if locale in LOCALES else body


def _method(token: str) -> dict[str, str]:
    """A token of Mollie Components is a card; without one the customer chooses at Mollie."""
    return {"method": "creditcard", "cardToken": token} if token.startswith(CARD_PREFIX) else {}


def metadata_of(data: Json, name: str) -> str | None:
    """What we put into the metadata of a payment, a capture or a refund under a name."""
    ours = data.get("metadata")
    return str(ours[name]) if isinstance(ours, dict) and name in ours else None


def _money(data: Json) -> tuple[int, str]:
    currency = word(data["amount"]["currency"])
    return to_minor(str(data["amount"]["value"]), currency), currency


def _declined(payment: Json) -> Declined:
    reason = (payment.get("details") or {}).get("failureReason")
    told = str(reason) if reason else None
    return Declined(code=DECLINES.get(str(reason), DEFAULT_DECLINE), vendor_code=told)


def _open(payment: Json) -> Redirect | Pending:
    link = payment["_links"].get("checkout")
    if payment["status"] != "open" or link is None:
        return Pending(poll_after=POLL_AFTER, handle=word(payment["id"]))
    ends = payment.get("expiresAt")
    expires = moment(ends) if ends else moment(payment["createdAt"]) + OPEN_FOR
    return Redirect(url=word(link["href"]), expires=expires, handle=word(payment["id"]))
