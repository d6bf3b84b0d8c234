"""Whatever is sold: an order's lines and charges add up to what the customer agreed to.

Of every adapter that places orders, on the body as it goes over the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.package import CreditChoice, Selection, TradeInChoice
from unshackled.domain.pricing import Priced, price
from unshackled.domain.quote import Part, QuoteLine
from unshackled.domain.records import replace
from unshackled.markets import market_pack
from unshackled.ports import all_operations
from unshackled.ports.orders import PlaceOrder
from unshackled.sdk import Call, xml
from unshackled.sdk.amounts import to_minor
from unshackled.testing.samples import NOW, request_for
from unshackled_adapters.commerce import bodies as commerce
from unshackled_adapters.legacy_shop import mapping as legacy_shop
from unshackled_adapters.tmf import order_mapping as tmf

CURRENCIES: Final = ("GBP", "EUR", "JPY", "KWD")
GB: Final = market_pack("GB").on(NOW.date())
RATES: Final = ("0", "9.9", "29.9")
CALL: Final = Call(
    reference="REFERENCE",
    checkout="chk_sample",
    currency="GBP",
    locale="en-GB",
    callback_url="https://checkout.example/callback",
    return_url="https://checkout.example/return",
)
OLD: Final = TradeInChoice(imei="490154203237518", model="Fern 6", grade="good")


def _catalogue(currency: str, handset: int, rate: str, *, reduces: bool) -> Catalogue:
    plan = CreditPlan(
        code="plan",
        title="24 months",
        months=24,
        apr_percent=Decimal(rate),
        trade_in_reduces_credit=reduces,
    )
    return Catalogue(
        currency=currency,
        version="1",
        handsets=(Handset(sku="phone", title="Phone", price=handset),),
        tariffs=(Tariff(sku="sim", title="SIM", monthly=1_803, term_months=12, data_gb=5),),
        credit_plans=(plan,),
        accessories=(Accessory(sku="case", title="Case", price=1_901),),
        trade_ins=(TradeInPrice(model="Fern 6", grade="good", value=12_003),),
    )


@st.composite
def orders(draw: st.DrawFn) -> PlaceOrder:
    """An order of whatever can be sold, with lines that steps brought to its quote."""
    currency, deposit = draw(st.sampled_from(CURRENCIES)), draw(st.integers(0, 9_000))
    catalogue = _catalogue(
        currency,
        draw(st.integers(40_000, 150_000)),
        draw(st.sampled_from(RATES)),
        reduces=draw(st.booleans()),
    )
    on_credit = draw(st.booleans())
    picked = Selection(
        handset="phone",
        tariff=draw(st.sampled_from(["sim", None])),
        credit=CreditChoice(plan="plan", deposit=deposit) if on_credit else None,
        accessories=("case",) * draw(st.integers(0, 3)),
        trade_in=draw(st.sampled_from([OLD, None])),
    )
    found = price(picked, catalogue, rules=GB, now=NOW, quote_id="quo_sample")
    assert isinstance(found, Priced), found
    parts: list[Part] = ["delivery", "settlement"]
    lines = [
        QuoteLine(part=part, title=part, due_today=amount, total=amount, step=part)
        for part in draw(st.sets(st.sampled_from(parts)))
        for amount in (draw(st.integers(1, 30_000)),)
    ]
    quote = found.quote.with_step_lines(lines, 0, of="chk_sample")
    return replace(sample_order(), package=found.package, quote=quote)


def sample_order() -> PlaceOrder:
    """Somebody's order."""
    made: PlaceOrder = request_for(all_operations()["orders.place"])
    return made


def _prices(order: PlaceOrder) -> int:
    """What the goods cost at their own prices."""
    package = order.package
    extras = package.accessories.total if package.accessories else 0
    handset = package.handset.price if package.handset else 0
    return handset + extras + (package.tariff.total if package.tariff else 0)


def by_commerce(order: PlaceOrder) -> tuple[int, int, int]:
    """(lines and charges, total, paid today) of the platform's JSON."""
    body = commerce.order(order, CALL, "web", None)
    told = [*body["lines"], *body.get("charges", ())]
    return sum(one["price"] for one in told), body["total"], body["paid_today"]


def by_legacy_shop(order: PlaceOrder) -> tuple[int, int, int]:
    """The same of ShopServer's XML, which has its own prices of goods."""
    found = xml.parse(f"<Order>{legacy_shop.order(order, CALL)}</Order>".encode())
    currency = order.quote.currency
    charges = [to_minor(one.text or "", currency) for one in xml.find_all(found, "Charge")]
    total, paid = (to_minor(xml.text(found, name), currency) for name in ("Total", "PaidToday"))
    return _prices(order) + sum(charges), total, paid


def by_tmf(order: PlaceOrder) -> tuple[int, int, int]:
    """The same of a TMF622 product order."""
    body = tmf.product_order(order, CALL, "web")
    currency = order.quote.currency

    def minor(one: Any) -> int:
        price = one["price"]["taxIncludedAmount"]
        assert price["unit"] == currency
        return to_minor(str(price["value"]), currency)

    told = {one["name"]: minor(one) for one in body["orderTotalPrice"][:2]}
    items = [minor(one["itemTotalPrice"][0]) for one in body["productOrderItem"]]
    charges = [minor(one) for one in body["orderTotalPrice"][2:]]
    return sum(items) + sum(charges), told[tmf.TOTAL], told[tmf.TODAY]


@pytest.mark.parametrize("read", [by_commerce, by_legacy_shop, by_tmf])
@settings(max_examples=budget(25, 60), deadline=None)
@given(order=orders())
def test_an_order_adds_up_on_the_wire(
    read: Callable[[PlaceOrder], tuple[int, int, int]], order: PlaceOrder
) -> None:
    """Goods at their prices and the charges beside them are the total that was agreed to.

    So no backend has to guess where delivery, settlement, interest and trade-in went.
    """
    added, total, today = read(order)
    assert added == total == order.quote.total_payable
    assert today == order.quote.due_today
    assert today == sum(line.due_today for line in order.quote.lines)
