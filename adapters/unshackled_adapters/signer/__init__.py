"""An electronic signature service's REST API: envelopes, a hosted signing page, callbacks."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.signer.client import SignerAgreement, callback
from unshackled_adapters.signer.settings import Settings

ADAPTER = Adapter(
    title="Electronic signature (REST)",
    settings=Settings,
    owns=coded,
    connect=SignerAgreement,
    ports={"agreement": lambda client: client},
    doubt={"agreement.sign": idempotent()},
    callback=callback,
)

__all__ = ["ADAPTER", "Settings"]
