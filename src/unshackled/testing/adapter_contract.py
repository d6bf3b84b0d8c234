"""The promises every adapter keeps, as a suite that runs against its stand-in.

    class TestAcme(AdapterContract):
        adapter = "acme"
        settings = {"key": "demo"}

Needs pytest with asyncio mode `auto`, and `jsonschema-rs` where the adapter has a vendor's schema.
"""

from __future__ import annotations

from unshackled.testing.contract.after_sale import AfterSale
from unshackled.testing.contract.answered_amounts import Amounts
from unshackled.testing.contract.base import CURRENCIES
from unshackled.testing.contract.callback_promises import Callbacks
from unshackled.testing.contract.declared import DeclaredPromises
from unshackled.testing.contract.doubt_promises import Doubts
from unshackled.testing.contract.envelopes import Envelopes
from unshackled.testing.contract.failure_promises import Failures
from unshackled.testing.contract.lags import Lags
from unshackled.testing.contract.misread import Misreads
from unshackled.testing.contract.outcome_promises import CODES, Outcomes
from unshackled.testing.contract.refund_sequences import RefundSequences
from unshackled.testing.contract.refunds import Refunds
from unshackled.testing.contract.refused_data import RefusedData
from unshackled.testing.contract.secrecy import Secrecy
from unshackled.testing.contract.stock_promises import Stocked
from unshackled.testing.contract.text_promises import Texts
from unshackled.testing.contract.waiting_promises import Waits


class AdapterContract(
    DeclaredPromises,
    Outcomes,
    Amounts,
    Failures,
    Doubts,
    Lags,
    Refunds,
    RefundSequences,
    AfterSale,
    RefusedData,
    Stocked,
    Texts,
    Misreads,
    Envelopes,
    Callbacks,
    Secrecy,
    Waits,
):
    """Subclass it with the adapter's name and settings; override what its stand-in needs."""


__all__ = ["CODES", "CURRENCIES", "AdapterContract"]
