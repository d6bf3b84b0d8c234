"""What Worldpay's replies mean; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from unshackled.sdk import Answer, Declined, Notice, NotUndone, Outcome, Passed, Pending, Redirect
from unshackled.sdk.ports import PaymentAuthorised, PaymentCaptured, PaymentCharged
from unshackled.sdk.xml import Element, find
from unshackled_adapters.worldpay_wpg import documents

Taken: TypeAlias = PaymentCharged | PaymentAuthorised
Wanted: TypeAlias = type[PaymentCharged] | type[PaymentAuthorised]

# Inquiries lag behind, and Worldpay asks for five minutes' patience.
LAG: Final = timedelta(minutes=5)
POLL: Final = timedelta(minutes=5)
# Worldpay states no end for its page; after this we send nobody there any more.
CUSTOMER_HAS: Final = timedelta(hours=1)

# The issuer's answer (ISO 8583 as WPG writes it); any other one is DEFAULT_DECLINE.
RESPONSES: Final[Mapping[str, str]] = {
    "2": "card_declined",
    "4": "card_declined",
    "5": "card_declined",
    "14": "card_declined",
    "33": "card_declined",
    "34": "card_declined",
    "38": "authentication_failed",
    "41": "card_declined",
    "43": "card_declined",
    "51": "insufficient_funds",
    "55": "authentication_failed",
    "56": "card_declined",
    "57": "card_declined",
    "58": "card_declined",
    "61": "insufficient_funds",
    "62": "card_declined",
    "65": "authentication_failed",
    "75": "authentication_failed",
    "76": "card_declined",
    "85": "card_declined",
    "91": "declined",
}
DEFAULT_DECLINE: Final = "card_declined"

# The errors of a reply. 1: internal; 8: the service is away; 7: about the card.
UNKNOWN_END: Final = frozenset({"1", "8"})
ABOUT_THE_CARD: Final = "7"
INVALID_REQUEST: Final = "5"
NO_PAYMENT: Final = "could not find payment for order"
# What an error about a token's card says: it is gone, ran out, or was used up.
BAD_TOKEN: Final = re.compile(
    r"\btoken\b.*\b(expired|deleted|invalid|inactive|used|not found|not exist|not known|unknown)\b"
    r"|\b(expired|deleted|invalid|inactive|used|unknown|no such)\b.*\btoken\b"
)
USED_ORDER_CODES: Final = ("already", "duplicate")

WAITING: Final = frozenset(
    {"SENT_FOR_AUTHORISATION", "SHOPPER_REDIRECTED", "WAITING_FOR_SHOPPER", "OPEN"}
)
AUTHORISED: Final = frozenset({"AUTHORISED"})
NOT_GIVEN_BACK: Final = "REFUND_FAILED"
# Of a refund of a sum: the money is with the retailer again.
REFUND_FAILED: Final = Declined(code="declined", vendor_code=NOT_GIVEN_BACK)
CAPTURED: Final = frozenset(
    {"CAPTURED", "SETTLED", "SETTLED_BY_MERCHANT", NOT_GIVEN_BACK, "CHARGEBACK_REVERSED"}
)
FAILED: Final = frozenset({"REFUSED", "ERROR"})
GIVEN_BACK: Final = frozenset(
    {"CANCELLED", "EXPIRED", "SENT_FOR_REFUND", "REFUNDED", "REFUNDED_BY_MERCHANT", "CHARGED_BACK"}
)
# What is given back only after it was captured.
TAKEN_BEFORE: Final = frozenset(
    {"SENT_FOR_REFUND", "REFUNDED", "REFUNDED_BY_MERCHANT", "CHARGED_BACK"}
)
# How far along a payment is; an inquiry that lags behind a notification is not believed.
STAGES: Final[Mapping[str, int]] = {
    **dict.fromkeys(WAITING, 0),
    **dict.fromkeys(AUTHORISED | FAILED, 1),
    **dict.fromkeys(CAPTURED, 2),
    **dict.fromkeys(GIVEN_BACK, 3),
}
# Told by notification; the others say nothing of our effects, or are only looked up.
TELLING: Final = frozenset(
    {"AUTHORISED", "REFUSED", "ERROR", "EXPIRED", "CAPTURED", "CANCELLED", NOT_GIVEN_BACK}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply: of the fields those that it has.

    `response` is Worldpay's word for the issuer's answer, `issuer` what the issuer itself answered.
    """

    error: str | None = None
    says: str = ""
    received: bool = False
    challenged: bool = False
    page: str | None = None
    event: str | None = None
    response: str = ""
    issuer: str = ""
    reference: str | None = None
    amount: int = 0
    currency: str = ""

    @property
    def unpaid(self) -> bool:
        """Whether there is no payment under the order code."""
        return self.error == INVALID_REQUEST and NO_PAYMENT in self.says

    @property
    def about_the_card(self) -> bool:
        """Whether the customer's card, or the token that stands for it, cannot be used."""
        token = self.error == INVALID_REQUEST and BAD_TOKEN.search(self.says) is not None
        return token or self.error == ABOUT_THE_CARD

    @property
    def used(self) -> bool:
        """Whether the order code was used before."""
        known = any(word in self.says for word in USED_ORDER_CODES)
        return self.error == INVALID_REQUEST and known


