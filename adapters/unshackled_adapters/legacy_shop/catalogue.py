"""From ShopServer's catalogue to ours; it writes decimals in the major unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeVar

from unshackled.sdk import Passed, xml
from unshackled.sdk.amounts import to_minor
from unshackled.sdk.offers import Reading, whole
from unshackled.sdk.ports import (
    Accessory,
    Catalogue,
    CatalogueFound,
    CreditPlan,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.sdk.xml import Element

T = TypeVar("T")
GRADES: Final[dict[str, Literal["pristine", "good", "worn", "broken"]]] = {
    "A": "pristine",
    "B": "good",
    "C": "worn",
    "D": "broken",
}


def catalogue_of(answer: Element) -> Passed[CatalogueFound]:
    """Everything on sale; what cannot be read is left out."""
    root = xml.find_all(answer, "Catalogue")[0]
    currency = _text(root, "currency")
    reading = Reading()

    def read(kind: str, name: str, make: Callable[[Element, str], T]) -> tuple[T, ...]:
        return reading.all(kind, xml.find_all(root, name), lambda item: make(item, currency))

    contents = Catalogue(
        currency=currency,
        version=_text(root, "version"),
        handsets=read("handset", "Handset", _handset),
        tariffs=read("tariff", "Tariff", _tariff),
        credit_plans=read("credit_plan", "CreditPlan", _plan),
        accessories=read("accessory", "Accessory", _accessory),
        trade_ins=read("trade_in", "TradeIn", _trade_in),
    )
    reading.require_some(contents)
    return Passed(output=CatalogueFound(catalogue=contents, left_out=tuple(reading.left_out)))


def _handset(item: Element, currency: str) -> Handset:
    return Handset(
        sku=_text(item, "sku"),
        title=_text(item, "title"),
        price=_minor(item, "price", currency),
        storage=item.get("storage"),
        min_age=_age(item),
    )


def _tariff(item: Element, currency: str) -> Tariff:
    data = _text(item, "data")
    rises = tuple(
        PriceRise(
            starts=date.fromisoformat(_text(rise, "starts")),
            monthly=_minor(rise, "monthly", currency),
        )
        for rise in xml.find_all(item, "PriceRise")
    )
    return Tariff(
        sku=_text(item, "sku"),
        title=_text(item, "title"),
        monthly=_minor(item, "monthly", currency),
        term_months=whole(_text(item, "months")),
        data_gb=None if data == "UNLIMITED" else whole(data),
        price_rises=rises,
        min_age=_age(item),
    )


def _plan(item: Element, currency: str) -> CreditPlan:
    return CreditPlan(
        code=_text(item, "code"),
        title=_text(item, "title"),
        months=whole(_text(item, "months")),
        apr_percent=Decimal(_text(item, "apr")),
        min_amount=_minor(item, "minimum", currency),
        min_age=_age(item),
    )


def _accessory(item: Element, currency: str) -> Accessory:
    return Accessory(
        sku=_text(item, "sku"),
        title=_text(item, "title"),
        price=_minor(item, "price", currency),
    )


def _trade_in(item: Element, currency: str) -> TradeInPrice:
    return TradeInPrice(
        model=_text(item, "model"),
        grade=GRADES[_text(item, "grade")],
        value=_minor(item, "value", currency),
    )


def _age(item: Element) -> int | None:
    """From which age on it is sold, where the shop says so."""
    age = item.get("minAge")
    return None if age is None else whole(age)


def _text(item: Element, name: str) -> str:
    value = item.get(name)
    if value is None:
        raise ValueError(f"{name}: missing")
    return value


def _minor(item: Element, name: str, currency: str) -> int:
    return to_minor(_text(item, name), currency)
