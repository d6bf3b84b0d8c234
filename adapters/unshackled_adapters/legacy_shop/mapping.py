"""Between our requests and outcomes and ShopServer's XML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from unshackled.sdk import (
    Absent,
    Call,
    Declined,
    Found,
    Outcome,
    Passed,
    Pending,
    Refused,
    xml,
)
from unshackled.sdk.amounts import to_decimal
from unshackled.sdk.ports import (
    GoodsList,
    OrderDispatched,
    OrderPlaced,
    PlaceOrder,
    ReserveStock,
    StockAvailability,
    StockLevel,
    StockReserved,
    StockState,
)
from unshackled.sdk.xml import Element

# ShopServer's fault codes that are a business no; any other fault is `Refused`.
DECLINES: Final = {
    "STOCK_INSUFFICIENT": "out_of_stock",
    "ITEM_DISCONTINUED": "out_of_stock",
}
UNKNOWN_REFERENCE: Final = "REFERENCE_UNKNOWN"
# What ShopServer says of its shelves; any other word is `unknown`.
LEVELS: Final[Mapping[str, StockState]] = {
    "IN": "in_stock",
    "LOW": "low",
    "OUT": "out_of_stock",
    "DUE": "back_order",
    "PRE": "pre_order",
}
LIVE: Final = frozenset({"HELD", "ORDERED", "OPEN", "SHIPPED"})
SHIPPED: Final = "SHIPPED"

REFERENCE: Final = "<OurRef>{reference}</OurRef>"
RESERVE: Final = "<OurRef>{reference}</OurRef><HoldMinutes>{minutes}</HoldMinutes>{later}{items}"
LATER: Final = ("back_order", "pre_order")
BACK_ORDER: Final = "<BackOrder>Y</BackOrder>"
ORDER_NO: Final = "<OrderNo>{number}</OrderNo>"
ASKED_ITEM: Final = '<Item sku="{sku}"/>'
ITEM: Final = '<Item sku="{sku}" quantity="1"/>'
ORDER: Final = (
    "<OurRef>{reference}</OurRef><Checkout>{checkout}</Checkout>"
    "<Reservation>{reservation}</Reservation>"
    '<Total currency="{currency}">{total}</Total><PaidToday>{paid}</PaidToday>'
    "<Customer><GivenName>{given}</GivenName><FamilyName>{family}</FamilyName>"
    "<Email>{email}</Email><Phone>{phone}</Phone></Customer>"
    "<ShipTo><Line1>{line1}</Line1><Line2>{line2}</Line2><Town>{town}</Town>"
    "<Postcode>{postcode}</Postcode><Country>{country}</Country></ShipTo>"
    "<Payment>{payment}</Payment><Credit>{credit}</Credit><Slot>{slot}</Slot>"
    "<TradeIn>{trade_in}</TradeIn>{items}{charges}"
)
CHARGE: Final = '<Charge kind="{kind}">{amount}</Charge>'


def reserve(request: ReserveStock, call: Call) -> xml.Markup:
    """What to hold; ShopServer holds for whole minutes."""
    lines = request.accessories.lines if request.accessories else ()
    skus = [request.handset.sku] if request.handset else []
    return xml.render(
        RESERVE,
        reference=call.reference,
        minutes=max(1, round(request.hold.total_seconds() / 60)),
        later=xml.render(BACK_ORDER) if request.promise else xml.Markup(),
        items=_items([*skus, *(line.sku for line in lines)]),
    )


def order(request: PlaceOrder, call: Call) -> xml.Markup:
    """The order, with the numbers of what was agreed before it."""
    package, quote, address = request.package, request.quote, request.address
    lines = package.accessories.lines if package.accessories else ()
    goods = [package.handset, package.tariff, *lines]
    return xml.render(
        ORDER,
        reference=call.reference,
        checkout=request.checkout.checkout,
        reservation=request.stock.reservation if request.stock else "",
        currency=quote.currency,
        total=to_decimal(quote.total_payable, quote.currency),
        paid=to_decimal(quote.due_today, quote.currency),
        given=request.contact.given_name,
        family=request.contact.family_name,
        email=request.contact.email,
        phone=request.contact.phone,
        line1=address.line1,
        line2=address.line2 or "",
        town=address.town,
        postcode=address.postcode,
        country=address.country,
        payment=request.paid_by or "",
        credit=request.credit.application if request.credit else "",
        slot=request.delivery.id if request.delivery else "",
        trade_in=request.trade_in.trade_in if request.trade_in else "",
        items=_items([line.sku for line in goods if line]),
        charges=_charges(request),
    )


def reference(of: str) -> xml.Markup:
    """Nothing but our reference."""
    return xml.render(REFERENCE, reference=of)


def order_number(order: OrderPlaced) -> xml.Markup:
    """Nothing but the number of an order."""
    return xml.render(ORDER_NO, number=order.order)


def declined(code: str) -> Declined | None:
    """The business no behind a fault, if it is one."""
    return Declined(code=DECLINES[code]) if code in DECLINES else None


def reserved(answer: Element) -> Passed[StockReserved]:
    """The reservation, which counts until its hold ends."""
    due = xml.find_all(answer, "AllDue")
    output = StockReserved(
        reservation=xml.text(answer, "ReservationNo"),
        promised=date.fromisoformat(due[0].text or "") if due else None,
    )
    return Passed(output=output, valid_until=_time(xml.text(answer, "HeldUntil")))


def goods(listed: GoodsList) -> xml.Markup:
    """Which products are asked about."""
    return xml.join(xml.render(ASKED_ITEM, sku=sku) for sku in listed.skus)


def availability(answer: Element) -> Passed[StockAvailability]:
    """How much of each product there is, and from when what is not there is sent."""
    levels = tuple(_level(item) for item in xml.find_all(answer, "Item"))
    return Passed(output=StockAvailability(levels=levels))


def _level(item: Element) -> StockLevel:
    state, day = LEVELS.get(item.get("level") or "", "unknown"), item.get("due")
    promised = date.fromisoformat(day) if state in LATER and day else None
    return StockLevel(sku=item.get("sku") or "", state=state, promised=promised)


def placed(answer: Element) -> Passed[OrderPlaced]:
    """The order's number."""
    return Passed(output=OrderPlaced(order=xml.text(answer, "OrderNo")))


