"""Adyen Checkout: cards taken at once, or held and captured; 3-D Secure; signed webhooks."""

from __future__ import annotations

from datetime import date, timedelta

from unshackled.sdk import Adapter, Api, Marks, idempotent
from unshackled_adapters.adyen.client import AdyenPayment, callback
from unshackled_adapters.adyen.mapping import owns
from unshackled_adapters.adyen.settings import Settings

# Adyen has no look-up by our reference, and keeps a key for at least this long.
DOUBT = idempotent(key_lifetime=timedelta(days=7), lookup=False)

ADAPTER = Adapter(
    title="Adyen (Checkout API)",
    settings=Settings,
    owns=owns,
    connect=AdyenPayment,
    ports={"payment": lambda client: client},
    doubt={
        "payment.charge": DOUBT,
        "payment.authorise": DOUBT,
        "payment.capture": DOUBT,
        "payment.refund_amount": DOUBT,
    },
    without=frozenset({"payment.charge_amount", "payment.payout"}),
    callback=callback,
    acknowledgement=b"[accepted]",
    api=Api(
        name="Adyen Checkout API",
        version="72",
        checked=date(2026, 11, 22),
        documents="https://docs.adyen.com/api-explorer/Checkout/72/overview",
        licence="MIT",
    ),
    marks=Marks(
        headers=("pspReference",),
        request_ids=("pspReference",),
        codes=("errorCode", "refusalReasonCode"),
    ),
)

__all__ = ["ADAPTER", "Settings"]
