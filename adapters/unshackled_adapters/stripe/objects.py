"""The stand-in's objects, in the shape of Stripe's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled_adapters.stripe.client import VERSION

Wire = dict[str, Any]


def intent(number: str, form: Mapping[str, Any], now: int) -> Wire:
    """A PaymentIntent that nothing came of yet."""
    return {
        "id": number,
        "object": "payment_intent",
        "amount": int(form["amount"]),
        "amount_capturable": 0,
        "amount_received": 0,
        "allowed_payment_method_types": ["card"],
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": form["capture_method"],
        "client_secret": f"{number}_secret_standin",
        "confirmation_method": "automatic",
        "created": now,
        "currency": form["currency"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": dict(form.get("metadata", {})),
        "next_action": None,
        "payment_method": form.get("payment_method", "pm_standin"),
        "payment_method_types": ["card"],
        "statement_descriptor_suffix": form.get("statement_descriptor_suffix"),
        "status": "requires_confirmation",
    }


def charge(number: str, intent: Wire, until: int | None, now: int) -> Wire:
    """A charge that the issuer agreed to; `until` is when a hold ends."""
    card = {"brand": "visa", "country": "GB", "exp_month": 12, "exp_year": 2034, "last4": "4242"}
    if until is not None:
        card["capture_before"] = until
    billing = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return {
        "id": number,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if until is None else 0,
        "amount_refunded": 0,
        "billing_details": billing,
        "captured": until is None,
        "created": now,
        "currency": intent["currency"],
        "disputed": False,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": {"type": "card", "card": card},
        "refunded": False,
        "status": "succeeded",
    }


def refund(number: str, intent: Wire, form: Mapping[str, Any], amount: int, now: int) -> Wire:
    """A refund of some of a payment, or of all of it."""
    return {
        "id": number,
        "object": "refund",
        "amount": amount,
        "charge": intent["latest_charge"],
        "created": now,
        "currency": intent["currency"],
        "metadata": dict(form.get("metadata", {})),
        "payment_intent": intent["id"],
        "reason": None,
        "status": "succeeded",
    }


def event(number: str, kind: str, about: Wire, now: int) -> Wire:
    """A webhook's body."""
    return {
        "id": number,
        "object": "event",
        "api_version": VERSION,
        "created": now,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
