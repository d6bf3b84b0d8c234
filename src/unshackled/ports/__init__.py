"""One Protocol per capability, with its requests, outputs and what each operation declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from unshackled.ports.address import Address
from unshackled.ports.agreement import Agreement
from unshackled.ports.catalogue import Catalogue
from unshackled.ports.credit import Credit
from unshackled.ports.delivery import Delivery
from unshackled.ports.fraud import Fraud
from unshackled.ports.identity import Identity
from unshackled.ports.mandate import Mandate
from unshackled.ports.notification import Notification
from unshackled.ports.operation import Operation, operations
from unshackled.ports.orders import Orders
from unshackled.ports.payment import Payment
from unshackled.ports.sim import Sim
from unshackled.ports.stock import Stock
from unshackled.ports.trade_in import TradeIn

CAPABILITIES: Mapping[str, type] = {
    "address": Address,
    "agreement": Agreement,
    "catalogue": Catalogue,
    "credit": Credit,
    "delivery": Delivery,
    "fraud": Fraud,
    "identity": Identity,
    "mandate": Mandate,
    "notification": Notification,
    "orders": Orders,
    "payment": Payment,
    "sim": Sim,
    "stock": Stock,
    "trade_in": TradeIn,
}


@cache
def all_operations() -> Mapping[str, Operation]:
    """Every operation of every capability by its key, e.g. `stock.reserve`."""
    return {
        operation.key: operation
        for capability, protocol in CAPABILITIES.items()
        for operation in operations(capability, protocol).values()
    }


__all__ = ["CAPABILITIES", "Operation", "all_operations", "operations"]
