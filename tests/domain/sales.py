"""Completed checkouts of a small shop, and what became of them, for the rules of cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from unshackled.domain.case import CaseRequest
from unshackled.domain.catalogue import Accessory, Catalogue, CreditPlan, Handset, Tariff
from unshackled.domain.checkout import Cancellation, Checkout
from unshackled.domain.market_rules import MarketRules, NoticePeriod
from unshackled.domain.package import CreditChoice, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import replace
from unshackled.domain.run_records import Run

SOLD = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
RULES = MarketRules(
    market="GB",
    starts=SOLD.date(),
    ends=None,
    vat={"standard": Decimal(20)},
    goods_withdrawal_days=14,
    credit_withdrawal_days=14,
    airtime_months_max=24,
    airtime_notice=NoticePeriod(days=30),
    apr="2008/48/EC",
    contract_records_years=6,
)
SHOP = Catalogue(
    currency="GBP",
    version="1",
    handsets=(Handset(sku="fern", title="Fern 8", price=66_900),),
    tariffs=(Tariff(sku="sim", title="50 GB", monthly=1_800, term_months=24, data_gb=50),),
    credit_plans=(
        CreditPlan(
            code="credit-20", title="20 months", months=20, apr_percent=Decimal(0), min_amount=1000
        ),
    ),
    accessories=(
        Accessory(sku="case", title="Case", price=1_999),
        Accessory(sku="film", title="Film", price=900),
    ),
    trade_ins=(),
)
FINANCED = Selection(
    handset="fern",
    tariff="sim",
    credit=CreditChoice(plan="credit-20", deposit=4_900),
    accessories=("case", "film", "case"),
)
CASH = replace(FINANCED, credit=None)


def a_sale(selection: Selection = FINANCED) -> Checkout:
    """A checkout that completed when it was SOLD."""
    priced = price(selection, SHOP, rules=RULES, now=SOLD, quote_id="quo_1")
    assert isinstance(priced, Priced), priced
    return Checkout(
        id="chk_1",
        retailer="northstar",
        flow="handset-on-credit",
        digest="sha256:1",
        currency="GBP",
        locale="en-GB",
        bucket=1,
        created_at=SOLD,
        updated_at=SOLD,
        expires_at=SOLD,
        selection=selection,
        package=priced.package,
        quote=priced.quote,
        steps={},
        completed_at=SOLD,
    )


def with_case(sale: Checkout, case: CaseRequest, outcome: str = "open") -> Checkout:
    """The same sale with a case that is `open`, `completed` or `canceled`."""
    ended = Cancellation(code="refused", by="retailer", at=SOLD)
    run = Run(
        flow=case.kind,
        digest="sha256:2",
        opened=case,
        steps={},
        canceled=ended if outcome == "canceled" else None,
        completed_at=SOLD if outcome == "completed" else None,
    )
    runs: Mapping[str, Run] = {**sale.runs, case.case: run}
    return replace(sale, runs=runs)
