"""The stand-in's catalogue in ShopServer's XML."""

from __future__ import annotations

from typing import Final

from unshackled.sdk import xml
from unshackled.sdk.amounts import to_decimal
from unshackled.sdk.ports import Catalogue, Tariff

CATALOGUE: Final = '<Catalogue currency="{currency}" version="{version}">{items}</Catalogue>'
HANDSET: Final = '<Handset sku="{sku}" title="{title}" price="{price}" storage="{storage}"/>'
TARIFF: Final = (
    '<Tariff sku="{sku}" title="{title}" monthly="{monthly}" months="{months}" data="{data}">'
    "{rises}</Tariff>"
)
RISE: Final = '<PriceRise starts="{starts}" monthly="{monthly}"/>'
PLAN: Final = (
    '<CreditPlan code="{code}" title="{title}" months="{months}" apr="{apr}" minimum="{minimum}"/>'
)
ACCESSORY: Final = '<Accessory sku="{sku}" title="{title}" price="{price}"/>'
TRADE_IN: Final = '<TradeIn model="{model}" grade="{grade}" value="{value}"/>'
GRADES: Final = {"pristine": "A", "good": "B", "worn": "C", "broken": "D"}


def written(catalogue: Catalogue) -> xml.Markup:
    """The whole catalogue."""

    def money(minor: int) -> str:
        return to_decimal(minor, catalogue.currency)

    items = [
        *(
            xml.render(
                HANDSET,
                sku=item.sku,
                title=item.title,
                price=money(item.price),
                storage=item.storage or "",
            )
            for item in catalogue.handsets
        ),
        *(_tariff(item, catalogue.currency) for item in catalogue.tariffs),
        *(
            xml.render(
                PLAN,
                code=plan.code,
                title=plan.title,
                months=plan.months,
                apr=plan.apr_percent,
                minimum=money(plan.min_amount),
            )
            for plan in catalogue.credit_plans
        ),
        *(
            xml.render(ACCESSORY, sku=item.sku, title=item.title, price=money(item.price))
            for item in catalogue.accessories
        ),
        *(
            xml.render(
                TRADE_IN,
                model=item.model,
                grade=GRADES[item.grade],
                value=money(item.value),
            )
            for item in catalogue.trade_ins
        ),
    ]
    return xml.render(
        CATALOGUE,
        currency=catalogue.currency,
        version=catalogue.version,
        items=xml.join(items),
    )


def _tariff(tariff: Tariff, currency: str) -> xml.Markup:
    rises = xml.join(
        xml.render(RISE, starts=rise.starts, monthly=to_decimal(rise.monthly, currency))
        for rise in tariff.price_rises
    )
    return xml.render(
        TARIFF,
        sku=tariff.sku,
        title=tariff.title,
        monthly=to_decimal(tariff.monthly, currency),
        months=tariff.term_months,
        data="UNLIMITED" if tariff.data_gb is None else tariff.data_gb,
        rises=rises,
    )
