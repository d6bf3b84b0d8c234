"""A postal address file over REST: does an address exist."""

from __future__ import annotations

from unshackled.sdk import Adapter
from unshackled.sdk.envelope import coded
from unshackled_adapters.address_file.client import AddressFile
from unshackled_adapters.address_file.settings import Settings

ADAPTER = Adapter(
    title="Address file (REST)",
    settings=Settings,
    owns=coded,
    connect=AddressFile,
    ports={"address": lambda client: client},
)

__all__ = ["ADAPTER", "Settings"]
