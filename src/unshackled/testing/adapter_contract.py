"""The promises every adapter keeps, as a suite that runs against its stand-in.

    class TestAcme(AdapterContract):
        adapter = "acme"
        settings = {"key": "demo"}

Needs pytest with asyncio mode `auto`, and `jsonschema-rs` where the adapter has a vendor's schema.
"""

from __future__ import annotations

from unshackled.testing.contract.amounts import Amounts
from unshackled.testing.contract.base import CURRENCIES
from unshackled.testing.contract.callbacks import Callbacks
from unshackled.testing.contract.declared import Declared
from unshackled.testing.contract.doubt import Doubts
from unshackled.testing.contract.envelopes import Envelopes
from unshackled.testing.contract.failures import Failures
from unshackled.testing.contract.lags import Lags
from unshackled.testing.contract.misread import Misreads
from unshackled.testing.contract.outcomes import CODES, Outcomes
from unshackled.testing.contract.refunds import Refunds
from unshackled.testing.contract.refused_data import RefusedData
from unshackled.testing.contract.secrecy import Secrecy
from unshackled.testing.contract.texts import Texts


class AdapterContract(
    Declared,
    Outcomes,
    Amounts,
    Failures,
    Doubts,
    Lags,
    Refunds,
    RefusedData,
    Texts,
    Misreads,
    Envelopes,
    Callbacks,
    Secrecy,
):
    """Subclass it with the adapter's name and settings; override what its stand-in needs."""


__all__ = ["CODES", "CURRENCIES", "AdapterContract"]
