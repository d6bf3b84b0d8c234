"""Onfido: identity checks by Studio workflows, on Onfido's own pages."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, lookup
from unshackled_adapters.onfido.callback import receive
from unshackled_adapters.onfido.client import Onfido
from unshackled_adapters.onfido.mapping import owns
from unshackled_adapters.onfido.settings import Settings

ADAPTER = Adapter(
    title="Onfido",
    settings=Settings,
    owns=owns,
    connect=Onfido,
    ports={"identity": lambda client: client},
    doubt={"identity.verify": lookup()},
    receive=receive,
    api=Api(
        name="Onfido API",
        version="v3.6",
        checked=date(2026, 11, 22),
        documents="https://documentation.onfido.com/api/latest/",
        licence="MIT",
    ),
    hosts=("api.eu.onfido.com", "api.us.onfido.com", "api.ca.onfido.com"),
    marks=Marks(headers=("X-Request-Id",), codes=("error.type",)),
)

__all__ = ["ADAPTER", "Settings"]
