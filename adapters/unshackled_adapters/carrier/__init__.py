"""A parcel carrier over REST: when a parcel can come."""

from __future__ import annotations

from unshackled.sdk import Adapter
from unshackled.sdk.envelope import coded
from unshackled_adapters.carrier.client import Carrier
from unshackled_adapters.carrier.settings import Settings

ADAPTER = Adapter(
    title="Parcel carrier (REST)",
    settings=Settings,
    owns=coded,
    connect=Carrier,
    ports={"delivery": lambda client: client},
)

__all__ = ["ADAPTER", "Settings"]
