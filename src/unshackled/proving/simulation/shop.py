"""What a simulated shop sells: a catalogue drawn by the seed, priced by the product's own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Final

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    PriceRise,
    Tariff,
)
from unshackled.domain.package import CreditChoice, Package, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.flow.engine.sellable import not_sold
from unshackled.flow.plan.plan import Plan
from unshackled.markets import market_pack
from unshackled.ports.operation import Carried
from unshackled.testing.sample_upgrade import CHOICE, UPGRADE

CATALOGUES: Final = 12
PRICES: Final = (9_900, 29_900, 50_000, 71_800, 134_300)
MOST_ACCESSORIES: Final = 3
VALIDITY: Final = timedelta(days=30)
ASKS_FOR_MORE: Final = 0.05
Door = Callable[[Plan, Selection], Sequence[SelectionFault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a customer picked, and its price."""

    selection: Selection
    package: Package
    quote: Quote


@lru_cache(maxsize=CATALOGUES)
def catalogue_of(number: int, today: datetime) -> Catalogue:
    """One of the catalogues; `today` is where price rises count from."""
    random = Random(f"catalogue {number}")
    handsets = [
        Handset(sku=f"handset-{n}", title=f"Fern {n}", price=cost + random.choice((0, 1, 99)))
        for n, cost in enumerate(random.sample(PRICES, 3))
    ]
    rise = PriceRise(starts=today.date() + timedelta(days=120), monthly=1_950)
    tariffs = [
        Tariff(sku="sim-flat", title="50 GB", monthly=1_800, term_months=24, data_gb=50),
        Tariff(sku="sim-rises", title="Rises", monthly=1_750, term_months=12, price_rises=(rise,)),
    ]
    rate = random.choice(("0", "9.9", "29.9"))
    plans = [
        CreditPlan(code="credit-24", title="24 months", months=24, apr_percent=Decimal(rate)),
        CreditPlan(code="credit-0", title="0 %", months=12, apr_percent=Decimal(0)),
    ]
    accessories = [
        Accessory(sku=f"case-{n}", title=f"Case {n}", price=random.choice((0, 500, 1_900)))
        for n in range(3)
    ]
    return Catalogue(
        currency="GBP",
        version=str(number),
        handsets=tuple(handsets),
        tariffs=tuple(tariffs),
        credit_plans=tuple(plans),
        accessories=tuple(accessories),
    )


@lru_cache(maxsize=4_096)
def _priced(number: int, selection: Selection, start: datetime) -> Priced:
    """The price of a selection; simulated shops open on one day, so it is worked out once."""
    catalogue = catalogue_of(number, start)
    rules = market_pack("GB").on(start.date())
    found = price(
        selection,
        catalogue,
        rules=rules,
        now=start,
        quote_id="quo",
        validity=VALIDITY,
        upgrade=UPGRADE if selection.upgrade is not None else None,
    )
    if not isinstance(found, Priced):
        raise TypeError(f"the simulated shop has no price for {selection}: {found}")
    return found


class Shop:
    """Sells what a plan sells, from the catalogue of its seed; some customers ask for more.

    `door` says what of a selection is not sold, as the API does before it prices anything.
    """

    def __init__(self, seed: int, plan: Plan, start: datetime, door: Door = not_sold) -> None:
        """Draw the catalogue."""
        self._random = Random(f"shop {seed}")
        self._number = seed % CATALOGUES
        self._start = start
        self._plan = plan
        self._door = door
        self._quotes = 0

    def pick(self, now: datetime) -> Sale:
        """What a customer takes into the package now, with its quote."""
        selection = self._selection(more=self._random.random() < ASKS_FOR_MORE)
        if self._door(self._plan, selection):
            selection = self._selection(more=False)
        found = _priced(self._number, selection, self._start)
        self._quotes += 1
        quote = replace(found.quote, id=f"quo_{self._quotes}", valid_until=now + VALIDITY)
        return Sale(selection=selection, package=found.package, quote=quote)

    def _selection(self, *, more: bool) -> Selection:
        catalogue, draw = catalogue_of(self._number, self._start), self._random.choice
        handset = draw(catalogue.handsets) if self._takes("handset", more=more) else None
        tariff = draw(catalogue.tariffs).sku if self._takes("tariff", more=more) else None
        credit = None
        if handset is not None and self._takes("credit", more=more):
            credit = self._credit(catalogue, handset)
        extras = (
            tuple(self._accessories(catalogue)) if self._takes("accessories", more=more) else ()
        )
        if not (handset or tariff or extras):
            return self._selection(more=more)
        sku = handset.sku if handset else None
        upgrade = CHOICE if self._plan.upgrades else None
        return Selection(
            handset=sku, tariff=tariff, credit=credit, accessories=extras, upgrade=upgrade
        )

    def _takes(self, part: Carried, *, more: bool) -> bool:
        """What is required always, what is optional every second time, the rest if they want."""
        how = (self._plan.sells or {}).get(part)
        return how == "required" or ((how == "optional" or more) and self._random.random() < 0.5)

    def _credit(self, catalogue: Catalogue, handset: Handset) -> CreditChoice:
        plan = self._random.choice(catalogue.credit_plans)
        most = handset.price - plan.least
        deposit = self._random.choice((0, 0, 4_900, most // 2))
        return CreditChoice(plan=plan.code, deposit=min(deposit, most))

    def _accessories(self, catalogue: Catalogue) -> Iterator[str]:
        for _ in range(self._random.randint(1, MOST_ACCESSORIES)):
            yield self._random.choice(catalogue.accessories).sku
