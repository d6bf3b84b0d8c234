"""From TMF620's product offerings to our catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from unshackled.sdk import Passed
from unshackled.sdk.offers import Clocked, Reading, whole
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
from unshackled.sdk.texts import plain, word
from unshackled_adapters.tmf.values import minor_units

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
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
MONTHLY: Final = frozenset({"month", "months", "monthly"})


def refers(offerings: Sequence[Json]) -> bool:
    """Whether some price is only a reference to one in `productOfferingPrice`."""
    return any("price" not in price for one in offerings for price in _raw_prices(one))


def catalogue_of(
    book: Json,
    offerings: Sequence[Json],
    prices: Sequence[Json],
    time_zone: str = "UTC",
    *,
    now: datetime = BEGINNING,
    currency: str | None = None,
) -> Passed[CatalogueFound]:
    """What is on sale `now`, each by its category; the version is that of TMF620's catalogue.

    Days and times without an offset are those of `time_zone`, the retailer's. What cannot be read,
    and what is not priced in `currency` (by default that of the first price), is left out. It
    counts until the next price or offering begins or ends.
    """
    known = {price["id"]: price for price in prices}
    clocked = Clocked(now, time_zone)
    on_sale = [one for one in offerings if _is_on_sale(one)]
    shelf = _Shelf(known, clocked, currency or _currency(on_sale, known))
    reading = Reading()
    parts: dict[str, Any] = {
        "handsets": reading.all("handset", _of(on_sale, "handset"), shelf.handset),
        "tariffs": reading.all("tariff", _of(on_sale, "tariff"), shelf.tariff),
        "credit_plans": reading.all("credit_plan", _of(on_sale, "creditPlan"), shelf.plan),
        "accessories": reading.all("accessory", _of(on_sale, "accessory"), shelf.accessory),
        "trade_ins": reading.all("trade_in", _of(on_sale, "tradeIn"), shelf.trade_in),
    }
    contents = Catalogue(currency=shelf.currency, version=word(book["version"]), **parts)
    reading.require_some(contents)
    sold = {tariff.sku for tariff in contents.tariffs}
    joined = {one.get("id"): _joined_or_none(one, known) for one in on_sale}
    rises = [price for sku, told in joined.items() if sku in sold for price in told]
    others = [price for sku, told in joined.items() if sku not in sold for price in told]
    return Passed(
        output=CatalogueFound(catalogue=contents, left_out=tuple(reading.left_out)),
        valid_until=clocked.next_change([*on_sale, *others], rises),
    )


class _Shelf:
    """Reads offerings of one currency: each method gives None for what is not sold now."""

    def __init__(self, known: Mapping[str, Json], clocked: Clocked, currency: str) -> None:
        self._known = known
        self._clocked = clocked
        self.currency = currency

    def handset(self, one: Json) -> Handset | None:
        told = _told(one)
        price = self._price(one)
        if price is None:
            return None
        pictures = [word(item["url"]) for item in one.get("attachment", ()) if "url" in item]
        return Handset(
            sku=word(one["id"]),
            title=word(one["name"]),
            price=price,
            colour=told.get("colour"),
            storage=told.get("storage"),
            image=pictures[0] if pictures else None,
            min_age=_age(told),
        )

    def tariff(self, one: Json) -> Tariff | None:
        told = _told(one)
        data = told["data"]
        prices = [price for price in self._prices(one) if _is_monthly(price)]
        current = self._clocked.current(prices) if self._clocked.in_force(one) else None
        data_gb = None if data == UNLIMITED else whole(data)
        months = _months(one)
        if current is None:
            return None
        return Tariff(
            sku=word(one["id"]),
            title=word(one["name"]),
            monthly=self._minor(current),
            term_months=months,
            data_gb=data_gb,
            price_rises=tuple(
                PriceRise(starts=starts, monthly=self._minor(price))
                for starts, price in self._clocked.to_come(prices)
            ),
            handsets=_sold_with(one),
            min_age=_age(told),
        )

    def plan(self, one: Json) -> CreditPlan | None:
        told = _told(one)
        amounts = self._amounts(one)
        product = told.get("product", "fixed_sum_loan")
        if product not in ("fixed_sum_loan", "deferred_payment"):
            raise ValueError("product")
        if not self._clocked.in_force(one) or "minimum" not in amounts:
            return None
        return CreditPlan(
            code=word(one["id"]),
            title=word(one["name"]),
            months=_months(one),
            apr_percent=Decimal(told["apr"]),
            min_deposit=amounts.get("deposit", 0),
            min_amount=amounts["minimum"],
            max_amount=amounts.get("maximum"),
            product="deferred_payment" if product == "deferred_payment" else "fixed_sum_loan",
            trade_in_reduces_credit=told.get("tradeInReducesCredit", "false") == "true",
            min_age=_age(told),
        )

    def accessory(self, one: Json) -> Accessory | None:
        price = self._price(one)
        if price is None:
            return None
        return Accessory(
            sku=word(one["id"]), title=word(one["name"]), price=price, handsets=_sold_with(one)
        )

    def trade_in(self, one: Json) -> TradeInPrice | None:
        told = _told(one)
        value = self._price(one)
        if value is None:
            return None
        return TradeInPrice(model=word(told["model"]), grade=GRADES[told["grade"]], value=value)

    def _price(self, one: Json) -> int | None:
        """What it costs once, now; None where it is not sold now."""
        prices = self._prices(one)
        if any(price.get("priceType") == "recurring" for price in prices):
            raise ValueError("a recurring price")
        current = self._clocked.current(prices) if self._clocked.in_force(one) else None
        return None if current is None else self._minor(current)

    def _amounts(self, one: Json) -> dict[str, int]:
        """The amounts in force by their names."""
        named: dict[str, list[Json]] = {"minimum": []}
        for price in self._prices(one):
            named.setdefault(price["name"], []).append(price)
        if not named["minimum"]:
            raise KeyError("minimum")
        current = {name: self._clocked.current(prices) for name, prices in named.items()}
        return {name: self._minor(price) for name, price in current.items() if price is not None}

    def _prices(self, one: Json) -> list[Json]:
        prices = _joined(one, self._known)
        if not prices:
            raise KeyError("productOfferingPrice")
        for price in prices:
            self._minor(price)
        return prices

    def _minor(self, price: Json) -> int:
        return minor_units(_money(price), self.currency)


def _age(said_of: Mapping[str, str]) -> int | None:
    """From which age on it is sold, where the BSS says so."""
    age = said_of.get("minimumAge")
    return None if age is None else whole(age)


def _is_on_sale(one: Json) -> bool:
    return one.get("lifecycleStatus") == ON_SALE and bool(one.get("isSellable", True))


def _of(offerings: Sequence[Json], category: str) -> list[Json]:
    return [
        one
        for one in offerings
        if any(category in (kind.get("id"), kind.get("name")) for kind in one.get("category", ()))
    ]


def _is_monthly(price: Json) -> bool:
    """Whether a tariff's price is paid each month; `ValueError` for what we cannot sell with it."""
    kind = price.get("priceType", "recurring")
    if kind == "usage":  # beyond what is included: the operator's own bill
        return False
    if kind != "recurring":
        raise ValueError(f"a price of the type {kind}")
    period = price.get("recurringChargePeriodType") or price.get("recurringChargePeriod", "month")
    length = price.get("recurringChargePeriodLength", 1)
    if period not in MONTHLY or length != 1:
        raise ValueError("not a monthly price")
    return True


def _currency(offerings: Sequence[Json], known: Mapping[str, Json]) -> str:
    """That of the first price that has one."""
    prices = (price for one in offerings for price in _joined_or_none(one, known))
    units = (_money(price).get("unit") for price in prices if "price" in price)
    return word(next((unit for unit in units if unit), NO_CURRENCY))


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


def _joined_or_none(one: Json, known: Mapping[str, Json]) -> list[Json]:
    try:
        return _joined(one, known)
    except KeyError:
        return []


def _sold_with(one: Json) -> tuple[str, ...]:
    """The handsets it goes with; none: any."""
    related = one.get("productOfferingRelationship", ())
    return tuple(word(item["id"]) for item in related if item["relationshipType"] == WITH)


def _months(one: Json) -> int:
    duration = one["productOfferingTerm"][0]["duration"]
    if duration["units"] not in MONTHLY:
        raise ValueError("units")
    return whole(duration["amount"])


def _told(one: Json) -> dict[str, str]:
    return {
        item["name"]: plain(item["productSpecCharacteristicValue"][0]["value"])
        for item in one.get("prodSpecCharValueUse", ())
    }
