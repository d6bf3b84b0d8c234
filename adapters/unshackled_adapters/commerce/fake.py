"""The stand-in commerce platform: stock, orders, and answers repeated by idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_goods import FEW, Arrivals, shelves, stock
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest, demo_secret
from unshackled_adapters.commerce.fake_catalogue import CATALOGUE_JSON
from unshackled_adapters.commerce.fake_returns import Returns

# So many products may be asked about at once.
MOST_GOODS = 100


@dataclass(kw_only=True)
class Holding:
    """A reservation or an order and the goods in it."""

    number: str
    reference: str
    skus: tuple[str, ...]
    state: str
    until: datetime
    notices: str | None = None
    dispatched_at: datetime | None = None
    costs: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Mapping[str, Any], ...] = ()
    arrives: date | None = None

    def document(self) -> dict[str, Any]:
        """What the platform tells about it."""
        return {
            "id": self.number,
            "number": self.number,
            "reference": self.reference,
            "state": self.state,
            "expires_at": self.until.isoformat(),
            **({"available_on": self.arrives.isoformat()} if self.arrives else {}),
            **self.costs,
            **self._dispatch(),
        }

    def _dispatch(self) -> dict[str, Any]:
        """Of an order: when it left, or when it will have."""
        if self.dispatched_at is not None:
            tracking = f"TRK{self.number[-6:]}"
            return {"dispatched_at": self.dispatched_at.isoformat(), "tracking": tracking}
        return {"promised_by": self.until.isoformat()} if self.costs else {}


@dataclass(kw_only=True)
class Platform:
    """Everything at the platform; `gone` has the references that were undone, early or late.

    An order leaves `dispatch_after` it was placed.
    """

    stand_in: StandIn
    dispatch_after: timedelta
    units: dict[str, int] = field(default_factory=stock)
    arrivals: Arrivals = field(default_factory=dict)
    reservations: dict[str, Holding] = field(default_factory=dict)
    orders: dict[str, Holding] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def reserve(self, request: StandInRequest) -> Response:
        """Hold goods; a reservation that was released before it arrived is turned away."""
        self._refuse_late(request)
        data = request.data
        skus = _skus(data["lines"])
        arrives = self._arrival(skus) if data.get("allow_backorder") else None
        self._take(skus, short=request.mode == "decline", later=arrives is not None)
        held = Holding(
            arrives=arrives,
            number=f"rsv_{len(self.reservations) + 1:08d}",
            reference=request.key,
            skus=skus,
            state="held",
            until=self.stand_in.now() + timedelta(seconds=int(data["hold_seconds"])),
        )
        self.reservations[request.key] = held
        self.stand_in.record("stock.reserve", request.key, reservation=held.number, skus=skus)
        return answer(held.document(), 201)

    def release(self, request: StandInRequest) -> Response:
        """Give held goods back."""
        held = self._of(self.reservations, request, undo=True)
        if held.state == "held":
            self._give_back(held, "released", "stock.release")
        return answer(held.document())

    def reservation(self, request: StandInRequest) -> Response:
        """A reservation by the client's reference."""
        self._expire()
        return answer(self._of(self.reservations, request).document())

    def place(self, request: StandInRequest) -> Response:
        """Place an order: held goods are consumed, others are taken from the shelf."""
        self._refuse_late(request)
        data = request.data
        _check_sum(data)
        held = self._held_for(data)
        goods = tuple(sku for sku in _skus(data["lines"]) if sku in self.units)
        if held is not None:
            held.state = "ordered"
        elif goods:
            self._take(goods)
        arrives = held.arrives if held is not None else None
        order = Holding(
            arrives=arrives,
            number=f"SO-{len(self.orders) + 1:06d}",
            reference=request.key,
            skus=held.skus if held else _skus(data["lines"]),
            state="open",
            until=self._leaves(arrives),
            notices=data.get("dispatch_notice_url"),
            costs={name: data[name] for name in ("total", "paid_today", "currency")},
            lines=tuple(data["lines"]),
        )
        self.orders[request.key] = order
        self.stand_in.record(
            "orders.place",
            request.key,
            order=order.number,
            amount=int(data["total"]),
            currency=data["currency"],
        )
        if held is not None:
            self.stand_in.record("stock.consume", held.reference, order=order.number)
        if order.notices is not None:
            self.stand_in.later(self._send_off(order))
        return answer(order.document(), 201)

    async def _send_off(self, order: Holding) -> None:
        """The order leaves in its time, and the shop is told."""
        await asyncio.sleep(max(0.0, (order.until - self.stand_in.now()).total_seconds()))
        self._dispatch_due(order)
        if order.state == "dispatched" and order.notices is not None:
            body = {"event": "order.dispatched"} | order.document()
            secret = demo_secret("COMMERCE_CALLBACK_SECRET")
            self.stand_in.send_callback(order.notices, body, secret)

    def _dispatch_due(self, order: Holding) -> None:
        if order.state == "open" and order.until <= self.stand_in.now():
            order.state, order.dispatched_at = "dispatched", order.until
            self.stand_in.record("orders.dispatch", order.reference, order=order.number)

    def dispatch(self, request: StandInRequest) -> Response:
        """An order by its number: whether it left, or by when it will; `refer` lets it wait."""
        number = request.params["number"]
        order = next((one for one in self.orders.values() if one.number == number), None)
        if order is None:
            raise StandInError(404, "unknown_order")
        if request.mode == "refer" and order.state == "open":
            order.until = max(order.until, self.stand_in.now() + timedelta(days=1))
        self._dispatch_due(order)
        return answer(order.document())

    def cancel(self, request: StandInRequest) -> Response:
        """Cancel an order; its goods go back on the shelf, called back where they left."""
        order = self._of(self.orders, request, undo=True)
        if order.state in ("open", "dispatched"):
            self._give_back(order, "cancelled", "orders.cancel")
        return answer(order.document())

    def order(self, request: StandInRequest) -> Response:
        """An order by the client's reference."""
        return answer(self._of(self.orders, request).document())

    def catalogue(self, request: StandInRequest) -> Response:
        """Everything on sale."""
        return answer(CATALOGUE_JSON)

    def availability(self, request: StandInRequest) -> Response:
        """How much of each product there is, and when what is gone comes back."""
        self._expire()
        skus = [str(sku) for sku in request.data["skus"]]
        if len(skus) > MOST_GOODS:
            raise StandInError(422, "too_many_skus")
        return answer({"items": [self._level(sku) for sku in skus]})

    def _level(self, sku: str) -> dict[str, Any]:
        units, arrives = self.units.get(sku), self.arrivals.get(sku)
        if units is None:
            return {"sku": sku, "status": "unknown_sku", "available_on": None}
        if units <= 0 and arrives:
            return {"sku": sku, "status": "backorder", "available_on": arrives.isoformat()}
        status = "sold_out" if units <= 0 else "few_left" if units <= FEW else "available"
        return {"sku": sku, "status": status, "available_on": None}

    def _arrival(self, skus: tuple[str, ...]) -> date | None:
        """The day from which all of it is there, where some of it is to come."""
        lacking = [sku for sku in skus if self.units.get(sku, 0) < skus.count(sku)]
        days = [self.arrivals[sku] for sku in lacking if sku in self.arrivals]
        return max(days, default=None) if len(days) == len(lacking) else None

    def _leaves(self, arrives: date | None) -> datetime:
        """An order leaves once all of it is there."""
        soon = self.stand_in.now() + self.dispatch_after
        if arrives is None:
            return soon
        return max(soon, datetime.combine(arrives, time(9), soon.tzinfo))

    def _take(self, skus: tuple[str, ...], *, short: bool = False, later: bool = False) -> None:
        self._expire()
        if not skus or any(sku not in self.units for sku in skus):
            raise StandInError(409, "unknown_sku")
        if later and not short:
            for sku in skus:
                self.units[sku] -= 1
            return
        if short or any(self.units[sku] < skus.count(sku) for sku in skus):
            raise StandInError(409, "insufficient_stock")
        for sku in skus:
            self.units[sku] -= 1

    def _refuse_late(self, request: StandInRequest) -> None:
        if request.key in self.gone:
            raise StandInError(409, "undone_before")

    def _expire(self) -> None:
        now = self.stand_in.now()
        for held in self.reservations.values():
            if held.state == "held" and held.until <= now:
                self._give_back(held, "expired", "stock.expire")

    def _give_back(self, holding: Holding, state: str, effect: str) -> None:
        holding.state = state
        self.restock(holding.skus)
        self.stand_in.record(effect, holding.reference, number=holding.number)

    def restock(self, skus: Iterable[str]) -> None:
        """Put goods back on their shelves."""
        for sku in skus:
            if sku in self.units:
                self.units[sku] += 1

    def ordered(self, number: str) -> tuple[Mapping[str, Any], ...]:
        """The lines of an order that was not cancelled."""
        for order in self.orders.values():
            if order.number == number and order.state in ("open", "dispatched"):
                return order.lines
        raise StandInError(404, "unknown_order")

    def _held_for(self, data: Mapping[str, Any]) -> Holding | None:
        self._expire()
        if data["reservation"] is None:
            return None
        for held in self.reservations.values():
            if held.number == data["reservation"] and held.state == "held":
                return held
        raise StandInError(422, "reservation_not_held")

    def _of(
        self, book: dict[str, Holding], request: StandInRequest, *, undo: bool = False
    ) -> Holding:
        reference = request.params["reference"]
        if undo:
            self.gone.add(reference)
        if reference not in book:
            raise StandInError(404, "unknown_reference")
        return book[reference]


