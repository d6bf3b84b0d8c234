"""LineDesk 5, a telco's old BSS: SIM provisioning over SOAP with WS-Security user names."""

from __future__ import annotations

from unshackled.sdk import Adapter, lookup
from unshackled_adapters.legacy_bss.client import LegacyBssClient
from unshackled_adapters.legacy_bss.mapping import owns
from unshackled_adapters.legacy_bss.settings import Settings

ADAPTER = Adapter(
    title="LineDesk 5 (SOAP)",
    settings=Settings,
    owns=owns,
    connect=LegacyBssClient,
    ports={"sim": lambda client: client},
    doubt={"sim.activate": lookup(), "sim.stop": lookup()},
    countries=frozenset({"GB"}),
)

__all__ = ["ADAPTER", "Settings"]
