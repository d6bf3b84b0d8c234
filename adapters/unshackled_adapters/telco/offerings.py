"""From the telco's product offerings (TMF620) to our catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from unshackled.sdk import Outcome, Passed
from unshackled.sdk.answers import moment
from unshackled.sdk.offers import Clocked, Reading, whole
from unshackled.sdk.ports import Catalogue, CatalogueFound, Handset, PriceRise, Tariff, exponent
from unshackled.sdk.texts import plain, word

Json = Mapping[str, Any]

ON_SALE: Final = "Active"
UNLIMITED: Final = "unlimited"
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def catalogue(
    offered: Sequence[Json], currency: str, time_zone: str = "UTC", now: datetime = BEGINNING
) -> Outcome[CatalogueFound]:
    """What is on sale `now`, priced in one currency; its version is the newest offering's update.

    Days and times without an offset are those of `time_zone`, the retailer's. What cannot be read
    is left out; the rest counts until the next price or offering begins or ends.
    """
    on_sale = [offering for offering in offered if offering.get("lifecycleStatus") == ON_SALE]
    reading, shelf = Reading(), _Shelf(currency, Clocked(now, time_zone))
    handsets = reading.all("handset", _of(on_sale, "handset"), shelf.handset)
    tariffs = reading.all("tariff", _of(on_sale, "tariff"), shelf.tariff)
    found = Catalogue(
        currency=currency,
        version=max(moment(offering["lastUpdate"]) for offering in on_sale).isoformat(),
        handsets=handsets,
        tariffs=tariffs,
    )
    reading.require_some(found)
    sold = {tariff.sku for tariff in tariffs}
    rises = [price for one in on_sale if one.get("id") in sold for price in _told_prices(one)]
    others = [price for one in on_sale if one.get("id") not in sold for price in _told_prices(one)]
    return Passed(
        output=CatalogueFound(catalogue=found, left_out=tuple(reading.left_out)),
        valid_until=shelf.clocked.next_change([*on_sale, *others], rises),
    )


def minor(price: Json, currency: str) -> int:
    """A TMF money value in minor units; another currency or part of a minor unit is refused."""
    if price["unit"] != currency:
        raise ValueError("unit")
    amount = Decimal(str(price["value"])).scaleb(exponent(currency))
    if amount != amount.to_integral_value():
        raise ValueError("value")
    return int(amount)


def _told_prices(offering: Json) -> Sequence[Json]:
    found: Sequence[Json] = offering.get("productOfferingPrice", ())
    return found


def _of(offered: Sequence[Json], category: str) -> list[Json]:
    kinds = ((item, [kind.get("name") for kind in item.get("category", ())]) for item in offered)
    return [item for item, names in kinds if names[:1] == [category]]


class _Shelf:
    """Reads offerings of one currency: each method gives None for what is not sold now."""

    def __init__(self, currency: str, clocked: Clocked) -> None:
        self._currency = currency
        self.clocked = clocked

    def handset(self, offering: Json) -> Handset | None:
        told, prices = _told(offering), self._prices(offering, "oneTime")
        current = self.clocked.current(prices) if self.clocked.in_force(offering) else None
        if current is None:
            return None
        return Handset(
            sku=word(offering["id"]),
            title=word(offering["name"]),
            price=self._minor(current),
            colour=told.get("colour"),
            storage=told.get("storage"),
        )

    def tariff(self, offering: Json) -> Tariff | None:
        data, prices = _told(offering)["data"], self._prices(offering, "recurring")
        data_gb = None if data == UNLIMITED else whole(data)
        months = _months(offering)
        current = self.clocked.current(prices) if self.clocked.in_force(offering) else None
        if current is None:
            return None
        return Tariff(
            sku=word(offering["id"]),
            title=word(offering["name"]),
            monthly=self._minor(current),
            term_months=months,
            data_gb=data_gb,
            price_rises=tuple(
                PriceRise(starts=starts, monthly=self._minor(price))
                for starts, price in self.clocked.to_come(prices)
            ),
        )

    def _prices(self, offering: Json, kind: str) -> list[Json]:
        """Its prices, all of one kind: an offering with another one cannot be sold here."""
        prices: list[Json] = offering["productOfferingPrice"]
        for price in prices:
            if price.get("priceType", kind) != kind:
                raise ValueError(f"a price of the type {price['priceType']}")
            if price.get("recurringChargePeriodType", "month") != "month":
                raise ValueError("not a monthly price")
            self._minor(price)
        if not prices:
            raise KeyError("productOfferingPrice")
        return prices

    def _minor(self, price: Json) -> int:
        return minor(price["price"]["taxIncludedAmount"], self._currency)


def _months(offering: Json) -> int:
    duration = offering["productOfferingTerm"][0]["duration"]
    if duration.get("units", "month") != "month":
        raise ValueError("units")
    return whole(duration["amount"])


def _told(offering: Json) -> dict[str, str]:
    return {
        item["name"]: plain(item["productSpecCharacteristicValue"][0]["value"])
        for item in offering.get("prodSpecCharValueUse", ())
    }
