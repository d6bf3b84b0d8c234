"""Small catalogues and choices of them, for properties of what goes together."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Grade,
    Handset,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.fitting import Chosen

SKUS: Final = ("A", "B", "C")
GRADES: Final[tuple[Grade, ...]] = ("good", "worn")
AGES: Final = st.sampled_from([None, None, 16, 18])
ONLY: Final = st.lists(st.sampled_from([*SKUS, "GONE"]), max_size=2, unique=True).map(tuple)
PRICES: Final = st.sampled_from([0, 99, 5_000, 9_900, 20_000, 71_800])


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Up to three handsets, two tariffs, plans, accessories and old devices."""
    handsets = tuple(
        Handset(sku=sku, title=f"Handset {sku}", price=draw(PRICES), min_age=draw(AGES))
        for sku in SKUS[: draw(st.integers(0, 3))]
    )
    tariffs = tuple(
        Tariff(
            sku=sku,
            title=f"Tariff {sku}",
            monthly=1_000,
            term_months=draw(st.sampled_from([1, 12, 24, 36])),
            handsets=draw(ONLY),
            min_age=draw(AGES),
        )
        for sku in ("T1", "T2")[: draw(st.integers(0, 2))]
    )
    plans = tuple(
        CreditPlan(
            code=code,
            title=f"Plan {code}",
            months=draw(st.sampled_from([3, 13, 24])),
            apr_percent=draw(st.sampled_from([Decimal(0), Decimal("9.9"), Decimal(99)])),
            min_deposit=draw(st.sampled_from([0, 4_900])),
            min_amount=draw(st.sampled_from([100, 9_000])),
            max_amount=draw(st.sampled_from([None, 15_000])),
            product=draw(st.sampled_from(["fixed_sum_loan", "deferred_payment"])),
            trade_in_reduces_credit=draw(st.booleans()),
            min_age=draw(AGES),
        )
        for code in ("P1", "P2")[: draw(st.integers(0, 2))]
    )
    accessories = tuple(
        Accessory(sku=sku, title=f"Accessory {sku}", price=1_900, handsets=draw(ONLY))
        for sku in ("C1", "C2")[: draw(st.integers(0, 2))]
    )
    old = tuple(
        TradeInPrice(model=model, grade=grade, value=draw(st.sampled_from([0, 3_000, 60_000])))
        for model in ("M1", "M2")[: draw(st.integers(0, 2))]
        for grade in GRADES[: draw(st.integers(1, 2))]
    )
    return Catalogue(
        currency="GBP",
        version="1",
        handsets=handsets,
        tariffs=tariffs,
        credit_plans=plans,
        accessories=accessories,
        trade_ins=old,
    )


def choices() -> st.SearchStrategy[Chosen]:
    """Anything, or nothing, of each kind; some of it is not in the catalogue."""
    maybe = st.none()
    return st.builds(
        Chosen,
        handset=maybe | st.sampled_from(SKUS),
        tariff=maybe | st.sampled_from(["T1", "T2"]),
        plan=maybe | st.sampled_from(["P1", "P2"]),
        deposit=maybe | st.sampled_from([0, 100, 4_900, 10_000]),
        accessories=st.lists(st.sampled_from(["C1", "C2"]), max_size=2).map(tuple),
        model=maybe | st.sampled_from(["M1", "M2"]),
        grade=maybe | st.sampled_from(GRADES),
    )
