"""Between our reservations and TMF687's tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.answers import moment
from unshackled.sdk.ports import ReserveStock, StockReserved
from unshackled.sdk.texts import word
from unshackled_adapters.tmf.values import ident

Json = Mapping[str, Any]

DONE: Final = "done"
UNDER_WAY: Final = frozenset({"accepted", "inProgress"})
ENDED: Final = "terminatedWithError"
# TMF687 gives no reason why a task ended: nothing but stock is asked of it.
DEFAULT_DECLINE: Final = "out_of_stock"
AVAILABLE: Final = "available"
# How a reservation is tied to us: TMF687 has no `externalId`.
ROLE: Final = "checkout"


def reservation(request: ReserveStock, call: Call, now: datetime) -> dict[str, Any]:
    """What to hold and until when, with our reference as its related entity."""
    return {
        "relatedEntity": [{"id": call.reference, "role": ROLE, "@referredType": "ShoppingCart"}],
        "validFor": {
            "startDateTime": now.isoformat(),
            "endDateTime": (now + request.hold).isoformat(),
        },
        "reserveProductStockItem": [
            {
                "id": str(number),
                "quantityRequested": {"amount": 1, "units": "piece"},
                "requestedProduct": {"productOffering": {"id": sku}},
            }
            for number, sku in enumerate(_skus(request), 1)
        ],
    }


def check(request: ReserveStock) -> dict[str, Any]:
    """The question whether it could be held."""
    one = {"amount": 1, "units": "piece"}
    return {
        "instantSyncCheck": True,
        "checkProductStockItem": [
            {
                "id": str(number),
                "requestedQuantity": one,
                "checkedProductStock": {
                    "productStockLevel": one,
                    "stockedProduct": {"productOffering": {"id": sku}},
                },
            }
            for number, sku in enumerate(_skus(request), 1)
        ],
    }


def checked(data: Json) -> Outcome[StockReserved]:
    """What a reservation would have been answered."""
    if data["state"] != DONE:
        raise ValueError("state")
    results = [item["availabilityResult"] for item in data["checkProductStockItem"]]
    if any(result != AVAILABLE for result in results):
        return Declined(code=DEFAULT_DECLINE)
    return Passed(output=StockReserved(reservation="not held"))


def reserved(task: Json, poll_after: timedelta) -> Outcome[StockReserved]:
    """The reservation, which counts until the end of its validity; all of it or none."""
    state = task["reserveProductStockState"]
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=word(task["id"]))
    if state == ENDED or (state == DONE and _short(task)):
        return Declined(code=DEFAULT_DECLINE)
    if state != DONE:
        raise ValueError("reserveProductStockState")
    stock_ids(task)  # What could not be given back is not reserved.
    ends = task.get("validFor", {}).get("endDateTime")
    output = StockReserved(reservation=word(task["id"]))
    return Passed(output=output, valid_until=moment(ends) if ends else None)


def stock_ids(task: Json) -> list[str]:
    """The ids of the stock that a reservation holds."""
    items = task["reserveProductStockItem"]
    stocks = [item["productStockReserved"] for item in items if "productStockReserved" in item]
    return [ident(stock) for stock in stocks]


def is_under_way(task: Json) -> bool:
    """Whether a reservation may still come to hold something."""
    return task.get("reserveProductStockState") in UNDER_WAY


def ranked(tasks: Sequence[Json]) -> list[Json]:
    """Several under one reference: what is done first, then what is under way, then the rest."""

    def place(task: Json) -> int:
        done = task.get("reserveProductStockState") == DONE
        return 0 if done else 1 if is_under_way(task) else 2

    return sorted(tasks, key=place)


def ours(tasks: Sequence[Json], reference: str) -> list[Json]:
    """Those with our reference: a backend that cannot filter by it lists others too."""
    return [
        task
        for task in tasks
        if any(entity["id"] == reference for entity in task.get("relatedEntity", ()))
    ]


def _short(task: Json) -> bool:
    return any(
        item.get("reserveProductStockState", DONE) != DONE or "productStockReserved" not in item
        for item in task["reserveProductStockItem"]
    )


def _skus(request: ReserveStock) -> list[str]:
    lines = request.accessories.lines if request.accessories else ()
    return [line.sku for line in (request.handset, *lines) if line]
