"""A Direct Debit bureau's REST API: instructions are lodged with Bacs and cancelled."""

from __future__ import annotations

from unshackled.sdk import Adapter, lookup
from unshackled.sdk.envelope import coded
from unshackled_adapters.direct_debit.client import DirectDebitMandate
from unshackled_adapters.direct_debit.settings import Settings

ADAPTER = Adapter(
    title="Direct Debit bureau (REST)",
    settings=Settings,
    owns=coded,
    connect=DirectDebitMandate,
    ports={"mandate": lambda client: client},
    doubt={"mandate.set_up": lookup()},
)

__all__ = ["ADAPTER", "Settings"]
