"""Adyen's standard webhook: its signature, and what each event says of our effects."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from unshackled.sdk import BadSignature, Declined, Notice, NotUndone, Outcome, Passed, RawCallback
from unshackled.sdk.answers import UNREADABLE
from unshackled.sdk.ports import PaymentAuthorised, PaymentCaptured, PaymentCharged
from unshackled_adapters.adyen import mapping, refunds
from unshackled_adapters.adyen.settings import Settings

Json = Mapping[str, Any]
SIGNED: Final = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
# What ends a hold or an open redirect without any money moving.
OVER: Final = frozenset({"OFFER_CLOSED", "EXPIRE"})


def authenticate(raw: RawCallback, settings: Settings) -> None:
    """Raise `BadSignature` unless the caller knows the webhook's user and password."""
    if not settings.webhook_user:
        return
    pair = f"{settings.webhook_user}:{settings.webhook_password.get_secret_value()}"
    wanted = f"Basic {b64encode(pair.encode()).decode()}"
    if not hmac.compare_digest(raw.header("Authorization").encode(), wanted.encode()):
        raise BadSignature("Authorization: not the webhook's user and password")


def items(data: Json, settings: Settings) -> Iterator[Json]:
    """The items of a webhook; raises `BadSignature` where one of them is not signed by Adyen."""
    for wrapper in data["notificationItems"]:
        item = wrapper["NotificationRequestItem"]
        given = str(item.get("additionalData", {}).get("hmacSignature", ""))
        keys = (settings.hmac_key, settings.previous_hmac_key)
        known = (key.get_secret_value() for key in keys if key.get_secret_value())
        if not any(hmac.compare_digest(given.encode(), sign(item, key)) for key in known):
            raise BadSignature("hmacSignature: does not match the item")
        yield item


def sign(item: Json, key: str) -> bytes:
    """The signature of an item: HMAC-SHA256 over eight of its fields, in base64."""
    amount = item["amount"]
    fields = (
        *(item.get(name) or "" for name in SIGNED),
        amount["value"],
        amount["currency"],
        item["eventCode"],
        item["success"],
    )
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        raise BadSignature("hmac_key: not hexadecimal") from None
    text = ":".join(str(field) for field in fields)
    return b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def read(data: Json, settings: Settings) -> tuple[Notice, ...]:
    """What a webhook says about our effects; raises `BadSignature` where it may not be believed."""
    try:
        signed = list(items(data, settings))
        return tuple(notice for item in signed for notice in _notices(item, settings))
    except UNREADABLE as error:
        raise BadSignature(f"webhook of unexpected shape ({type(error).__name__})") from None


def _notices(item: Json, settings: Settings) -> Iterator[Notice]:
    """What is about another account or another system's payment is none of our business."""
    ours = mapping.REFERENCE.fullmatch(str(item["merchantReference"]))
    if ours is None or item["merchantAccountCode"] != settings.merchant_account:
        return
    if ours[2] == mapping.REFUND:
        told = refunds.outcome(item, done=_done(item))
        if told is not None:
            yield Notice(reference=ours[1], outcome=told)
        return
    hold = ours[2] is not None
    if _came_back(item):
        yield Notice(reference=ours[1], outcome=NotUndone(code="refund_failed"))
        return
    if item["eventCode"] == "TECHNICAL_CANCEL" and not _done(item):
        yield Notice(reference=ours[1], outcome=_not_cancelled(item, hold=hold))
        return
    outcome = _outcome(item, hold=hold)
    if outcome is not None:
        yield Notice(reference=ours[1], outcome=outcome)


def _outcome(item: Json, *, hold: bool) -> Outcome[object] | None:
    event, done = item["eventCode"], _done(item)
    wanted = PaymentAuthorised if hold else PaymentCharged
    if event == "AUTHORISATION":
        if done:
            return Passed(output=mapping.output(wanted, item["pspReference"], item["amount"]))
        return Declined(code=mapping.decline_of(str(item.get("reason", ""))))
    if event == "CAPTURE" and done:
        payment = item["originalReference"]
        return Passed(output=mapping.output(PaymentCaptured, payment, item["amount"]))
    if event in ("CAPTURE", "CAPTURE_FAILED") or (event in OVER and done):
        return Declined(code="declined")
    return None


def _not_cancelled(item: Json, *, hold: bool) -> NotUndone:
    """What we could not cancel by our reference; with Adyen's number it can be reversed by that."""
    payment = item.get("originalReference")
    if not payment:
        return NotUndone(code="cancel_failed")
    wanted = PaymentAuthorised if hold else PaymentCharged
    return NotUndone(code="cancel_failed", output=mapping.output(wanted, payment, item["amount"]))


def _came_back(item: Json) -> bool:
    """Whether a reversal that Adyen took in failed in the end."""
    failed = item["eventCode"] == "CANCEL_OR_REFUND" and not _done(item)
    return failed or (item["eventCode"] in refunds.CAME_BACK and _done(item))


def _done(item: Json) -> bool:
    return str(item["success"]).lower() == "true"
