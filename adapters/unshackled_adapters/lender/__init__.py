"""A lender that speaks our protocol: searches, agreements, settlements."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.lender.client import LenderCredit, callback
from unshackled_adapters.lender.settings import Settings

ADAPTER = Adapter(
    title="Lender (REST)",
    settings=Settings,
    owns=coded,
    connect=LenderCredit,
    ports={"credit": lambda client: client},
    doubt={
        "credit.apply": idempotent(),
        "credit.amend": idempotent(),
        "credit.activate": idempotent(),
        "credit.settle": idempotent(),
        "credit.end": idempotent(),
    },
    callback=callback,
    dry_runs=frozenset({"credit.apply"}),
)

__all__ = ["ADAPTER", "Settings"]
