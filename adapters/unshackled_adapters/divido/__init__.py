"""A platform of many lenders with Divido's Merchant API: one page to apply, pay and sign."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, lookup
from unshackled_adapters.divido.client import DividoCredit
from unshackled_adapters.divido.mapping import owns
from unshackled_adapters.divido.notices import receive
from unshackled_adapters.divido.settings import Settings

ADAPTER = Adapter(
    title="Divido (many lenders)",
    settings=Settings,
    owns=owns,
    connect=DividoCredit,
    ports={"credit": lambda client: client},
    doubt={"credit.apply": lookup(), "credit.activate": lookup(), "credit.end": lookup()},
    without=frozenset(
        {
            "credit.amend",
            "credit.standing",
            "credit.statement",
            "credit.repayment",
            "credit.settle",
            "credit.supply",
        }
    ),
    receive=receive,
    api=Api(
        name="Divido Merchant API",
        version="as in merchant SDK 4.1.1",
        checked=date(2026, 11, 22),
        documents="https://github.com/dividohq/merchant-api-pub-sdk-php",
    ),
    hosts=("merchant.api.divido.com",),
    marks=Marks(codes=("code",)),
)

__all__ = ["ADAPTER", "Settings"]