def found_reservation(answer: Element) -> Found[StockReserved]:
    """A reservation that was looked up; one released or run out holds nothing any more."""
    return reserved(answer) if xml.text(answer, "Status") in LIVE else Absent()


def found_order(answer: Element) -> Found[OrderPlaced]:
    """An order that was looked up."""
    return placed(answer) if xml.text(answer, "Status") in LIVE else Absent()


def dispatched(answer: Element, poll_after: timedelta) -> Outcome[OrderDispatched]:
    """Whether the goods left; ShopServer has a day on which they should. Raises `Refused`."""
    status, number = xml.text(answer, "Status"), xml.text(answer, "OrderNo")
    if status not in LIVE:
        raise Refused("ShopServer: the order is not live", code="order_cancelled")
    if status != SHIPPED:
        return Pending(poll_after=poll_after, due_by=_time(xml.text(answer, "DueBy")))
    tracking = xml.find_all(answer, "Tracking")
    output = OrderDispatched(
        order=number,
        dispatched_at=_time(xml.text(answer, "ShippedAt")),
        tracking=(tracking[0].text or None) if tracking else None,
    )
    return Passed(output=output)


def _charges(request: PlaceOrder) -> xml.Markup:
    """What is beside the goods: delivery, settlement, interest, what a trade-in takes off."""
    return xml.join(
        xml.render(
            CHARGE,
            kind=one.part,
            amount=to_decimal(one.total, request.quote.currency),
        )
        for one in request.charges
    )


def _items(skus: list[str]) -> xml.Markup:
    return xml.join(xml.render(ITEM, sku=sku) for sku in skus)


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment
