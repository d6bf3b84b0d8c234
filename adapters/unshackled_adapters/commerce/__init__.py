"""A modern commerce platform: stock, orders and catalogue over REST."""

from __future__ import annotations

from unshackled.sdk import Adapter, idempotent
from unshackled.sdk.envelope import coded
from unshackled_adapters.commerce.client import (
    Commerce,
    CommerceCatalogue,
    CommerceOrders,
    CommerceStock,
    callback,
)
from unshackled_adapters.commerce.settings import Settings

ADAPTER = Adapter(
    title="Commerce platform (REST)",
    settings=Settings,
    owns=coded,
    connect=Commerce,
    ports={"catalogue": CommerceCatalogue, "orders": CommerceOrders, "stock": CommerceStock},
    doubt={
        "orders.accept_return": idempotent(),
        "orders.place": idempotent(),
        "stock.reserve": idempotent(),
    },
    callback=callback,
)

__all__ = ["ADAPTER", "Settings"]
