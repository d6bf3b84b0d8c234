"""Stripe PaymentIntents: cards taken at once, or held and captured; 3-D Secure; webhooks."""

from __future__ import annotations

from datetime import date, timedelta

from unshackled.sdk import Adapter, Api, Marks, idempotent
from unshackled_adapters.stripe.client import VERSION, StripePayment, callback
from unshackled_adapters.stripe.errors import owns
from unshackled_adapters.stripe.limits import RANGES
from unshackled_adapters.stripe.settings import Settings

# Keys may be removed once they are a day old.
DOUBT = idempotent(key_lifetime=timedelta(hours=24))

ADAPTER = Adapter(
    title="Stripe (PaymentIntents)",
    settings=Settings,
    owns=owns,
    connect=StripePayment,
    ports={"payment": lambda client: client},
    doubt={
        "payment.charge": DOUBT,
        "payment.authorise": DOUBT,
        "payment.capture": DOUBT,
        "payment.refund_amount": DOUBT,
    },
    without=frozenset({"payment.charge_amount", "payment.payout"}),
    callback=callback,
    api=Api(
        name="Stripe API",
        version=VERSION,
        checked=date(2026, 11, 22),
        documents="https://docs.stripe.com/api/payment_intents",
        licence="MIT",
    ),
    hosts=("api.stripe.com",),
    amounts={"payment.charge": RANGES, "payment.authorise": RANGES},
    marks=Marks(
        headers=("Request-Id",),
        codes=("error.decline_code", "error.code", "error.type"),
    ),
)

__all__ = ["ADAPTER", "Settings"]
