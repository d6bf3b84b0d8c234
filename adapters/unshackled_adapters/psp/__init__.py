"""A payment service provider's REST API: card charges with 3-D Secure, refunds, webhooks."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled_adapters.psp.client import PspPayment, callback
from unshackled_adapters.psp.mapping import AMOUNTS, owns
from unshackled_adapters.psp.settings import Settings, card_form

ADAPTER = Adapter(
    title="Payment service provider (REST)",
    settings=Settings,
    owns=owns,
    connect=PspPayment,
    ports={"payment": lambda client: client},
    doubt={
        "payment.charge": idempotent(),
        "payment.charge_amount": idempotent(),
        "payment.payout": idempotent(),
        "payment.refund_amount": idempotent(),
    },
    without=frozenset({"payment.authorise", "payment.capture"}),
    callback=callback,
    card_form=card_form,
    amounts={"payment.charge": AMOUNTS},
)

__all__ = ["ADAPTER", "Settings"]
