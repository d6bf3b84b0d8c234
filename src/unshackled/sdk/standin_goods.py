"""What the stand-in shops sell, and how much of it they have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Grade,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.sdk.standin import answer

AMPLE: Final = 100_000
RARE: Final = "handset-rare"
RARE_UNITS: Final = 2
# So many units and fewer are the last few.
FEW: Final = 5
WISHES: Final = "0 or more, or the day that some arrive on"
# When what is gone comes back, by SKU.
Arrivals = dict[str, date]

HANDSETS: Final = (
    Handset(sku="handset-entry", title="Fern 8a", price=19_900, storage="128 GB"),
    Handset(sku="handset-mid", title="Fern 8 Pro", price=71_800, storage="256 GB"),
    Handset(sku="handset-pro", title="Fern 9", price=94_900, storage="256 GB"),
    Handset(sku="handset-max", title="Fern 9 Max", price=119_900, storage="512 GB"),
    Handset(sku=RARE, title="Fern Retro", price=54_900, storage="64 GB"),
)
TARIFFS: Final = (
    Tariff(sku="sim-5gb", title="5 GB", monthly=800, term_months=12, data_gb=5),
    Tariff(sku="sim-50gb", title="50 GB", monthly=1_800, term_months=24, data_gb=50),
    Tariff(
        sku="sim-unlimited",
        title="Unlimited",
        monthly=2_800,
        term_months=24,
        price_rises=(PriceRise(starts=date(2027, 4, 1), monthly=2_980),),
    ),
)
CREDIT_PLANS: Final = (
    CreditPlan(
        code="credit-24-0",
        title="24 months, 0 % APR",
        months=24,
        apr_percent=Decimal("0.0"),
        min_amount=10_000,
    ),
    CreditPlan(
        code="credit-24-9.9",
        title="24 months, 9.9 % APR",
        months=24,
        apr_percent=Decimal("9.9"),
        min_amount=10_000,
    ),
    CreditPlan(
        code="credit-36-14.9",
        title="36 months, 14.9 % APR",
        months=36,
        apr_percent=Decimal("14.9"),
        min_amount=30_000,
    ),
)
ACCESSORIES: Final = (
    Accessory(sku="case-clear", title="Clear case", price=1_900),
    Accessory(sku="charger-30w", title="30 W charger", price=2_500),
    Accessory(sku="earbuds", title="Earbuds", price=9_900),
)
_GUIDE: Final[tuple[tuple[str, Grade, int], ...]] = (
    ("Fern 7", "pristine", 28_000),
    ("Fern 7", "good", 22_000),
    ("Fern 7", "worn", 12_000),
    ("Fern 7", "broken", 4_000),
    ("Fern 6", "pristine", 16_000),
    ("Fern 6", "good", 12_000),
    ("Fern 6", "worn", 6_000),
    ("Fern 6", "broken", 1_500),
)
TRADE_INS: Final = tuple(
    TradeInPrice(model=model, grade=grade, value=value) for model, grade, value in _GUIDE
)
CATALOGUE: Final = Catalogue(
    currency="GBP",
    version="2026-11",
    handsets=HANDSETS,
    tariffs=TARIFFS,
    credit_plans=CREDIT_PLANS,
    accessories=ACCESSORIES,
    trade_ins=TRADE_INS,
)


def stock() -> dict[str, int]:
    """Units on the shelf by SKU, in a fresh dictionary."""
    units = {item.sku: AMPLE for item in (*HANDSETS, *ACCESSORIES)}
    return units | {RARE: RARE_UNITS}


def shelves(units: dict[str, int], arrivals: Arrivals | None = None) -> Route:
    """`/_stock`: GET tells the units left by SKU, PUT sets some of them, e.g. `{"<sku>": 100}`.

    `{"<sku>": "2026-12-10"}` is none left, and the day that some arrive on.
    """
    due = {} if arrivals is None else arrivals

    async def endpoint(request: Request) -> Response:
        if request.method == "PUT":
            try:
                wished = orjson.loads(await request.body())
            except orjson.JSONDecodeError:
                wished = None
            if not _is_stock(wished, units):
                told = {
                    "error": "invalid",
                    "allowed": sorted(units),
                    "units": WISHES,
                }
                return answer(told, 422)
            for sku, count in wished.items():
                due.pop(sku, None)
                units[sku] = count if isinstance(count, int) else 0
                if not isinstance(count, int):
                    due[sku] = date.fromisoformat(count)
        return answer({"units": units})

    return Route("/_stock", endpoint, methods=["GET", "PUT"])


def _is_stock(wished: object, units: dict[str, int]) -> bool:
    return isinstance(wished, dict) and all(
        sku in units and _is_count(count) for sku, count in wished.items()
    )


def _is_count(value: object) -> bool:
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return type(value) is int and value >= 0
