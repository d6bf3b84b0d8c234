"""The stand-in's orders: TMF622 product orders and TMF641 service orders, with their events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import StandInRequest
from unshackled_adapters.tmf.fake_stock import Shelves, StockHold
from unshackled_adapters.tmf.fake_wire import ApiFault, page
from unshackled_adapters.tmf.values import minor_units

PAC: Final = re.compile(r"[A-Z]{3}[0-9]{6}")
SMDP: Final = "smdp.telco.example"
KINDS: Final = {"productOrder": "ProductOrder", "serviceOrder": "ServiceOrder"}


@dataclass(kw_only=True)
class Order:
    """One order; it moves on from `first` to `then` when it is ready, never if that is None."""

    number: str
    body: dict[str, Any]
    first: str
    then: str
    ready: datetime | None
    hold: StockHold | None = None
    taken: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def state(self, now: datetime) -> str:
        """Where it is by now."""
        return self.then if self.ready is not None and now >= self.ready else self.first

    def document(self, now: datetime) -> dict[str, Any]:
        """What the backend tells about it."""
        state = self.state(now)
        extra = self.extra if state == "completed" else {}
        return {**self.body, **extra, "id": self.number, "state": state}


@dataclass(kw_only=True)
class Orders:
    """Both kinds of orders, and who listens. The same `externalId` twice is two orders.

    `lines` says of each service whether it is open.
    """

    stand_in: StandIn
    shelves: Shelves
    ready_after: timedelta | None
    product: list[Order] = field(default_factory=list)
    service: list[Order] = field(default_factory=list)
    hubs: dict[str, str] = field(default_factory=dict)
    lines: dict[str, bool] = field(default_factory=dict)

    def subscribe(self, request: StandInRequest) -> Response:
        """Register a listener; the same one twice is a conflict."""
        callback, query = request.data["callback"], request.data.get("query", "")
        key = f"{query} {callback}"
        if key in self.hubs:
            raise ApiFault(409, "listenerExists", "The listener is registered already")
        self.hubs[key] = callback
        told = {"id": str(len(self.hubs)), "callback": callback, "query": query}
        return answer(told, 201)

    def place(self, request: StandInRequest) -> Response:
        """Take an order: held goods are consumed, others are taken from the shelf."""
        data = request.data
        held = self.shelves.reservation(_told(data["productOrderItem"][0]).get("stockReservation"))
        skus = [str(item["productOffering"]["id"]) for item in data["productOrderItem"]]
        goods = tuple(sku for sku in skus if sku in self.shelves.units)
        if held is None and goods:
            if not self.shelves.enough(list(goods)):
                raise ApiFault(409, "outOfStock", "Not all of it is there")
            for sku in goods:
                self.shelves.units[sku] -= 1
        later = request.mode == "refer"
        order = Order(
            number=f"PO-{len(self.product) + 1:06d}",
            body=dict(data),
            first="acknowledged" if later else "inProgress",
            then="inProgress",
            ready=self._ready(later=later),
            hold=held,
            taken=() if held else goods,
        )
        total = data["orderTotalPrice"][0]["price"]["taxIncludedAmount"]
        self.product.append(order)
        self.stand_in.record(
            "orders.place",
            data["externalId"],
            order=order.number,
            amount=minor_units(total, total["unit"]),
            currency=total["unit"],
        )
        if held is not None:
            held.state = "ordered"
            self.stand_in.record("stock.consume", held.reference, order=order.number)
        self.tell("productOrder", order)
        return answer(order.document(self.stand_in.now()), 201)

    def serve(self, request: StandInRequest) -> Response:
        """Take an order for a line, or for the end of one."""
        action = request.data["serviceOrderItem"][0]["action"]
        return (self.stop if action == "delete" else self.activate)(request)

    def stop(self, request: StandInRequest) -> Response:
        """Close a line; an order for one that is closed already completes and does nothing."""
        data, now = request.data, self.stand_in.now()
        item = data["serviceOrderItem"][0]
        line = str(item["service"]["id"])
        if line not in self.lines:
            raise ApiFault(400, "serviceUnknown", "No such service")
        ended = {**item, "service": {"id": line, "endDate": now.isoformat()}, "state": "completed"}
        later = request.mode == "refer"
        order = Order(
            number=f"SO-{len(self.service) + 1:06d}",
            body=dict(data),
            first="inProgress" if later else "completed",
            then="completed",
            ready=self._ready(later=later),
            extra={"serviceOrderItem": [ended]},
        )
        self.service.append(order)
        if self.lines[line]:
            self.lines[line] = False
            self.stand_in.record("sim.stop", data["externalId"], subscription=line)
        self.tell("serviceOrder", order)
        return answer(order.document(now), 201)

    def activate(self, request: StandInRequest) -> Response:
        """Take an order for a line."""
        data = request.data
        item = data["serviceOrderItem"][0]
        service = item["service"]
        if not service["serviceSpecification"]["id"] or not data["relatedParty"]:
            raise ApiFault(400, "23", "Missing body field")
        number = len(self.service) + 1
        asked = {one["name"]: one["value"] for one in _characteristics(service)}
        line = {"msisdn": self._msisdn(asked), "iccid": profile_number(number)}
        if asked.get("simType") != "physicalSIM":
            line["activationCode"] = f"LPA:1${SMDP}$UNSHACKLED-{number:06d}"
        told = [*_characteristics(service), *({"name": k, "value": v} for k, v in line.items())]
        done = {**service, "id": f"SUB-{number:06d}", "serviceCharacteristic": told}
        later = request.mode == "refer"
        order = Order(
            number=f"SO-{number:06d}",
            body=dict(data),
            first="inProgress" if later else "completed",
            then="completed",
            ready=self._ready(later=later),
            extra={"serviceOrderItem": [{**item, "service": done, "state": "completed"}]},
        )
        self.service.append(order)
        self.lines[done["id"]] = True
        self.stand_in.record("sim.activate", data["externalId"], subscription=done["id"])
        self.tell("serviceOrder", order)
        return answer(order.document(self.stand_in.now()), 201)

    def find(self, orders: list[Order], request: StandInRequest) -> Response:
        """The orders with an external id: none, one, or as many as were sent."""
        wanted, now = request.params.get("externalId"), self.stand_in.now()
        found = [one for one in orders if wanted in (None, one.body.get("externalId"))]
        return page([one.document(now) for one in found], request)

    def get(self, orders: list[Order], request: StandInRequest) -> Response:
        """One order."""
        return answer(_of(orders, request.params["id"]).document(self.stand_in.now()))

    def cancel(self, request: StandInRequest) -> Response:
        """Cancel a product order, once, unless it is complete; its goods are on the shelf again."""
        order = _of(self.product, request.data["productOrder"]["id"])
        state = order.state(self.stand_in.now())
        task = {**request.data, "id": f"CPO-{order.number}", "state": "done"}
        if state in ("completed", "cancelled"):
            return answer({**task, "state": "terminatedWithError"}, 201)
        order.first = order.then = "cancelled"
        self._give_back(order)
        self.stand_in.record("orders.cancel", order.body["externalId"], order=order.number)
        self.tell("productOrder", order)
        return answer(task, 201)

    def _give_back(self, order: Order) -> None:
        self.shelves.give_back(order.taken)
        if order.hold is not None:
            self.shelves.give_back(order.hold.stocks.values())
            order.hold.stocks.clear()

    def _msisdn(self, characteristics: Mapping[str, str]) -> str:
        """A number of the range kept for drama, or the one that is ported in."""
        code = characteristics.get("portingCode")
        if code is None and characteristics.get("portingConsent") != "true":
            return f"+447700900{len(self.service) % 1000:03d}"
        if code is not None and not PAC.fullmatch(code):
            raise ApiFault(400, "portingCodeInvalid", "No such porting code")
        number = characteristics["currentNumber"]
        return number if number.startswith("+") else f"+44{number[1:]}"

    def _ready(self, *, later: bool) -> datetime | None:
        now = self.stand_in.now()
        if not later:
            return now
        return None if self.ready_after is None else now + self.ready_after

    def tell(self, kind: str, order: Order) -> None:
        """Tell the listeners where an order is now; events are not signed."""
        now, name = self.stand_in.now(), f"{KINDS[kind]}StateChangeEvent"
        told = order.document(now)
        shown = {key: told[key] for key in (*_ITEMS[kind], "id", "externalId", "state")}
        event = {
            "eventId": f"EV-{order.number}-{told['state']}",
            "eventTime": now.isoformat(),
            "eventType": name,
            "event": {kind: shown},
        }
        for key, callback in self.hubs.items():
            if name in key:
                headers = {"Content-Type": "application/json"}
                self.stand_in.later(self.stand_in.deliver(callback, orjson.dumps(event), headers))


def profile_number(number: int) -> str:
    """An ICCID of 19 digits: 8944, the backend's own, and a check digit (Luhn)."""
    body = f"894433{number:012d}"
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(body))]
    return f"{body}{-sum(one - 9 if one > 9 else one for one in doubled) % 10}"


# What the schema wants of an order in an event, beside where it is.
_ITEMS: Final = {"productOrder": ("productOrderItem",), "serviceOrder": ()}


def _told(item: Mapping[str, Any]) -> dict[str, str]:
    found = item.get("product", {}).get("productCharacteristic", ())
    return {one["name"]: one["value"] for one in found}


def _characteristics(service: Mapping[str, Any]) -> list[dict[str, str]]:
    return list(service.get("serviceCharacteristic", ()))


def _of(orders: list[Order], number: str) -> Order:
    for order in orders:
        if order.number == number:
            return order
    raise ApiFault(404, "60", "Resource not found")
