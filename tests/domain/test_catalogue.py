"""The catalogue: what it refuses and what goes with what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.codec import decode, encode
from unshackled.domain.records import replace

BIG = Handset(sku="BIG", title="Big", price=90_000)
SMALL = Handset(sku="SMALL", title="Small", price=9_000)
ANY = Tariff(sku="ANY", title="Any", monthly=1_000, term_months=12)
ONLY_BIG = replace(ANY, sku="ONLY_BIG", handsets=("BIG",))
PLAN = CreditPlan(code="PLAN", title="Plan", months=24, apr_percent=Decimal(0), min_amount=20_000)
LESS = replace(PLAN, code="LESS", trade_in_reduces_credit=True)
CASE = Accessory(sku="CASE", title="Case for the big one", price=1_900, handsets=("BIG",))
CHARGER = Accessory(sku="CHARGER", title="Charger", price=2_500)
OLD = TradeInPrice(model="Old", grade="good", value=70_000)
WORN = TradeInPrice(model="Old", grade="worn", value=70_001)
CATALOGUE = Catalogue(
    currency="GBP",
    version="1",
    handsets=(BIG, SMALL),
    tariffs=(ANY, ONLY_BIG),
    credit_plans=(PLAN, LESS),
    accessories=(CASE, CHARGER),
    trade_ins=(OLD, WORN),
)


def test_only_what_goes_together_is_offered() -> None:
    """Each choice narrows the others; an unknown one leaves nothing."""
    assert CATALOGUE.handsets_with(tariff="ANY") == (BIG, SMALL)
    assert CATALOGUE.handsets_with(tariff="ONLY_BIG") == (BIG,)
    assert CATALOGUE.handsets_with(tariff="ANY", plan="PLAN") == (BIG,)
    assert CATALOGUE.tariffs_with(handset="SMALL") == (ANY,)
    assert CATALOGUE.credit_plans_with(handset="SMALL") == ()
    assert CATALOGUE.credit_plans_with(handset="BIG") == (PLAN, LESS)
    assert CATALOGUE.accessories_with(handset="SMALL") == (CHARGER,)
    assert CATALOGUE.accessories_with(handset="BIG") == (CASE, CHARGER)
    assert CATALOGUE.handsets_with(tariff="NONE") == ()
    assert CATALOGUE.tariffs_with(handset="NONE") == ()
    assert CATALOGUE.accessories_with(handset="NONE") == ()


def test_an_old_device_is_taken_where_its_value_leaves_enough_to_lend() -> None:
    """Only a plan that the value reduces can be too small for it: 90000 - 70000 is its minimum."""
    assert CATALOGUE.trade_ins_with(handset="BIG", plan="LESS") == (OLD,)
    assert CATALOGUE.trade_ins_with(handset="BIG", plan="PLAN") == (OLD, WORN)
    assert CATALOGUE.trade_ins_with(handset="BIG") == CATALOGUE.trade_ins
    assert CATALOGUE.trade_ins_with(plan="LESS") == CATALOGUE.trade_ins
    assert CATALOGUE.trade_ins_with(handset="NONE", plan="LESS") == ()
    assert CATALOGUE.trade_ins_with(handset="BIG", plan="NONE") == ()


def test_without_a_choice_everything_is_offered() -> None:
    """Nothing chosen yet restricts nothing."""
    assert CATALOGUE.handsets == CATALOGUE.handsets_with()
    assert CATALOGUE.tariffs == CATALOGUE.tariffs_with()
    assert CATALOGUE.credit_plans == CATALOGUE.credit_plans_with()
    assert CATALOGUE.accessories == CATALOGUE.accessories_with()
    assert CATALOGUE.trade_ins == CATALOGUE.trade_ins_with()


def test_a_rise_counts_from_its_day() -> None:
    """The latest rise that has started is the price, in whatever order they are listed."""
    tariff = replace(
        ANY,
        price_rises=(
            PriceRise(starts=date(2028, 4, 1), monthly=1_200),
            PriceRise(starts=date(2027, 4, 1), monthly=1_100),
        ),
    )
    assert tariff.monthly_on(date(2027, 3, 31)) == 1_000
    assert tariff.monthly_on(date(2027, 4, 1)) == 1_100
    assert tariff.monthly_on(date(2030, 1, 1)) == 1_200


@pytest.mark.parametrize(
    ("part", "changes", "field"),
    [
        (BIG, {"price": -1}, "price"),
        (ANY, {"monthly": -1}, "monthly"),
        (ANY, {"term_months": 0}, "term_months"),
        (PLAN, {"months": 0}, "months"),
        (PLAN, {"min_amount": 23}, "min_amount"),
        (PLAN, {"apr_percent": Decimal(-1)}, "apr_percent"),
        (PLAN, {"apr_percent": Decimal("NaN")}, "apr_percent"),
        (CATALOGUE, {"currency": "pounds"}, "currency"),
        (CATALOGUE, {"handsets": (BIG, BIG)}, "handsets"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    part: Any, changes: dict[str, Any], field: str
) -> None:
    """Negative amounts, empty terms and twins never enter a catalogue."""
    with pytest.raises(ValueError, match=f"^{field}: "):
        replace(part, **changes)


def test_a_catalogue_survives_json_and_refuses_unknown_keys() -> None:
    """Rates stay decimal; a key that no field has is an error at any depth."""
    data = encode(CATALOGUE)
    assert decode(Catalogue, data) == CATALOGUE
    data["handsets"][0]["prise_minor"] = 1
    with pytest.raises(ValidationError, match="prise_minor"):
        decode(Catalogue, data)


def test_the_digest_is_that_of_the_contents() -> None:
    """Any change is another digest."""
    assert CATALOGUE.digest == decode(Catalogue, encode(CATALOGUE)).digest
    assert CATALOGUE.digest != replace(CATALOGUE, version="2").digest
