"""From ShopServer's catalogue to ours; it writes decimals in the major unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

from unshackled.sdk import Passed, xml
from unshackled.sdk.amounts import to_minor
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

GRADES: Final[dict[str, Literal["pristine", "good", "worn", "broken"]]] = {
    "A": "pristine",
    "B": "good",
    "C": "worn",
    "D": "broken",
}


def found(answer: Element) -> Passed[CatalogueFound]:
    """Everything on sale."""
    root = xml.find_all(answer, "Catalogue")[0]
    currency = _text(root, "currency")
    contents = Catalogue(
        currency=currency,
        version=_text(root, "version"),
        handsets=tuple(_handset(item, currency) for item in xml.find_all(root, "Handset")),
        tariffs=tuple(_tariff(item, currency) for item in xml.find_all(root, "Tariff")),
        credit_plans=tuple(_plan(item, currency) for item in xml.find_all(root, "CreditPlan")),
        accessories=tuple(_accessory(item, currency) for item in xml.find_all(root, "Accessory")),
        trade_ins=tuple(_trade_in(item, currency) for item in xml.find_all(root, "TradeIn")),
    )
    return Passed(output=CatalogueFound(catalogue=contents))


def _handset(item: Element, currency: str) -> Handset:
    return Handset(
        sku=_text(item, "sku"),
        title=_text(item, "title"),
        price=_minor(item, "price", currency),
        storage=item.get("storage"),
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
        term_months=int(_text(item, "months")),
        data_gb=None if data == "UNLIMITED" else int(data),
        price_rises=rises,
    )


def _plan(item: Element, currency: str) -> CreditPlan:
    return CreditPlan(
        code=_text(item, "code"),
        title=_text(item, "title"),
        months=int(_text(item, "months")),
        apr_percent=Decimal(_text(item, "apr")),
        min_amount=_minor(item, "minimum", currency),
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


def _text(item: Element, name: str) -> str:
    value = item.get(name)
    if value is None:
        raise ValueError(f"{name}: missing")
    return value


def _minor(item: Element, name: str, currency: str) -> int:
    return to_minor(_text(item, name), currency)
