"""Klarna Payments: credit on Klarna's hosted payment page, captured when the order is placed."""

from __future__ import annotations

from datetime import date
from typing import Final

from unshackled.sdk import ANY_CURRENCY, Adapter, AmountRange, Api, Marks, idempotent, lookup
from unshackled_adapters.klarna_payments.client import KlarnaCredit, receive
from unshackled_adapters.klarna_payments.mapping import owns
from unshackled_adapters.klarna_payments.settings import Settings

# Klarna lends in the local currency only.
CURRENCIES: Final = {
    "AT": "EUR",
    "AU": "AUD",
    "BE": "EUR",
    "CA": "CAD",
    "CH": "CHF",
    "CZ": "CZK",
    "DE": "EUR",
    "DK": "DKK",
    "ES": "EUR",
    "FI": "EUR",
    "FR": "EUR",
    "GB": "GBP",
    "GR": "EUR",
    "HU": "HUF",
    "IE": "EUR",
    "IT": "EUR",
    "MX": "MXN",
    "NL": "EUR",
    "NO": "NOK",
    "NZ": "NZD",
    "PL": "PLN",
    "PT": "EUR",
    "RO": "RON",
    "SE": "SEK",
    "SK": "EUR",
    "US": "USD",
}

# Klarna's schema bounds each amount of an order line.
ORDERS: Final = {ANY_CURRENCY: AmountRange(most=200_000_000)}

ADAPTER = Adapter(
    title="Klarna Payments",
    settings=Settings,
    owns=owns,
    connect=KlarnaCredit,
    ports={"credit": lambda client: client},
    doubt={
        "credit.apply": lookup(),
        "credit.activate": idempotent(),
        "credit.end": idempotent(),
    },
    without=frozenset(
        {
            "credit.amend",
            "credit.standing",
            "credit.statement",
            "credit.repayment",
            "credit.settle",
            "credit.supply",
        }
    ),
    receive=receive,
    api=Api(
        name="Klarna Payments, Hosted Payment Page, Order Management",
        version="v1",
        checked=date(2026, 11, 22),
        documents="https://docs.klarna.com/api/",
    ),
    countries=frozenset(CURRENCIES),
    currencies=frozenset(CURRENCIES.values()),
    hosts=("api.klarna.com", "api-na.klarna.com", "api-oc.klarna.com"),
    amounts={"credit.quote": ORDERS, "credit.apply": ORDERS},
    marks=Marks(
        headers=("Klarna-Correlation-Id",),
        request_ids=("correlation_id",),
        codes=("error_code",),
    ),
)

__all__ = ["ADAPTER", "Settings"]
