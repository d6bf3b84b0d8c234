"""The stand-in ShopServer: sessions that run out, stock, orders, and no idempotency."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import soap, xml
from unshackled.sdk.amounts import to_minor
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_goods import CATALOGUE, FEW, Arrivals, shelves, stock
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_shop.fake_catalogue import written
from unshackled_adapters.legacy_shop.fake_returns import Returns
from unshackled_adapters.legacy_shop.soap import NAMESPACE, PATH

OPERATIONS: Final = {
    "ReserveItems": "stock.reserve",
    "ReleaseReservation": "stock.release",
    "FindReservation": "stock.look_up",
    "PlaceOrder": "orders.place",
    "CancelOrder": "orders.cancel",
    "FindOrder": "orders.look_up",
    "ReturnItems": "orders.accept_return",
    "FindReturn": "orders.look_up",
    "GetDispatch": "orders.dispatch",
    "GetCatalogue": "catalogue.browse",
    "GetAvailability": "stock.availability",
    "Login": "session.login",
}
RESPONSE: Final = '<{action}Response xmlns="{namespace}">{body}</{action}Response>'
FAULT: Final = (
    "<soap:Fault><faultcode>soap:{side}</faultcode><faultstring>{code}</faultstring>"
    "<detail><Code>{code}</Code></detail></soap:Fault>"
)
RESERVATION: Final = (
    "<ReservationNo>{number}</ReservationNo><HeldUntil>{until}</HeldUntil><Status>{status}</Status>"
)
ALL_DUE: Final = "<AllDue>{day}</AllDue>"
LEVEL: Final = '<Item sku="{sku}" level="{level}"/>'
BACK_ORDER: Final = '<Item sku="{sku}" level="DUE" due="{due}"/>'
# So many products may be asked about at once.
MOST_GOODS: Final = 100
PLACED: Final = "<OrderNo>{number}</OrderNo><Status>{status}</Status>"
DUE: Final = "<DueBy>{until}</DueBy>"
SHIPPED: Final = "<ShippedAt>{until}</ShippedAt><Tracking>{tracking}</Tracking>"


class Refusal(Exception):
    """A fault of the caller."""


@dataclass(kw_only=True)
class Holding:
    """A reservation or an order and the goods in it."""

    number: str
    reference: str
    skus: tuple[str, ...]
    status: str
    until: datetime
    arrives: date | None = None


@dataclass(kw_only=True)
class Shop:
    """Everything in the shop. There is no idempotency: the same call twice is two reservations."""

    stand_in: StandIn
    session_lasts: timedelta
    dispatch_after: timedelta
    units: dict[str, int] = field(default_factory=stock)
    arrivals: Arrivals = field(default_factory=dict)
    sessions: dict[str, datetime] = field(default_factory=dict)
    reservations: list[Holding] = field(default_factory=list)
    orders: list[Holding] = field(default_factory=list)
    returns: Returns = field(init=False)

    def __post_init__(self) -> None:
        self.returns = Returns(
            stand_in=self.stand_in, ordered=self._ordered, restock=self._restock, refuse=Refusal
        )

    async def serve(self, request: Request, mode: Mode | None) -> Response:
        """One SOAP call."""
        try:
            root = xml.parse(await request.body())
            action = action_of(request)
            answer = self._act(action, root, mode)
        except Refusal as refusal:
            return envelope(xml.render(FAULT, side="Client", code=refusal), 500)
        except ValueError:
            return envelope(xml.render(FAULT, side="Client", code="REQUEST_INVALID"), 500)
        return envelope(
            xml.render(RESPONSE, action=xml.Markup(action), namespace=NAMESPACE, body=answer)
        )

    def _act(self, action: str, root: Element, mode: Mode | None) -> xml.Markup:
        body = xml.find_all(root, f"Body/{action}")
        actions: dict[str, Callable[[Element, Mode | None], xml.Markup]] = {
            "ReserveItems": self._reserve,
            "ReleaseReservation": self._release,
            "FindReservation": self._find_reservation,
            "PlaceOrder": self._place,
            "CancelOrder": self._cancel,
            "FindOrder": self._find_order,
            "ReturnItems": self.returns.accept,
            "FindReturn": self.returns.find,
            "GetDispatch": self._dispatch,
            "GetAvailability": self._availability,
            "GetCatalogue": lambda _body, _mode: written(CATALOGUE),
        }
        if action == "Login" and body:
            return self._login(body[0])
        if action not in actions or not body:
            raise Refusal("ACTION_UNKNOWN")
        self._check_session(root)
        return actions[action](body[0], mode)

    def _login(self, body: Element) -> xml.Markup:
        if xml.text(body, "Password") == "wrong" or not xml.text(body, "User"):
            raise Refusal("LOGIN_DENIED")
        token = f"S{len(self.sessions) + 1:08d}"
        self.sessions[token] = self.stand_in.now() + self.session_lasts
        self.stand_in.record("session.login", token)
        return xml.render("<Token>{token}</Token>", token=token)

    def _check_session(self, root: Element) -> None:
        ends = self.sessions.get(xml.text(root, "Header/Session"))
        if ends is None:
            raise Refusal("SESSION_UNKNOWN")
        if ends <= self.stand_in.now():
            raise Refusal("SESSION_EXPIRED")

    def _reserve(self, body: Element, mode: Mode | None) -> xml.Markup:
        skus = _skus(body)
        arrives = self._arrival(skus) if xml.find_all(body, "BackOrder") else None
        self._take(skus, short=mode == "decline", later=arrives is not None)
        minutes = int(xml.text(body, "HoldMinutes"))
        held = Holding(
            arrives=arrives,
            number=f"R{len(self.reservations) + 1:07d}",
            reference=xml.text(body, "OurRef"),
            skus=skus,
            status="HELD",
            until=self.stand_in.now() + timedelta(minutes=minutes),
        )
        self.reservations.append(held)
        self.stand_in.record("stock.reserve", held.reference, reservation=held.number, skus=skus)
        return _reservation(held)

    def _availability(self, body: Element, mode: Mode | None) -> xml.Markup:
        self._expire()
        skus = _skus(body)
        if not 0 < len(skus) <= MOST_GOODS:
            raise Refusal("REQUEST_INVALID")
        return xml.join(self._level(sku) for sku in skus)

    def _level(self, sku: str) -> xml.Markup:
        units, arrives = self.units.get(sku), self.arrivals.get(sku)
        if units is None:
            return xml.render(LEVEL, sku=sku, level="NONE")
        if units <= 0 and arrives:
            return xml.render(BACK_ORDER, sku=sku, due=arrives.isoformat())
        level = "OUT" if units <= 0 else "LOW" if units <= FEW else "IN"
        return xml.render(LEVEL, sku=sku, level=level)

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
        unknown = [sku for sku in skus if sku not in self.units]
        if unknown:
            raise Refusal("ITEM_DISCONTINUED")
        if short or (not later and any(self.units[sku] < skus.count(sku) for sku in skus)):
            raise Refusal("STOCK_INSUFFICIENT")
        for sku in skus:
            self.units[sku] -= 1

    def _expire(self) -> None:
        now = self.stand_in.now()
        for held in self.reservations:
            if held.status == "HELD" and held.until <= now:
                self._give_back(held, "EXPIRED", "stock.expire")

    def _give_back(self, holding: Holding, status: str, effect: str) -> None:
        holding.status = status
        self._restock(holding.skus)
        self.stand_in.record(effect, holding.reference, number=holding.number)

    def _restock(self, skus: Iterable[str]) -> None:
        for sku in skus:
            self.units[sku] += 1

    def _ordered(self, number: str) -> tuple[str, ...]:
        """The goods of an order that was not cancelled."""
        for order in self.orders:
            if order.number == number and order.status in ("OPEN", "SHIPPED"):
                return order.skus
        raise Refusal("ORDER_UNKNOWN")

    def _release(self, body: Element, mode: Mode | None) -> xml.Markup:
        mine = _of(self.reservations, body)
        for held in mine:
            if held.status == "HELD":
                self._give_back(held, "RELEASED", "stock.release")
        return _reservation(mine[-1])

    def _find_reservation(self, body: Element, mode: Mode | None) -> xml.Markup:
        self._expire()
        return _reservation(_of(self.reservations, body)[-1])

    def _place(self, body: Element, mode: Mode | None) -> xml.Markup:
        held = self._reservation_for(body)
        skus = held.skus if held else tuple(sku for sku in _skus(body) if sku in self.units)
        if held is None:
            self._take(skus)
        else:
            held.status = "ORDERED"
        order = Holding(
            number=f"W{len(self.orders) + 1:07d}",
            reference=xml.text(body, "OurRef"),
            skus=skus,
            status="OPEN",
            until=self._leaves(held.arrives if held else None),
        )
        self.orders.append(order)
        total = xml.find_all(body, "Total")[0]
        currency = total.get("currency") or ""
        self.stand_in.record(
            "orders.place",
            order.reference,
            order=order.number,
            amount=to_minor(total.text or "", currency),
            currency=currency,
        )
        if held is not None:
            self.stand_in.record("stock.consume", held.reference, order=order.number)
        return _order(order)

    def _reservation_for(self, body: Element) -> Holding | None:
        self._expire()
        wanted = (xml.find_all(body, "Reservation")[0].text or "").strip()
        if not wanted:
            return None
        for held in self.reservations:
            if held.number == wanted and held.status == "HELD":
                return held
        raise Refusal("RESERVATION_UNKNOWN")

    def _cancel(self, body: Element, mode: Mode | None) -> xml.Markup:
        mine = _of(self.orders, body)
        for order in mine:
            if order.status in ("OPEN", "SHIPPED"):
                self._give_back(order, "CANCELLED", "orders.cancel")
        return _order(mine[-1])

    def _dispatch(self, body: Element, mode: Mode | None) -> xml.Markup:
        """Whether an order left, or by when it will; `refer` lets it wait."""
        number, now = xml.text(body, "OrderNo"), self.stand_in.now()
        order = next((one for one in self.orders if one.number == number), None)
        if order is None:
            raise Refusal("ORDER_UNKNOWN")
        if mode == "refer" and order.status == "OPEN":
            order.until = max(order.until, now + timedelta(days=1))
        if order.status == "OPEN" and order.until <= now:
            order.status = "SHIPPED"
            self.stand_in.record("orders.dispatch", order.reference, order=order.number)
        until = order.until.isoformat()
        if order.status != "SHIPPED":
            return xml.join([_order(order), xml.render(DUE, until=until)])
        shipped = xml.render(SHIPPED, until=until, tracking=f"TRK{order.number}")
        return xml.join([_order(order), shipped])

    def _find_order(self, body: Element, mode: Mode | None) -> xml.Markup:
        return _order(_of(self.orders, body)[-1])


def action_of(request: Request) -> str:
    """The last part of the SOAPAction header."""
    return request.headers.get("soapaction", "").strip('"').rpartition("/")[2]


def envelope(body: xml.Markup, status: int = 200) -> Response:
    """A SOAP answer."""
    return Response(soap.envelope(body), status, media_type="text/xml")


def refusal(status: int) -> Response:
    """A fault that says no more than whose it is."""
    side = "Client" if status < 500 else "Server"
    return envelope(xml.render(FAULT, side=side, code="REQUEST_INVALID"), status)


def _skus(body: Element) -> tuple[str, ...]:
    return tuple(item.get("sku") or "" for item in xml.find_all(body, "Item"))


def _of(holdings: list[Holding], body: Element) -> list[Holding]:
    reference = xml.text(body, "OurRef")
    mine = [one for one in holdings if one.reference == reference]
    if not mine:
        raise Refusal("REFERENCE_UNKNOWN")
    return mine


def _reservation(holding: Holding) -> xml.Markup:
    until = holding.until.isoformat()
    told = xml.render(RESERVATION, number=holding.number, until=until, status=holding.status)
    if holding.arrives is None:
        return told
    return xml.join([told, xml.render(ALL_DUE, day=holding.arrives.isoformat())])


def _order(order: Holding) -> xml.Markup:
    return xml.render(PLACED, number=order.number, status=order.status)


def make(
    *,
    session_lasts: timedelta = timedelta(minutes=10),
    dispatch_after: timedelta = timedelta(0),
) -> StandIn:
    """A shop with full shelves; `LEGACY_SHOP_LATENCY_SECONDS` says how slow it is.

    An order leaves `dispatch_after` it was placed.
    """
    latency = float(os.environ.get("LEGACY_SHOP_LATENCY_SECONDS", "0"))
    stand_in = StandIn(name="legacy_shop", latency=latency)
    stand_in.refusal = refusal
    shop = Shop(stand_in=stand_in, session_lasts=session_lasts, dispatch_after=dispatch_after)

    async def operation(request: Request) -> str:
        return OPERATIONS.get(action_of(request), "unknown")

    stand_in.route(PATH, operation)(shop.serve)
    stand_in.routes.append(shelves(shop.units, shop.arrivals))
    return stand_in
