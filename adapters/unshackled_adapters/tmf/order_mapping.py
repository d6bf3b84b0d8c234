"""Between our orders and TMF622's product orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused, Undecided
from unshackled.sdk.ports import Address, Contact, OrderPlaced, PlaceOrder, Quote
from unshackled.sdk.texts import word
from unshackled_adapters.tmf.values import minor_units, money

Json = Mapping[str, Any]

# ProductOrderStateType: taken in and being delivered; not checked yet; never to be.
LIVE: Final = frozenset({"inProgress", "pending", "held", "completed", "partial"})
UNDER_WAY: Final = frozenset({"acknowledged", "assessingCancellation", "pendingCancellation"})
DEAD: Final = frozenset({"rejected", "failed", "cancelled"})
# TaskStateType.
ENDED: Final = "terminatedWithError"
TASK: Final = frozenset({"acknowledged", "inProgress", "done", ENDED})
LEAVING: Final = frozenset({"assessingCancellation", "pendingCancellation"})
QUALIFIED: Final = "qualified"
TOTAL: Final = "totalPayable"
TODAY: Final = "dueToday"


def product_order(request: PlaceOrder, call: Call, channel: str) -> dict[str, Any]:
    """The order with the numbers of what was agreed before it, our reference as `externalId`."""
    quote = request.quote
    body: dict[str, Any] = {
        "externalId": call.reference,
        "category": "checkout",
        "description": request.checkout.checkout,
        "notificationContact": request.contact.email,
        "channel": [{"id": channel, "role": "sales"}],
        "quote": [{"id": quote.id}],
        "orderTotalPrice": [*_totals(quote), *_charges(request)],
        "relatedParty": [_customer(request.checkout.checkout, request.contact)],
        "productOrderItem": _items(request),
    }
    if request.paid_by:
        body["payment"] = [{"id": request.paid_by}]
    if request.credit:
        body["agreement"] = [{"id": request.credit.application, "name": request.credit.lender}]
    return body


def qualification(request: PlaceOrder) -> dict[str, Any]:
    """The question whether all of it could be ordered (TMF679); it names nobody."""
    return {
        "instantSyncQualification": True,
        "productOfferingQualificationItem": [
            {"id": str(number), "action": "add", "productOffering": {"id": sku}}
            for number, (sku, _) in enumerate(_goods(request), 1)
        ],
    }


def qualified(data: Json, provider: str) -> Outcome[OrderPlaced]:
    """What an order would have been answered: a number we cannot know, or a refusal."""
    if data["state"] != "done":
        raise ValueError("state")
    items = data["productOfferingQualificationItem"]
    if any(item["qualificationItemResult"] != QUALIFIED for item in items):
        message = "orders.place: not all of it could be ordered"
        raise Refused(message, provider=provider, code="unqualified")
    return Passed(output=OrderPlaced(order="not placed"))


def cancellation(order: Json) -> dict[str, Any]:
    """The task that cancels an order."""
    return {"cancellationReason": "checkout ended", "productOrder": {"id": word(order["id"])}}


def is_cancelled(task: Json, provider: str) -> bool:
    """Whether it was cancelled; raises `Undecided` where that is not decided yet."""
    state = task["state"]
    if state not in TASK:
        raise ValueError("state")
    if state not in ("done", ENDED):
        raise Undecided(f"orders.cancel: the cancellation is {state}", provider=provider)
    return bool(state == "done")


def placed(order: Json, poll_after: timedelta, provider: str) -> Outcome[OrderPlaced]:
    """The order's number; raises `Refused` for one that will never be delivered."""
    state, number = order["state"], _text(order, "id")
    if state in LIVE:
        return Passed(output=OrderPlaced(order=number, **_costs(order)))
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=number)
    if state in DEAD:
        raise Refused(f"orders.place: the order is {state}", provider=provider, code=state)
    raise ValueError("state")


def best(orders: Sequence[Json], provider: str) -> Json | None:
    """The order that counts of those under one reference: one alive first, one cancelled never.

    Raises `Refused` where two are alive: a person ends one.
    """
    alive = [order for order in orders if order["state"] not in DEAD]
    if len(alive) > 1:
        message = "orders.place: two orders are alive under one reference"
        raise Refused(message, provider=provider, code="duplicate_orders")
    ended = [order for order in orders if order["state"] in DEAD - {"cancelled"}]
    return next(iter([*alive, *ended]), None)


def _goods(request: PlaceOrder) -> list[tuple[str, int]]:
    """What is ordered: id of the offering, and its price in minor units."""
    package = request.package
    accessories = package.accessories.lines if package.accessories else ()
    goods = [(line.sku, line.price) for line in (package.handset, *accessories) if line]
    return goods + ([(package.tariff.sku, package.tariff.total)] if package.tariff else [])


def _items(request: PlaceOrder) -> list[dict[str, Any]]:
    """An item for each; TMF622 has no place at the order for what concerns all of it."""
    common = {
        "stockReservation": request.stock.reservation if request.stock else None,
        "tradeIn": request.trade_in.trade_in if request.trade_in else None,
        "phone": request.contact.phone,
    }
    told = [{"name": name, "value": value} for name, value in common.items() if value]
    appointment = {"appointment": {"id": request.delivery.id}} if request.delivery else {}
    return [
        {
            "id": str(number),
            "quantity": 1,
            "action": "add",
            "productOffering": {"id": sku},
            "itemTotalPrice": [_price("total", price, request.quote.currency)],
            "product": {"productCharacteristic": told, "place": [_place(request.address)]},
            **appointment,
        }
        for number, (sku, price) in enumerate(_goods(request), 1)
    ]


def _totals(quote: Quote) -> list[dict[str, Any]]:
    return [
        _price(TOTAL, quote.total_payable, quote.currency),
        _price(TODAY, quote.due_today, quote.currency),
    ]


def _charges(request: PlaceOrder) -> list[dict[str, Any]]:
    """What is beside the items: with their prices it adds up to the total payable."""
    currency = request.quote.currency
    return [_price(one.part, one.total, currency) for one in request.charges]


def _costs(order: Json) -> dict[str, Any]:
    """What the order says that it costs, by the names that we gave; another name says nothing."""
    told = {one.get("name"): one["price"] for one in order.get("orderTotalPrice") or ()}
    found: dict[str, Any] = {}
    for name, field in ((TOTAL, "total"), (TODAY, "due_today")):
        amount = told.get(name, {}).get("taxIncludedAmount")
        if amount is not None:
            found[field] = minor_units(amount, word(amount["unit"]))
            found["currency"] = word(amount["unit"])
    return found


def _price(name: str, minor: int, currency: str) -> dict[str, Any]:
    return {
        "name": name,
        "priceType": "oneTime",
        "price": {"taxIncludedAmount": money(minor, currency)},
    }


def _customer(checkout: str, contact: Contact) -> dict[str, Any]:
    return {
        "id": checkout,
        "name": f"{contact.given_name} {contact.family_name}",
        "role": "customer",
        "@referredType": "Individual",
    }


def _place(address: Address) -> dict[str, Any]:
    """A TMF673 GeographicAddress by value."""
    place = {
        "role": "deliveryAddress",
        "@type": "GeographicAddress",
        "streetName": address.line1,
        "city": address.town,
        "postcode": address.postcode,
        "country": address.country,
    }
    return place | ({"locality": address.line2} if address.line2 else {})


def _text(data: Json, name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
