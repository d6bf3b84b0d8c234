"""PayPal Orders v2: the customer approves at PayPal; taken at once, or held and captured."""

from __future__ import annotations

from datetime import date, timedelta

from unshackled.sdk import Adapter, Api, Marks, idempotent
from unshackled_adapters.paypal.amounts import CURRENCIES
from unshackled_adapters.paypal.client import PayPalPayment
from unshackled_adapters.paypal.errors import owns
from unshackled_adapters.paypal.settings import Settings
from unshackled_adapters.paypal.webhooks import receive

# Orders keep a key for six hours, and cannot be asked for by our reference.
ORDER = idempotent(key_lifetime=timedelta(hours=6), lookup=False)
# Captures and refunds keep theirs for 45 days, and are found by their order.
PAYMENT = idempotent(key_lifetime=timedelta(days=45))
# A payout's number of ours is refused for 30 days, with a link to the first.
PAYOUT = idempotent(key_lifetime=timedelta(days=30), lookup=False)

ADAPTER = Adapter(
    title="PayPal (Orders v2)",
    settings=Settings,
    owns=owns,
    connect=PayPalPayment,
    ports={"payment": lambda client: client},
    doubt={
        "payment.charge": ORDER,
        "payment.authorise": ORDER,
        "payment.capture": PAYMENT,
        "payment.refund_amount": PAYMENT,
        "payment.payout": PAYOUT,
    },
    without=frozenset({"payment.charge_amount"}),
    receive=receive,
    api=Api(
        name="PayPal Orders API",
        version="2.13",
        checked=date(2026, 11, 22),
        documents="https://developer.paypal.com/docs/api/orders/v2/",
        licence="Apache-2.0",
    ),
    currencies=CURRENCIES,
    hosts=("api-m.paypal.com",),
    marks=Marks(
        headers=("Paypal-Debug-Id",),
        request_ids=("debug_id",),
        codes=("details.0.issue", "name", "error"),
    ),
)

__all__ = ["ADAPTER", "Settings"]
