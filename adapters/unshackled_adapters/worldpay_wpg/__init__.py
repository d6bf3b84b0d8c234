"""Worldpay's gateway WPG: XML orders, holds, captures, cancels, and inquiries as the way out."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, lookup, manual
from unshackled_adapters.worldpay_wpg.client import WorldpayPayment, receive
from unshackled_adapters.worldpay_wpg.mapping import owns
from unshackled_adapters.worldpay_wpg.settings import Settings

# Where Worldpay counts as many decimals as ISO 4217; its table could not be read for the others.
CURRENCIES = frozenset(
    {
        *("AED", "AUD", "BHD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP"),
        *("HKD", "INR", "JOD", "JPY", "KRW", "KWD", "MXN", "NOK", "NZD"),
        *("OMR", "PLN", "QAR", "SAR", "SEK", "SGD", "THB", "USD", "ZAR"),
    }
)

ADAPTER = Adapter(
    title="Worldpay WPG (XML)",
    settings=Settings,
    owns=owns,
    connect=WorldpayPayment,
    ports={"payment": lambda client: client},
    doubt={
        "payment.charge": lookup(),
        "payment.authorise": lookup(),
        "payment.capture": lookup(),
        # Neither a key nor a list of refunds: an inquiry has the last event of an order only.
        "payment.refund_amount": manual(),
    },
    without=frozenset({"payment.charge_amount", "payment.payout"}),
    receive=receive,
    acknowledgement=b"[OK]",
    api=Api(
        name="Worldpay WPG (paymentService)",
        version="1.4",
        checked=date(2026, 11, 22),
        documents="https://developer.worldpay.com/docs/wpg",
    ),
    currencies=CURRENCIES,
    hosts=("secure.worldpay.com",),
)

__all__ = ["ADAPTER", "Settings"]
