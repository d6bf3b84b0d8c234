"""What the stand-in telco sells: SIM-only tariffs and a few handsets."""

from __future__ import annotations

from typing import Any, Final

from unshackled.sdk.ports import exponent

UPDATED: Final = "2026-11-01T00:00:00+00:00"

# id, name, minor units a month, months, data, rises as (from, minor units a month)
Plan = tuple[str, str, int, int, str, tuple[tuple[str, int], ...]]
TARIFFS: Final[tuple[Plan, ...]] = (
    ("sim-5gb", "5 GB rolling", 800, 1, "5", ()),
    ("sim-20gb", "20 GB", 1_200, 12, "20", ()),
    ("sim-50gb", "50 GB", 1_800, 24, "50", (("2027-04-01T00:00:00+00:00", 2_000),)),
    ("sim-unlimited", "Unlimited", 2_500, 12, "unlimited", ()),
)
# id, name, price in minor units, colour, storage
HANDSETS: Final = (
    ("handset-lite", "Moss 3", 19_900, "green", "128 GB"),
    ("handset-mid", "Fern 8 Pro", 71_800, "black", "256 GB"),
    ("handset-top", "Oak Ultra", 119_900, "silver", "512 GB"),
)


def offerings(currency: str) -> list[dict[str, Any]]:
    """Every product offering, priced in the currency; one of them is no longer sold."""
    retired = _tariff(("sim-old", "10 GB", 1_500, 24, "10", ()), currency)
    return [
        *(_tariff(plan, currency) for plan in TARIFFS),
        retired | {"lifecycleStatus": "Retired"},
        *(_handset(*handset, currency=currency) for handset in HANDSETS),
    ]


def _tariff(plan: Plan, currency: str) -> dict[str, Any]:
    identity, name, monthly, months, data, rises = plan
    recurring = {"priceType": "recurring", "recurringChargePeriodType": "month"}
    return _offering(identity, name, "tariff", {"data": data}) | {
        "productOfferingTerm": [{"duration": {"amount": months, "units": "month"}}],
        "productOfferingPrice": [
            recurring | {"price": _price(monthly, currency)},
            *(
                recurring
                | {"price": _price(amount, currency), "validFor": {"startDateTime": starts}}
                for starts, amount in rises
            ),
        ],
    }


def _handset(
    identity: str, name: str, price: int, colour: str, storage: str, *, currency: str
) -> dict[str, Any]:
    return _offering(identity, name, "handset", {"colour": colour, "storage": storage}) | {
        "productOfferingPrice": [{"priceType": "oneTime", "price": _price(price, currency)}],
    }


def _offering(
    identity: str, name: str, category: str, characteristics: dict[str, str]
) -> dict[str, Any]:
    return {
        "id": identity,
        "name": name,
        "lifecycleStatus": "Active",
        "lastUpdate": UPDATED,
        "category": [{"name": category}],
        "prodSpecCharValueUse": [
            {"name": label, "productSpecCharacteristicValue": [{"value": value}]}
            for label, value in characteristics.items()
        ],
    }


def _price(minor: int, currency: str) -> dict[str, Any]:
    value = minor / 10 ** exponent(currency)
    return {"taxIncludedAmount": {"unit": currency, "value": value}}
