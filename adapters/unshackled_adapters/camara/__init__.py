"""CAMARA network APIs of mobile operators: SIM Swap and Know Your Customer Match."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks
from unshackled_adapters.camara.client import CamaraFraud
from unshackled_adapters.camara.mapping import owns
from unshackled_adapters.camara.settings import Settings

ADAPTER = Adapter(
    title="CAMARA SIM Swap and KYC Match",
    settings=Settings,
    owns=owns,
    connect=CamaraFraud,
    ports={"fraud": lambda client: client},
    api=Api(
        name="CAMARA sim-swap and kyc-match",
        version="sim-swap 2.1.0 (r3.3), kyc-match 0.4.0 (r1.2)",
        checked=date(2026, 11, 22),
        documents="https://github.com/camaraproject/SimSwap",
        licence="Apache-2.0",
    ),
    marks=Marks(headers=("x-correlator",), codes=("code",)),
)

__all__ = ["ADAPTER", "Settings"]
