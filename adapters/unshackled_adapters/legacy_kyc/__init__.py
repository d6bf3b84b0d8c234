"""TrueMatch, an old identity bureau: XML over POST, slow, referrals decided by hand."""

from __future__ import annotations

from unshackled.sdk import Adapter, lookup
from unshackled_adapters.legacy_kyc.client import TrueMatch
from unshackled_adapters.legacy_kyc.mapping import owns
from unshackled_adapters.legacy_kyc.settings import Settings

ADAPTER = Adapter(
    title="TrueMatch identity bureau (XML)",
    settings=Settings,
    owns=owns,
    connect=TrueMatch,
    ports={"identity": lambda client: client},
    doubt={"identity.verify": lookup()},
)

__all__ = ["ADAPTER", "Settings"]