def owns(answer: Answer) -> bool:
    """Whether Worldpay said it: an error in its document, or that it wants other credentials.

    Wrong credentials get a page of HTML; the challenge beside it proves that nothing was done.
    """
    if answer.status == 401:
        return answer.headers.get("WWW-Authenticate", "").lower().startswith("basic")
    try:
        return reply(answer.body).error is not None
    except ValueError:
        return False


def reply(body: bytes) -> Reply:
    """A reply as it is; `ValueError` where it is none."""
    root = find(documents.read(body), "reply")
    if root is None:
        raise ValueError("reply")
    error = find(root, "error")
    if error is not None:
        return Reply(error=str(error.attrib["code"]), says=(error.text or "").strip().lower())
    if find(root, "ok") is not None:
        return Reply(received=True)
    challenge = ("orderStatus/challengeRequired", "orderStatus/requestInfo")
    if any(find(root, path) is not None for path in challenge):
        return Reply(challenged=True)
    page = find(root, "orderStatus/reference")
    if page is not None:
        return Reply(page=(page.text or "").strip())
    return _payment(root)


def _payment(root: Element) -> Reply:
    event, money = find(root, "payment/lastEvent"), find(root, "payment/amount")
    if event is None or money is None:
        raise ValueError("payment")
    mark = find(root, "payment/reference")
    amount, currency = documents.minor(money)
    return Reply(
        event=(event.text or "").strip(),
        response=_code(root, "payment/ISO8583ReturnCode"),
        issuer=_code(root, "payment/IssuerResponseCode"),
        reference=(mark.text or "").strip() if mark is not None else None,
        amount=amount,
        currency=currency,
    )


def _code(root: Element, path: str) -> str:
    """An answer's code as the table has it: `05` and `5` are one; empty where there is none."""
    found = find(root, path)
    return str(found.attrib.get("code", "")).strip().lstrip("0") if found is not None else ""


def ordered(reply: Reply, order: str, wanted: Wanted, back: str, now: datetime) -> Outcome[Any]:
    """What came of an order."""
    if reply.page:
        return Redirect(
            url=documents.page_url(reply.page, back), expires=now + CUSTOMER_HAS, handle=order
        )
    if reply.challenged:
        return Declined(code="authentication_failed")
    return paid(reply, order, wanted)


def paid(reply: Reply, order: str, wanted: Wanted) -> Outcome[Any]:
    """How a payment stands; one that was given back counts as declined."""
    if reply.event in AUTHORISED | CAPTURED:
        return Passed(output=output(reply, order, wanted))
    if reply.event in WAITING:
        return Pending(poll_after=POLL, handle=order)
    if reply.event in FAILED:
        code = RESPONSES.get(reply.response) or RESPONSES.get(reply.issuer, DEFAULT_DECLINE)
        return Declined(code=code, vendor_code=reply.issuer or reply.response or None)
    if reply.event in GIVEN_BACK:
        return Declined(code="declined")
    raise ValueError("lastEvent")


def captured(reply: Reply, order: str) -> Outcome[PaymentCaptured] | None:
    """How a capture stands; None where the payment is held as before.

    Also where an inquiry is still behind the hold that is to be captured: it was authorised, so
    what comes before that says nothing of the capture.
    """
    if reply.event in AUTHORISED | WAITING:
        return None
    if reply.event in CAPTURED | TAKEN_BEFORE:
        return Passed(output=_capture(reply, order))
    if reply.event in STAGES:
        return Declined(code="declined")
    raise ValueError("lastEvent")


def output(reply: Reply, order: str, wanted: Wanted) -> Taken:
    """The fact of a payment or a hold."""
    return wanted(payment=order, amount=reply.amount, currency=reply.currency)


def _capture(reply: Reply, order: str) -> PaymentCaptured:
    return PaymentCaptured(payment=order, amount=reply.amount, currency=reply.currency)


def notices(reply: Reply, order: str) -> tuple[Notice, ...]:
    """What a payment's standing says of our effects: of the order, and of its capture."""
    ours = documents.ORDER.fullmatch(order)
    if ours is None:
        return ()
    if reply.event == NOT_GIVEN_BACK:
        part = documents.REFUNDED.fullmatch(reply.reference or "")
        if part is not None:
            return (Notice(reference=part[1], outcome=REFUND_FAILED),)
        return (Notice(reference=ours[1], outcome=NotUndone(code="refund_failed")),)
    wanted = PaymentAuthorised if ours[2] else PaymentCharged
    found = [Notice(reference=ours[1], outcome=paid(reply, order, wanted))]
    taken = documents.CAPTURED.fullmatch(reply.reference or "")
    if ours[2] and taken is not None and reply.event in CAPTURED:
        took = Passed(output=_capture(reply, order))
        found.append(Notice(reference=taken[0], outcome=took))
    return tuple(found)
