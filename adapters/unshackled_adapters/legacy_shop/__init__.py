"""ShopServer 4, a retailer's old shop system: stock, orders and catalogue over SOAP."""

from __future__ import annotations

from unshackled.sdk import Adapter, lookup
from unshackled_adapters.legacy_shop.client import (
    ShopServerCatalogue,
    ShopServerOrders,
    ShopServerStock,
)
from unshackled_adapters.legacy_shop.settings import Settings
from unshackled_adapters.legacy_shop.soap import ShopServer, owns

ADAPTER = Adapter(
    title="ShopServer 4 (SOAP)",
    settings=Settings,
    owns=owns,
    connect=ShopServer,
    ports={
        "catalogue": ShopServerCatalogue,
        "orders": ShopServerOrders,
        "stock": ShopServerStock,
    },
    doubt={
        "orders.accept_return": lookup(),
        "orders.place": lookup(),
        "stock.reserve": lookup(),
    },
)

__all__ = ["ADAPTER", "Settings"]
