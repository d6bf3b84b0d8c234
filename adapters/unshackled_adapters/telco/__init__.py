"""A telco's REST API (TM Forum): offerings to sell and lines to activate."""

from __future__ import annotations

from unshackled.sdk import Adapter, lookup
from unshackled.sdk.envelope import coded
from unshackled_adapters.telco.client import Telco, TelcoCatalogue, TelcoPorting, TelcoSim
from unshackled_adapters.telco.settings import Settings

ADAPTER = Adapter(
    title="Telco (TM Forum REST)",
    settings=Settings,
    owns=coded,
    connect=Telco,
    ports={"catalogue": TelcoCatalogue, "porting": TelcoPorting, "sim": TelcoSim},
    doubt={"sim.activate": lookup(), "sim.stop": lookup()},
)

__all__ = ["ADAPTER", "Settings"]
