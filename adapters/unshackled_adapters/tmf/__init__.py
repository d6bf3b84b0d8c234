"""A BSS with TM Forum Open APIs: catalogue, stock, product orders and service orders."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, lookup
from unshackled_adapters.tmf.client import Tmf
from unshackled_adapters.tmf.events import receive
from unshackled_adapters.tmf.lines import TmfSim
from unshackled_adapters.tmf.settings import Settings
from unshackled_adapters.tmf.shop import TmfCatalogue, TmfOrders, TmfStock
from unshackled_adapters.tmf.values import owns

ADAPTER = Adapter(
    title="TM Forum BSS (TMF620, 622, 641, 687)",
    settings=Settings,
    owns=owns,
    connect=Tmf,
    ports={"catalogue": TmfCatalogue, "orders": TmfOrders, "sim": TmfSim, "stock": TmfStock},
    doubt={
        "orders.place": lookup(),
        "sim.activate": lookup(),
        "sim.stop": lookup(),
        "stock.reserve": lookup(),
    },
    # TMF687 tells whether one of each could be held, and of no level: a hold says it, not a list.
    without=frozenset({"orders.accept_return", "orders.dispatch", "stock.availability"}),
    receive=receive,
    dry_runs=frozenset({"orders.place", "stock.reserve"}),
    api=Api(
        name="TM Forum Open APIs",
        version="TMF620 4.1.0, TMF622 4.0.0, TMF641 4.1.0, TMF679 4.0.0, TMF687 4.0.0",
        checked=date(2026, 11, 22),
        documents="https://github.com/tmforum-apis",
        licence="Apache-2.0",
    ),
    marks=Marks(codes=("code",)),
)

__all__ = ["ADAPTER", "Settings"]
