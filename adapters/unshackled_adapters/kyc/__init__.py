"""An identity verification service's REST API: checks that pass, fail, or wait for a person."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.kyc.client import KycIdentity, callback
from unshackled_adapters.kyc.settings import Settings

ADAPTER = Adapter(
    title="Identity verification (REST)",
    settings=Settings,
    owns=coded,
    connect=KycIdentity,
    ports={"identity": lambda client: client},
    doubt={"identity.verify": idempotent()},
    callback=callback,
)

__all__ = ["ADAPTER", "Settings"]
