"""Mollie: payments on its hosted checkout, taken at once or held and captured."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, AmountRange, Api, Marks, idempotent

from .client import Client, Payment, receive
from .mapping import CURRENCIES, KEY_LIFETIME, owns
from .settings import Settings

# What an account may take by card unless Mollie raises it: docs.mollie.com/docs/cards.
CARDS = {"EUR": AmountRange(most=1_000_000)}

ADAPTER = Adapter(
    title="Mollie (Payments API)",
    settings=Settings,
    connect=Client,
    owns=owns,
    ports={
        "payment": Payment,
    },
    doubt={
        "payment.authorise": idempotent(key_lifetime=KEY_LIFETIME),
        "payment.capture": idempotent(key_lifetime=KEY_LIFETIME),
        "payment.charge": idempotent(key_lifetime=KEY_LIFETIME),
        "payment.refund_amount": idempotent(key_lifetime=KEY_LIFETIME),
    },
    without=frozenset({"payment.charge_amount", "payment.payout"}),
    receive=receive,
    api=Api(
        name="Mollie Payments API",
        version="v2",
        checked=date(2026, 11, 23),
        documents="https://docs.mollie.com/reference/payments-api",
    ),
    currencies=CURRENCIES,
    hosts=("api.mollie.com",),
    amounts={"payment.charge": CARDS, "payment.authorise": CARDS},
    marks=Marks(codes=("extra.failureReason", "details.failureReason", "field")),
)
