"""A buyer of used devices over REST: valuation with an IMEI check, and the trade-in itself."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.recycler.client import Recycler
from unshackled_adapters.recycler.settings import Settings

ADAPTER = Adapter(
    title="Device recycler (REST)",
    settings=Settings,
    owns=coded,
    connect=Recycler,
    ports={"trade_in": lambda client: client},
    doubt={"trade_in.accept": idempotent()},
)

__all__ = ["ADAPTER", "Settings"]
