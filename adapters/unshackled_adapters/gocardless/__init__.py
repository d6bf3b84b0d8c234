"""GoCardless: Direct Debit mandates by billing requests, on GoCardless's own pages."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, idempotent
from unshackled_adapters.gocardless.callback import receive
from unshackled_adapters.gocardless.client import GoCardless
from unshackled_adapters.gocardless.mapping import owns
from unshackled_adapters.gocardless.settings import Settings

ADAPTER = Adapter(
    title="GoCardless",
    settings=Settings,
    owns=owns,
    connect=GoCardless,
    ports={"mandate": lambda client: client},
    doubt={"mandate.set_up": idempotent()},
    receive=receive,
    api=Api(
        name="GoCardless API",
        version="2015-07-06",
        checked=date(2026, 11, 22),
        documents="https://developer.gocardless.com/api-reference",
    ),
    countries=frozenset({"GB"}),
    currencies=frozenset({"GBP"}),
    hosts=("api.gocardless.com",),
    marks=Marks(
        headers=("X-Request-Id",),
        request_ids=("error.request_id",),
        codes=("error.errors.0.reason", "error.type"),
    ),
)

__all__ = ["ADAPTER", "Settings"]
