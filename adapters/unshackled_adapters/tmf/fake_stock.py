"""The stand-in's shelves: TMF687 reservations, which make reserved stock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.answers import moment
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_goods import stock
from unshackled.sdk.standin_rest import StandInRequest
from unshackled_adapters.tmf.fake_wire import ApiFault, page

PIECE: Final = "piece"


@dataclass(kw_only=True)
class StockHold:
    """One reservation; `stocks` has the SKUs still reserved by the id of their reserved stock.

    `got` has the ids of all that it ever reserved.
    """

    number: str
    reference: str
    body: dict[str, Any]
    until: datetime
    ready: datetime
    stocks: dict[str, str]
    got: frozenset[str]
    state: str = "held"

    def document(self, now: datetime) -> dict[str, Any]:
        """The task: under way, done with what it reserved, or ended without."""
        if now < self.ready:
            return {**self.body, "id": self.number, "reserveProductStockState": "inProgress"}
        state = "done" if self.got else "terminatedWithError"
        items = []
        for index, item in enumerate(self.body["reserveProductStockItem"], 1):
            number = f"{self.number}-{index}"
            reserved = {
                "reserveProductStockState": "done",
                "productStockReserved": {"id": number},
                "quantityReserved": {"amount": 1, "units": PIECE},
            }
            ended = {"reserveProductStockState": "terminatedWithError"}
            items.append({**item, **(reserved if number in self.got else ended)})
        return {
            **self.body,
            "id": self.number,
            "reserveProductStockState": state,
            "reserveProductStockItem": items,
        }


@dataclass(kw_only=True)
class Shelves:
    """Units by SKU, and what is held of them. There is no idempotency: twice is two."""

    stand_in: StandIn
    ready_after: timedelta
    partial: bool = False
    units: dict[str, int] = field(default_factory=stock)
    holds: list[StockHold] = field(default_factory=list)

    def reserve(self, request: StandInRequest) -> Response:
        """Hold all of it, or end the task."""
        self.expire()
        now = self.stand_in.now()
        items = request.data["reserveProductStockItem"]
        skus = [_sku(item["requestedProduct"]) for item in items]
        late = request.mode == "refer"
        number = f"RS-{len(self.holds) + 1:06d}"
        wanted = {f"{number}-{index}": sku for index, sku in enumerate(skus, 1)}
        got = {} if request.mode == "decline" else self._take(wanted)
        made = StockHold(
            number=number,
            reference=request.data["relatedEntity"][0]["id"],
            body=dict(request.data),
            until=moment(request.data["validFor"]["endDateTime"]),
            ready=now + self.ready_after if late else now,
            stocks=got,
            got=frozenset(got),
            state="held" if got else "short",
        )
        self.holds.append(made)
        if len(got) == len(wanted):
            self.stand_in.record("stock.reserve", made.reference, reservation=number, skus=skus)
        return answer(made.document(now), 201)

    def check(self, request: StandInRequest) -> Response:
        """Whether it could be held."""
        self.expire()
        items = []
        for item in request.data["checkProductStockItem"]:
            sku = _sku(item["checkedProductStock"]["stockedProduct"])
            there = request.mode != "decline" and self.enough([sku])
            result = "available" if there else "notAvailable"
            items.append({**item, "availabilityResult": result, "state": "done"})
        body = {**request.data, "id": "CS-1", "state": "done", "checkProductStockItem": items}
        return answer(body, 200)

    def find(self, request: StandInRequest) -> Response:
        """The tasks of a related entity."""
        self.expire()
        wanted, now = request.params.get("relatedEntity.id"), self.stand_in.now()
        found = [one for one in self.holds if wanted in (None, one.reference)]
        return page([one.document(now) for one in found], request)

    def stock(self, request: StandInRequest) -> Response:
        """A reserved stock; there is none once it was given back."""
        self.expire()
        held, number = self._of(request)
        sold = held.state == "ordered"
        return answer(
            {
                "id": number,
                "productStockLevel": {"amount": 1, "units": PIECE},
                "productStockStatusType": "unavailable" if sold else "reserved",
                "stockedProduct": {"productOffering": {"id": held.stocks[number]}},
            }
        )

    def release(self, request: StandInRequest) -> Response:
        """Delete a reserved stock: what it held is back on the shelf."""
        self.expire()
        held, number = self._of(request)
        if held.state == "ordered":
            raise ApiFault(409, "stockOrdered", "The stock belongs to an order")
        self.units[held.stocks.pop(number)] += 1
        if not held.stocks:
            held.state = "released"
            self.stand_in.record("stock.release", held.reference, number=held.number)
        return Response(status_code=204)

    def reservation(self, number: str | None) -> StockHold | None:
        """The reservation that an order names."""
        self.expire()
        if number is None:
            return None
        for held in self.holds:
            if held.number == number and held.state == "held":
                return held
        raise ApiFault(409, "reservationNotHeld", "The stock is not reserved any more")

    def enough(self, skus: list[str]) -> bool:
        """Whether all of it is on the shelf."""
        return all(self.units.get(sku, 0) >= skus.count(sku) for sku in skus) and bool(skus)

    def expire(self) -> None:
        """Give back what was held for long enough."""
        now = self.stand_in.now()
        for held in self.holds:
            if held.state == "held" and held.until <= now:
                self.give_back(held.stocks.values())
                held.stocks.clear()
                held.state = "expired"
                self.stand_in.record("stock.expire", held.reference, number=held.number)

    def give_back(self, skus: Any) -> None:
        """Put goods back on the shelf."""
        for sku in skus:
            self.units[sku] += 1

    def _take(self, wanted: dict[str, str]) -> dict[str, str]:
        """Take all of it off the shelf or none, or in a `partial` shop what there is."""
        if not self.partial and not self.enough(list(wanted.values())):
            return {}
        got = {}
        for number, sku in wanted.items():
            if self.enough([sku]):
                self.units[sku] -= 1
                got[number] = sku
        return got

    def _of(self, request: StandInRequest) -> tuple[StockHold, str]:
        number = request.params["id"]
        for held in self.holds:
            if number in held.stocks:
                return held, number
        raise ApiFault(404, "60", "Resource not found")


def _sku(product: dict[str, Any]) -> str:
    return str(product["productOffering"]["id"])
