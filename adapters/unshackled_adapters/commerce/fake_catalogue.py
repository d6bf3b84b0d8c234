"""The stand-in's catalogue in the platform's JSON."""

from __future__ import annotations

from typing import Any, Final

from unshackled.sdk.standin_goods import CATALOGUE

CATALOGUE_JSON: Final[dict[str, Any]] = {
    "currency": CATALOGUE.currency,
    "version": CATALOGUE.version,
    "handsets": [
        {
            "sku": item.sku,
            "title": item.title,
            "price": item.price,
            "storage": item.storage,
        }
        for item in CATALOGUE.handsets
    ],
    "tariffs": [
        {
            "sku": item.sku,
            "title": item.title,
            "monthly": item.monthly,
            "term_months": item.term_months,
            "data_gb": item.data_gb,
            "price_rises": [
                {"from": rise.starts.isoformat(), "monthly": rise.monthly}
                for rise in item.price_rises
            ],
        }
        for item in CATALOGUE.tariffs
    ],
    "credit_plans": [
        {
            "code": plan.code,
            "title": plan.title,
            "months": plan.months,
            "apr_percent": str(plan.apr_percent),
            "min_amount": plan.min_amount,
        }
        for plan in CATALOGUE.credit_plans
    ],
    "accessories": [
        {"sku": item.sku, "title": item.title, "price": item.price}
        for item in CATALOGUE.accessories
    ],
    "trade_ins": [
        {"model": item.model, "condition": item.grade, "value": item.value}
        for item in CATALOGUE.trade_ins
    ],
}
