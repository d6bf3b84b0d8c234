"""From TMF620's product offerings to our catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from unshackled.sdk import Passed
from unshackled.sdk.answers import day_of
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
from unshackled_adapters.tmf.money import minor_units

Json = Mapping[str, Any]

ON_SALE: Final = "Active"
UNLIMITED: Final = "unlimited"
# The `relationshipType` between a tariff and the handsets that it is sold with.
WITH: Final = "soldWith"
GRADES: Final[Mapping[str, Literal["pristine", "good", "worn", "broken"]]] = {
    "pristine": "pristine",
    "good": "good",
    "worn": "worn",
    "broken": "broken",
}
NO_CURRENCY: Final = "X" * 3  # ISO 4217: no currency involved


def refers(offerings: Sequence[Json]) -> bool:
    """Whether some price is only a reference to one in `productOfferingPrice`."""
    return any("price" not in price for one in offerings for price in _raw_prices(one))


def found(
    book: Json, offerings: Sequence[Json], prices: Sequence[Json], time_zone: str = "UTC"
) -> Passed[CatalogueFound]:
    """What is on sale, each by its category; the version is that of TMF620's catalogue.

    A price rise begins on the day of `time_zone`, the retailer's.
    """
    known = {price["id"]: price for price in prices}
    full = [{**one, "productOfferingPrice": _joined(one, known)} for one in offerings]
    shelf = _Shelf(full, time_zone)
    contents = Catalogue(
        currency=shelf.currency,
        version=str(book["version"]),
        handsets=tuple(shelf.handset(one) for one in shelf.of("handset")),
        tariffs=tuple(shelf.tariff(one) for one in shelf.of("tariff")),
        credit_plans=tuple(shelf.plan(one) for one in shelf.of("creditPlan")),
        accessories=tuple(shelf.accessory(one) for one in shelf.of("accessory")),
        trade_ins=tuple(shelf.trade_in(one) for one in shelf.of("tradeIn")),
    )
    return Passed(output=CatalogueFound(catalogue=contents))


class _Shelf:
    """Offerings of one currency."""

    def __init__(self, offerings: Sequence[Json], time_zone: str) -> None:
        self._time_zone = time_zone
        self._offerings = [
            one
            for one in offerings
            if one["lifecycleStatus"] == ON_SALE and one.get("isSellable", True)
        ]
        units = {_money(price)["unit"] for one in self._offerings for price in _raw_prices(one)}
        if len(units) > 1:
            raise ValueError("unit")
        self.currency = str(next(iter(units), NO_CURRENCY))

    def of(self, category: str) -> list[Json]:
        return [
            one
            for one in self._offerings
            if any(category in (kind["id"], kind.get("name")) for kind in one["category"])
        ]

    def handset(self, one: Json) -> Handset:
        told = _told(one)
        pictures = [item["url"] for item in one.get("attachment", ()) if "url" in item]
        return Handset(
            sku=one["id"],
            title=one["name"],
            price=self._price(one),
            colour=told.get("colour"),
            storage=told.get("storage"),
            image=pictures[0] if pictures else None,
        )

    def tariff(self, one: Json) -> Tariff:
        data = _told(one)["data"]
        first, *later = _in_order(one)
        return Tariff(
            sku=one["id"],
            title=one["name"],
            monthly=self._minor(first),
            term_months=_months(one),
            data_gb=None if data == UNLIMITED else int(data),
            price_rises=tuple(
                PriceRise(
                    starts=day_of(price["validFor"]["startDateTime"], self._time_zone),
                    monthly=self._minor(price),
                )
                for price in later
            ),
            handsets=_sold_with(one),
        )

    def plan(self, one: Json) -> CreditPlan:
        told, amounts = _told(one), {price["name"]: price for price in _raw_prices(one)}
        most = amounts.get("maximum")
        deposit = amounts.get("deposit")
        product = told.get("product", "fixed_sum_loan")
        if product not in ("fixed_sum_loan", "deferred_payment"):
            raise ValueError("product")
        return CreditPlan(
            code=one["id"],
            title=one["name"],
            months=_months(one),
            apr_percent=Decimal(told["apr"]),
            min_deposit=self._minor(deposit) if deposit else 0,
            min_amount=self._minor(amounts["minimum"]),
            max_amount=self._minor(most) if most else None,
            product="deferred_payment" if product == "deferred_payment" else "fixed_sum_loan",
            trade_in_reduces_credit=told.get("tradeInReducesCredit", "false") == "true",
        )

    def accessory(self, one: Json) -> Accessory:
        return Accessory(
            sku=one["id"],
            title=one["name"],
            price=self._price(one),
            handsets=_sold_with(one),
        )

    def trade_in(self, one: Json) -> TradeInPrice:
        told = _told(one)
        return TradeInPrice(
            model=told["model"],
            grade=GRADES[told["grade"]],
            value=self._price(one),
        )

    def _price(self, one: Json) -> int:
        return self._minor(_in_order(one)[0])

    def _minor(self, price: Json) -> int:
        return minor_units(_money(price), self.currency)


def _money(price: Json) -> Json:
    """The customer's price: of a price by value its gross, of a price by reference its money."""
    inner: Json = price["price"]
    found: Json = inner.get("taxIncludedAmount", inner)
    return found


def _raw_prices(one: Json) -> Sequence[Json]:
    found: Sequence[Json] = one.get("productOfferingPrice", ())
    return found


def _joined(one: Json, known: Mapping[str, Json]) -> list[Json]:
    """Its prices, those by reference looked up."""
    return [price if "price" in price else known[price["id"]] for price in _raw_prices(one)]


def _in_order(one: Json) -> list[Json]:
    """Its prices, today's first and then the rises stated in advance."""
    prices = _raw_prices(one)
    return sorted(prices, key=lambda price: str(price.get("validFor", {}).get("startDateTime", "")))


def _sold_with(one: Json) -> tuple[str, ...]:
    """The handsets it goes with; none: any."""
    related = one.get("productOfferingRelationship", ())
    return tuple(item["id"] for item in related if item["relationshipType"] == WITH)


def _months(one: Json) -> int:
    duration = one["productOfferingTerm"][0]["duration"]
    if duration["units"] != "month":
        raise ValueError("units")
    return int(duration["amount"])


def _told(one: Json) -> dict[str, str]:
    return {
        item["name"]: str(item["productSpecCharacteristicValue"][0]["value"])
        for item in one.get("prodSpecCharValueUse", ())
    }
