"""From the telco's product offerings (TMF620) to our catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from unshackled.sdk import Outcome, Passed
from unshackled.sdk.answers import day_of, moment
from unshackled.sdk.ports import Catalogue, CatalogueFound, Handset, PriceRise, Tariff, exponent

Json = Mapping[str, Any]

ON_SALE: Final = "Active"
UNLIMITED: Final = "unlimited"


def catalogue(
    offered: Sequence[Json], currency: str, time_zone: str = "UTC"
) -> Outcome[CatalogueFound]:
    """What is on sale, priced in one currency; its version is the newest offering's update.

    A price rise begins on the day of `time_zone`, the retailer's.
    """
    on_sale = [offering for offering in offered if offering["lifecycleStatus"] == ON_SALE]
    found = Catalogue(
        currency=currency,
        version=max(moment(offering["lastUpdate"]) for offering in on_sale).isoformat(),
        handsets=tuple(_handset(item, currency) for item in _of(on_sale, "handset")),
        tariffs=tuple(_tariff(item, currency, time_zone) for item in _of(on_sale, "tariff")),
    )
    return Passed(output=CatalogueFound(catalogue=found))


def minor(price: Json, currency: str) -> int:
    """A TMF money value in minor units; another currency or part of a minor unit is refused."""
    if price["unit"] != currency:
        raise ValueError("unit")
    amount = Decimal(str(price["value"])).scaleb(exponent(currency))
    if amount != amount.to_integral_value():
        raise ValueError("value")
    return int(amount)


def _of(offered: Sequence[Json], category: str) -> list[Json]:
    return [item for item in offered if item["category"][0]["name"] == category]


def _handset(offering: Json, currency: str) -> Handset:
    told = _told(offering)
    return Handset(
        sku=offering["id"],
        title=offering["name"],
        price=minor(_prices(offering)[0]["price"]["taxIncludedAmount"], currency),
        colour=told.get("colour"),
        storage=told.get("storage"),
    )


def _tariff(offering: Json, currency: str, time_zone: str) -> Tariff:
    first, *later = _prices(offering)
    data = _told(offering)["data"]
    return Tariff(
        sku=offering["id"],
        title=offering["name"],
        monthly=minor(first["price"]["taxIncludedAmount"], currency),
        term_months=int(offering["productOfferingTerm"][0]["duration"]["amount"]),
        data_gb=None if data == UNLIMITED else int(data),
        price_rises=tuple(
            PriceRise(
                starts=day_of(price["validFor"]["startDateTime"], time_zone),
                monthly=minor(price["price"]["taxIncludedAmount"], currency),
            )
            for price in later
        ),
    )


def _prices(offering: Json) -> list[Json]:
    """Its prices, today's first and then the rises stated in advance."""
    prices: list[Json] = offering["productOfferingPrice"]
    return sorted(prices, key=lambda price: str(price.get("validFor", {}).get("startDateTime", "")))


def _told(offering: Json) -> dict[str, str]:
    return {
        item["name"]: str(item["productSpecCharacteristicValue"][0]["value"])
        for item in offering["prodSpecCharValueUse"]
    }
