"""From the platform's JSON to our outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from unshackled.sdk import Absent, Declined, Found, Notice, Outcome, Passed, Pending
from unshackled.sdk.offers import Reading, whole
from unshackled.sdk.ports import (
    Accessory,
    Catalogue,
    CatalogueFound,
    CreditPlan,
    Handset,
    OrderDispatched,
    OrderPlaced,
    PriceRise,
    StockAvailability,
    StockLevel,
    StockReserved,
    StockState,
    Tariff,
    TradeInPrice,
)
from unshackled.sdk.texts import optional, word

Json = Mapping[str, Any]

# The platform's reasons for status 409; any other one is DEFAULT_DECLINE.
DECLINES: Final = {"insufficient_stock": "out_of_stock", "unknown_sku": "out_of_stock"}
DEFAULT_DECLINE: Final = "declined"
GRADES: Final[Mapping[str, Literal["pristine", "good", "worn", "broken"]]] = {
    "pristine": "pristine",
    "good": "good",
    "worn": "worn",
    "broken": "broken",
}
# What the platform says of its shelves; any other word is `unknown`.
LEVELS: Final[Mapping[str, StockState]] = {
    "available": "in_stock",
    "few_left": "low",
    "sold_out": "out_of_stock",
    "backorder": "back_order",
    "preorder": "pre_order",
}
LATER: Final = ("back_order", "pre_order")
LIVE: Final = frozenset({"held", "ordered", "open", "dispatched"})
OVER: Final = frozenset({"released", "expired", "cancelled"})


def declined(data: Json) -> Declined:
    """The business no in a status 409."""
    return Declined(code=DECLINES.get(data["error"]["code"], DEFAULT_DECLINE))


def is_over(data: Json) -> bool:
    """Whether nothing of a reservation or an order is kept."""
    return data["state"] in OVER


def reserved(data: Json) -> Passed[StockReserved]:
    """The reservation, which counts until it expires."""
    day = optional(data.get("available_on"))
    promised = None if day is None else date.fromisoformat(day)
    output = StockReserved(reservation=_text(data, "id"), promised=promised)
    return Passed(output=output, valid_until=_time(data["expires_at"]))


def found_reservation(data: Json) -> Found[StockReserved]:
    """A reservation that was looked up; one released or expired holds nothing any more."""
    return reserved(data) if data["state"] in LIVE else Absent()


def availability(data: Json) -> Passed[StockAvailability]:
    """How much of each product there is; what the platform does not know has no status."""
    levels = tuple(_level(item) for item in data["items"])
    return Passed(output=StockAvailability(levels=levels))


def _level(item: Json) -> StockLevel:
    state, day = LEVELS.get(optional(item.get("status")) or "", "unknown"), item.get("available_on")
    promised = date.fromisoformat(word(day)) if state in LATER and day else None
    return StockLevel(sku=word(item["sku"]), state=state, promised=promised)


def placed(data: Json) -> Passed[OrderPlaced]:
    """The order's number, and what it says that it costs, where it does."""
    output = OrderPlaced(
        order=_text(data, "number"),
        total=_minor(data, "total"),
        due_today=_minor(data, "paid_today"),
        currency=optional(data.get("currency")),
    )
    return Passed(output=output)


def found_order(data: Json) -> Found[OrderPlaced]:
    """An order that was looked up."""
    return placed(data) if data["state"] in LIVE else Absent()


def dispatched(data: Json, poll_after: timedelta) -> Outcome[OrderDispatched]:
    """Whether the goods left; until then the platform may promise a day."""
    if data["state"] == "dispatched":
        output = OrderDispatched(
            order=_text(data, "number"),
            dispatched_at=_time(data["dispatched_at"]),
            tracking=optional(data.get("tracking")),
        )
        return Passed(output=output)
    promised = data.get("promised_by")
    return Pending(poll_after=poll_after, due_by=None if promised is None else _time(promised))


def notices(data: Json) -> tuple[Notice, ...]:
    """The order in a notice of its dispatch; one of any other event is unreadable."""
    if data["event"] != "order.dispatched" or data["state"] not in LIVE:
        raise ValueError("event")
    return (Notice(reference=_text(data, "reference"), outcome=placed(data)),)


def catalogue(data: Json) -> Passed[CatalogueFound]:
    """Everything on sale; what cannot be read is left out."""
    reading = Reading()
    contents = Catalogue(
        currency=_text(data, "currency"),
        version=_text(data, "version"),
        handsets=reading.all("handset", data["handsets"], _handset),
        tariffs=reading.all("tariff", data["tariffs"], _tariff),
        credit_plans=reading.all("credit_plan", data["credit_plans"], _plan),
        accessories=reading.all("accessory", data["accessories"], _accessory),
        trade_ins=reading.all("trade_in", data["trade_ins"], _trade_in),
    )
    reading.require_some(contents)
    return Passed(output=CatalogueFound(catalogue=contents, left_out=tuple(reading.left_out)))


def _accessory(item: Json) -> Accessory:
    return Accessory(
        sku=word(item["sku"]),
        title=word(item["title"]),
        price=whole(item["price"]),
        vat=optional(item.get("vat")),
    )


def _trade_in(item: Json) -> TradeInPrice:
    grade = GRADES[item["condition"]]
    return TradeInPrice(model=word(item["model"]), grade=grade, value=whole(item["value"]))


def _handset(item: Json) -> Handset:
    return Handset(
        sku=word(item["sku"]),
        title=word(item["title"]),
        price=whole(item["price"]),
        storage=optional(item.get("storage")),
        min_age=_age(item),
        vat=optional(item.get("vat")),
    )


def _tariff(item: Json) -> Tariff:
    rises = tuple(
        PriceRise(starts=date.fromisoformat(rise["from"]), monthly=whole(rise["monthly"]))
        for rise in item["price_rises"]
    )
    return Tariff(
        sku=word(item["sku"]),
        title=word(item["title"]),
        monthly=whole(item["monthly"]),
        term_months=whole(item["term_months"]),
        data_gb=None if item["data_gb"] is None else whole(item["data_gb"]),
        price_rises=rises,
        min_age=_age(item),
        vat=optional(item.get("vat")),
    )


def _plan(item: Json) -> CreditPlan:
    return CreditPlan(
        code=word(item["code"]),
        title=word(item["title"]),
        months=whole(item["months"]),
        apr_percent=Decimal(item["apr_percent"]),
        min_amount=whole(item["min_amount"]),
        min_age=_age(item),
    )


def _age(item: Json) -> int | None:
    """From which age on it is sold, where the platform says so."""
    age = item.get("minimum_age")
    return None if age is None else whole(age)


def _text(data: Json, name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment


def _minor(data: Json, name: str) -> int | None:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ValueError(name)
    return value
