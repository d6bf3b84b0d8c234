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
