"""The stand-in's catalogue as TMF620 offerings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from unshackled.sdk.ports import Catalogue, Tariff
from unshackled_adapters.tmf.values import money

UPDATED: Final = "2026-11-01T00:00:00Z"


def book(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue itself."""
    return {
        "id": "retail",
        "name": "Retail",
        "catalogType": "ProductCatalog",
        "lifecycleStatus": "Active",
        "version": catalogue.version,
        "lastUpdate": UPDATED,
    }


def offerings(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Everything on sale."""
    return list(_offerings(catalogue))


def _offerings(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    unit = catalogue.currency
    for item in catalogue.handsets:
        told = {"colour": item.colour, "storage": item.storage, "minimumAge": item.min_age}
        made = _offering(item.sku, item.title, "handset", **told)
        yield made | {"productOfferingPrice": [_price("price", item.price, unit)]}
    for tariff in catalogue.tariffs:
        yield _tariff(tariff, unit)
    for plan in catalogue.credit_plans:
        reduces = str(plan.trade_in_reduces_credit).lower()
        told = {
            "apr": str(plan.apr_percent),
            "product": plan.product,
            "minimumAge": plan.min_age,
        }
        amounts = {"minimum": plan.min_amount, "deposit": plan.min_deposit}
        amounts |= {"maximum": plan.max_amount} if plan.max_amount is not None else {}
        yield {
            **_offering(plan.code, plan.title, "creditPlan", tradeInReducesCredit=reduces, **told),
            "productOfferingTerm": _term(plan.months),
            "productOfferingPrice": [
                _price(name, amount, unit) for name, amount in amounts.items()
            ],
        }
    for accessory in catalogue.accessories:
        made = _offering(accessory.sku, accessory.title, "accessory")
        yield made | {"productOfferingPrice": [_price("price", accessory.price, unit)]}
    for number, guide in enumerate(catalogue.trade_ins, 1):
        title = f"{guide.model}, {guide.grade}"
        told = {"model": guide.model, "grade": guide.grade}
        made = _offering(f"trade-in-{number}", title, "tradeIn", **told)
        yield made | {"productOfferingPrice": [_price("value", guide.value, unit)]}


def _tariff(tariff: Tariff, unit: str) -> dict[str, Any]:
    data = "unlimited" if tariff.data_gb is None else tariff.data_gb
    monthly = {"priceType": "recurring", "recurringChargePeriod": "month"}
    rises = [
        _price("monthly", rise.monthly, unit)
        | monthly
        | {"validFor": {"startDateTime": f"{rise.starts.isoformat()}T00:00:00Z"}}
        for rise in tariff.price_rises
    ]
    return {
        **_offering(tariff.sku, tariff.title, "tariff", data=data, minimumAge=tariff.min_age),
        "productOfferingTerm": _term(tariff.term_months),
        "productOfferingPrice": [_price("monthly", tariff.monthly, unit) | monthly, *rises],
        "productOfferingRelationship": [
            {"id": sku, "relationshipType": "soldWith"} for sku in tariff.handsets
        ],
    }


def _offering(number: str, name: str, category: str, **told: object) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "isSellable": True,
        "lifecycleStatus": "Active",
        "lastUpdate": UPDATED,
        "category": [{"id": category, "name": category}],
        "prodSpecCharValueUse": [
            {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
            for name, value in told.items()
            if value is not None
        ],
    }


def _price(name: str, minor: int, unit: str) -> dict[str, Any]:
    price = {"taxIncludedAmount": money(minor, unit)}
    return {"name": name, "priceType": "oneTime", "price": price}


def _term(months: int) -> list[dict[str, Any]]:
    return [{"name": "term", "duration": {"amount": months, "units": "month"}}]
