"""One Protocol per capability, with its requests, outputs and what each operation declares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from unshackled.ports.address import AddressPort
from unshackled.ports.agreement import AgreementPort
from unshackled.ports.catalogue import CataloguePort
from unshackled.ports.credit import CreditPort
from unshackled.ports.delivery import DeliveryPort
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
    "address": AddressPort,
    "agreement": AgreementPort,
    "catalogue": CataloguePort,
    "credit": CreditPort,
    "delivery": DeliveryPort,
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