def _check_sum(data: Mapping[str, Any]) -> None:
    """Goods and charges add up to the total, and no more is paid today than that."""
    parts = [*data["lines"], *data.get("charges", ())]
    whole = sum(int(part["price"]) * int(part.get("quantity", 1)) for part in parts)
    if whole != data["total"] or not 0 <= data["paid_today"] <= data["total"]:
        raise StandInError(422, "order_does_not_add_up")


def _skus(lines: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(line["sku"]) for line in lines for _ in range(int(line["quantity"])))


def make(*, dispatch_after: timedelta = timedelta(0)) -> StandIn:
    """A platform with full shelves, whose orders leave `dispatch_after` they were placed."""
    stand_in = StandIn(name="commerce")
    platform = Platform(stand_in=stand_in, dispatch_after=dispatch_after)
    rest = Rest(stand_in=stand_in)
    by_reference = "by-reference/{reference}"
    rest.effect("/v2/reservations", "stock.reserve")(platform.reserve)
    rest.post(f"/v2/reservations/{by_reference}/release", "stock.release")(platform.release)
    rest.get(f"/v2/reservations/{by_reference}", "stock.look_up")(platform.reservation)
    rest.post("/v2/availability", "stock.availability")(platform.availability)
    rest.effect("/v2/orders", "orders.place")(platform.place)
    rest.post(f"/v2/orders/{by_reference}/cancel", "orders.cancel")(platform.cancel)
    rest.get(f"/v2/orders/{by_reference}", "orders.look_up")(platform.order)
    rest.get("/v2/orders/{number}", "orders.dispatch")(platform.dispatch)
    rest.get("/v2/catalogue", "catalogue.browse")(platform.catalogue)
    Returns(stand_in=stand_in, ordered=platform.ordered, restock=platform.restock).serve(rest)
    stand_in.routes.append(shelves(platform.units, platform.arrivals))
    return stand_in
