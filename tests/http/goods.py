"""What the shops of the tests sell."""

from __future__ import annotations

from decimal import Decimal

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    Tariff,
    TradeInPrice,
)


def a_catalogue(currency: str) -> Catalogue:
    """Two handsets, two tariffs, a plan, accessories and trade-ins, priced in `currency`."""
    return Catalogue(
        currency=currency,
        version="2026-11-22",
        handsets=(
            Handset(sku="handset-mid", title="Fern 8 Pro 256 GB", price=71_800),
            Handset(sku="handset-low", title="Fern 8 Lite", price=19_900),
        ),
        tariffs=(
            Tariff(sku="sim-50gb", title="50 GB", monthly=1_800, term_months=24, data_gb=50),
            Tariff(
                sku="sim-mid-only",
                title="For the Pro",
                monthly=2_500,
                term_months=12,
                handsets=("handset-mid",),
            ),
        ),
        credit_plans=(
            CreditPlan(
                code="credit-24",
                title="24 months",
                months=24,
                apr_percent=Decimal("9.9"),
                min_amount=10_000,
            ),
        ),
        accessories=(
            Accessory(sku="case-clear", title="Clear case", price=1_900),
            Accessory(
                sku="case-mid", title="Case for the Pro", price=2_900, handsets=("handset-mid",)
            ),
        ),
        trade_ins=(
            TradeInPrice(model="Fern 6", grade="good", value=12_000),
            TradeInPrice(model="Fern 6", grade="worn", value=6_000),
        ),
    )
