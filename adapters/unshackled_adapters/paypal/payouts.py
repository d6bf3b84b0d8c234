"""Payouts to the customer's PayPal account, between our values and PayPal's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Notice, Outcome, Passed, Pending
from unshackled.sdk.amounts import to_minor
from unshackled.sdk.ports import PaidOut
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

REFERENCE: Final = re.compile(r"[A-Z2-7]{26}")
BATCH_LINK: Final = re.compile(r"/payments/payouts/([A-Za-z0-9-]{1,30})$")
# PayPal pays out within minutes; what it looks at takes longer, and the webhook tells too.
POLL: Final = timedelta(minutes=10)
WAITING: Final = frozenset({"PENDING", "ONHOLD", "UNCLAIMED"})
NOT_PAID: Final = frozenset({"FAILED", "RETURNED", "BLOCKED", "REFUNDED", "REVERSED"})
NO_BATCH: Final = frozenset({"DENIED", "CANCELED"})
DEFAULT_DECLINE: Final = "declined"


def body(payer: str, amount: Mapping[str, str], call: Call) -> dict[str, Any]:
    """A batch of one item: so much to the account that paid."""
    item = {
        "recipient_type": "PAYPAL_ID",
        "receiver": payer,
        "amount": {"currency": amount["currency_code"], "value": amount["value"]},
        "sender_item_id": call.reference,
    }
    return {"sender_batch_header": {"sender_batch_id": call.reference}, "items": [item]}


def payer_of(order: Json) -> str | None:
    """The account that paid an order, where PayPal says so."""
    known = (order.get("payer") or {}).get("payer_id")
    source = ((order.get("payment_source") or {}).get("paypal") or {}).get("account_id")
    found = known or source
    return None if found is None else word(found)


def batch_of(data: Json) -> str:
    """PayPal's number of a batch that it took in."""
    return word(data["batch_header"]["payout_batch_id"])


def repeated(error: Json) -> str | None:
    """The batch of an earlier try: PayPal refuses its number again, and links to it."""
    links = [str(one.get("href", "")) for one in error.get("links") or ()]
    found = [match[1] for href in links if (match := BATCH_LINK.search(href))]
    return found[0] if found else None


def outcome(batch: Json, number: str, reference: str) -> Outcome[PaidOut]:
    """What a batch of ours came to."""
    header = batch["batch_header"]
    if header["payout_batch_id"] != number:
        raise ValueError("another batch")
    if header["batch_status"] in NO_BATCH:
        return Declined(code=DEFAULT_DECLINE, vendor_code=word(header["batch_status"]))
    ours = [one for one in batch.get("items", ()) if _reference(one) == reference]
    if not ours:
        # The items of a batch are there once PayPal has begun with it.
        return Pending(poll_after=POLL, handle=number)
    return item_outcome(ours[0])


def item_outcome(item: Json) -> Outcome[PaidOut]:
    """What an item came to: passed once the money is in the customer's account."""
    status, batch = word(item["transaction_status"]), word(item["payout_batch_id"])
    if status in WAITING:
        return Pending(poll_after=POLL, handle=batch)
    if status in NOT_PAID:
        told = (item.get("errors") or {}).get("name")
        return Declined(code=DEFAULT_DECLINE, vendor_code=str(told) if told else status)
    if status != "SUCCESS":
        raise ValueError("transaction_status")
    amount = item["payout_item"]["amount"]
    currency = word(amount["currency"])
    minor = to_minor(str(amount["value"]), currency)
    output = PaidOut(payout=word(item["payout_item_id"]), amount=minor, currency=currency)
    return Passed(output=output)


def notices(event: Json) -> tuple[Notice, ...] | None:
    """What an event says of an item of ours; None for any other event."""
    if not word(event["event_type"]).startswith("PAYMENT.PAYOUTS-ITEM."):
        return None
    reference = _reference(event["resource"])
    if REFERENCE.fullmatch(reference) is None:
        return ()
    return (Notice(reference=reference, outcome=item_outcome(event["resource"])),)


def _reference(item: Json) -> str:
    return str((item.get("payout_item") or {}).get("sender_item_id", ""))
