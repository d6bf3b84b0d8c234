"""PayPal's webhooks: PayPal itself is asked whether it sent one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from unshackled.sdk import BadSignature, Notice, NotUndone, Outcome, Pending, RawCallback
from unshackled.sdk.answers import UNREADABLE, moment, read
from unshackled.sdk.texts import word
from unshackled_adapters.paypal import mapping, payouts, refunds
from unshackled_adapters.paypal.client import PayPalPayment

Json = Mapping[str, Any]
REFERENCE: Final = re.compile(r"[A-Z2-7]{26}")
# What PayPal's check wants, and the header it is in.
SIGNED: Final = {
    "auth_algo": "PAYPAL-AUTH-ALGO",
    "cert_url": "PAYPAL-CERT-URL",
    "transmission_id": "PAYPAL-TRANSMISSION-ID",
    "transmission_sig": "PAYPAL-TRANSMISSION-SIG",
    "transmission_time": "PAYPAL-TRANSMISSION-TIME",
}
# PayPal sends a webhook again for three days.
OLDEST: Final = timedelta(days=4)
# The customer has approved: the look-up completes the order.
AT_ONCE: Final = timedelta(seconds=1)
CAPTURES: Final = "/v2/payments/captures"
NOT_GIVEN_BACK: Final = NotUndone(code="refund_failed")


async def receive(client: PayPalPayment, raw: RawCallback) -> Sequence[Notice]:
    """What a webhook says about our payments, once PayPal says that it sent it.

    Raises `BadSignature` where PayPal says no, and for another shape.
    """
    try:
        event = orjson.loads(raw.body)
        later, unnamed = _after_the_sale(event), _unnamed_refund(event)
        told = notices(event) if later is None else later
    except UNREADABLE as error:
        raise BadSignature(f"webhook of unexpected shape ({type(error).__name__})") from None
    await _verify(client, raw)
    if unnamed is not None:
        capture = await client.http.request("GET", f"{CAPTURES}/{unnamed}")
        return _told(read(capture, lambda data: data.get("custom_id")), NOT_GIVEN_BACK)
    return told


def notices(event: Json) -> tuple[Notice, ...]:
    """What an event says; none for events and payments that are not ours."""
    kind, resource = word(event["event_type"]), event["resource"]
    if kind == "CHECKOUT.ORDER.APPROVED":
        reference = resource["purchase_units"][0].get("custom_id")
        return _told(reference, Pending(poll_after=AT_ONCE, handle=word(resource["id"])))
    if kind.startswith("PAYMENT.AUTHORIZATION."):
        found = mapping.authorisation_outcome(resource, mapping.order_of(resource))
        return _told(resource.get("custom_id"), found)
    if kind.startswith("PAYMENT.REFUND."):
        failed = resource.get("status") in refunds.NOT_REFUNDED
        return _told(resource.get("custom_id"), NOT_GIVEN_BACK) if failed else ()
    if kind in ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED"):
        return ()
    if kind.startswith("PAYMENT.CAPTURE."):
        return _captured(resource)
    return ()


def _after_the_sale(event: Json) -> tuple[Notice, ...] | None:
    """What an event says of a refund of a sum or a payout; None where it is about neither."""
    refunded = refunds.notices(event)
    return payouts.notices(event) if refunded is None else refunded


def _unnamed_refund(event: Json) -> str | None:
    """The capture of a failed refund that does not have our reference."""
    resource = event["resource"]
    failed = word(event["event_type"]).startswith("PAYMENT.REFUND.")
    failed = failed and resource.get("status") in refunds.NOT_REFUNDED
    named = isinstance(resource.get("custom_id"), str)
    return mapping.capture_of(resource) if failed and not named else None


def _captured(capture: Json) -> tuple[Notice, ...]:
    """A capture of an order is a charge; one of a hold has its own reference as invoice number."""
    invoice, hold = capture.get("invoice_id"), mapping.hold_of(capture)
    if hold is not None:
        return _told(invoice, mapping.captured(capture, hold))
    if isinstance(invoice, str) and REFERENCE.fullmatch(invoice):
        # Of which hold it does not say: the look-up of the capture does.
        return _told(invoice, Pending(poll_after=AT_ONCE))
    return _told(capture.get("custom_id"), mapping.charged(capture, mapping.order_of(capture)))


def _told(reference: object, outcome: Outcome[Any] | NotUndone) -> tuple[Notice, ...]:
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        return ()
    return (Notice(reference=reference, outcome=outcome),)


async def _verify(client: PayPalPayment, raw: RawCallback) -> None:
    """Ask PayPal; the event goes there byte for byte as it came."""
    signed = {name: raw.header(header) for name, header in SIGNED.items()}
    _plausible(signed, raw)
    signed["webhook_id"] = client.settings.webhook_id
    body = orjson.dumps(signed)[:-1] + b',"webhook_event":' + raw.body + b"}"
    answer = await client.http.request(
        "POST",
        "/v1/notifications/verify-webhook-signature",
        content=body,
        headers={"Content-Type": "application/json"},
        expect=(400, 422),
    )
    if answer.status != 200:
        raise BadSignature("webhook: PayPal cannot read its signature")
    if read(answer, lambda data: data["verification_status"]) != "SUCCESS":
        raise BadSignature("webhook: PayPal did not send it")


def _plausible(signed: Mapping[str, str], raw: RawCallback) -> None:
    """Refuse what PayPal need not be asked about."""
    missing = [SIGNED[name] for name, value in signed.items() if not value]
    if missing:
        raise BadSignature(f"webhook without {', '.join(missing)}")
    place = urlsplit(signed["cert_url"])
    if place.scheme != "https" or not (place.hostname or "").endswith(".paypal.com"):
        raise BadSignature("webhook: its certificate is none of PayPal's")
    try:
        sent = moment(signed["transmission_time"])
    except ValueError:
        raise BadSignature("webhook: no time") from None
    if abs(raw.received_at - sent) > OLDEST:
        raise BadSignature(f"webhook: older or newer than {OLDEST}")
