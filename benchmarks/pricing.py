"""What it costs to price a package with each of 100 credit plans, as a page that compares them.

`python -m benchmarks.pricing 20` prices them so often; `valgrind` counts its instructions.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from typing import Final

from benchmarks.instructions import instructions
from benchmarks.report import Row
from unshackled.domain.catalogue import Accessory, Catalogue, CreditPlan, Handset, PriceRise, Tariff
from unshackled.domain.package import CreditChoice, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.markets import market_pack

PLANS: Final = 100
ROUNDS: Final = 9
NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Rounds of the two runs under valgrind; the start of the interpreter is in both.
FEW: Final = 2
MANY: Final = 8
BAR: Final = 30.0
CATALOGUE: Final = Catalogue(
    currency="GBP",
    version="bench",
    handsets=(Handset(sku="handset", title="Handset", price=71_800),),
    tariffs=(
        Tariff(
            sku="tariff",
            title="Tariff",
            monthly=1_800,
            term_months=24,
            price_rises=(PriceRise(starts=date(2027, 4, 1), monthly=1_980),),
        ),
    ),
    credit_plans=tuple(
        CreditPlan(
            code=f"plan-{place}",
            title=f"Plan {place}",
            months=(12, 24, 36)[place % 3],
            apr_percent=Decimal(place % 40),
            min_amount=10_000,
        )
        for place in range(PLANS)
    ),
    accessories=(Accessory(sku="case", title="Case", price=1_900),),
)


def price_all(round_: int) -> None:
    """Each plan at a deposit that no round before had: what is remembered does not help."""
    rules = market_pack("GB").on(NOW.date())
    for place, plan in enumerate(CATALOGUE.credit_plans):
        choice = CreditChoice(plan=plan.code, deposit=round_ * PLANS + place)
        selection = Selection(
            handset="handset", tariff="tariff", credit=choice, accessories=("case",)
        )
        found = price(selection, CATALOGUE, rules=rules, now=NOW, quote_id="quo_bench")
        if not isinstance(found, Priced):
            raise TypeError(str(found))


def rows() -> Iterator[Row]:
    """CPU, and instructions where valgrind is on PATH."""
    what = f"a package priced with each of {PLANS} credit plans"
    yield Row(what=what, measured=_cpu(), unit="CPU-ms", bar=BAR)
    if shutil.which("valgrind"):
        few, many = (instructions("-m", "benchmarks.pricing", str(n)) for n in (FEW, MANY))
        yield Row(what=what, measured=(many - few) / (MANY - FEW) / 1e6, unit="M instructions")


def _cpu() -> float:
    """The median of some rounds, in milliseconds; the first one is to warm up."""
    price_all(0)
    seen = []
    for round_ in range(1, ROUNDS + 1):
        began = time.process_time()
        price_all(round_)
        seen.append((time.process_time() - began) * 1e3)
    return median(seen)


def main() -> None:
    """Price."""
    for round_ in range(int(sys.argv[1])):
        price_all(round_)


if __name__ == "__main__":
    main()
