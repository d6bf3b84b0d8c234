"""Credit of the same handset that a customer could repay: another plan, or a larger deposit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from unshackled.domain.affordability import dearest_instalment
from unshackled.domain.catalogue import Catalogue, CreditPlan
from unshackled.domain.facts import Fact
from unshackled.domain.loan import terms_of
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.money import exponent
from unshackled.domain.package import CreditChoice, CreditTerms, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import Record
from unshackled.domain.selection import amount_before_deposit

# How many are named; the first ones cost the least today.
NAMED: Final = 5
# How many deposits beside the one that was found are looked at, each a unit of the currency larger.
NEARBY: Final = 20


class AffordableOffer(Record, Fact):
    """A plan and a deposit, with what they come to a month; amounts are minor units."""

    plan: str
    title: str
    deposit: int
    months: int
    instalment: int


def affordable_offers(
    selection: Selection,
    catalogue: Catalogue,
    most: int,
    *,
    rules: MarketRules,
    now: datetime,
    taken: Callable[[Priced], bool],
) -> tuple[AffordableOffer, ...]:
    """What fits an instalment of `most`: each plan with the smallest deposit that it needs.

    The customer's own deposit stays where it is enough. `taken` says whether a package with it can
    be paid for in this flow; `now` is in the retailer's zone, `rules` its market's then.
    """
    found = []
    for plan in catalogue.credit_plans:
        for deposit in _deposits(selection, catalogue, plan, most):
            trial = replace(selection, credit=CreditChoice(plan=plan.code, deposit=deposit))
            priced = price(trial, catalogue, rules=rules, now=now, quote_id="asked")
            if isinstance(priced, Priced) and priced.package.credit and taken(priced):
                found.append(_offer(priced.package.credit))
                break
    fitting = [one for one in found if one.instalment <= most]
    return tuple(sorted(fitting, key=lambda one: (one.deposit, one.months, one.plan))[:NAMED])


def _offer(terms: CreditTerms) -> AffordableOffer:
    return AffordableOffer(
        plan=terms.plan,
        title=terms.title,
        deposit=terms.deposit,
        months=terms.months,
        instalment=dearest_instalment(terms),
    )


def _deposits(
    selection: Selection, catalogue: Catalogue, plan: CreditPlan, most: int
) -> Iterator[int]:
    """Deposits to try, the smallest first: the customer's own, then the least that is enough."""
    handset = catalogue.handset(selection.handset) if selection.handset else None
    if handset is None:
        return
    whole = amount_before_deposit(selection, catalogue, plan, handset)
    least = max(plan.min_deposit, whole - (plan.max_amount or whole), 0)
    last = whole - plan.min_amount
    own = selection.credit.deposit if selection.credit is not None else 0

    def fits(deposit: int) -> bool:
        return dearest_instalment(terms_of(plan, whole - deposit, deposit)) <= most

    if least > last or not fits(last):
        return
    if least <= own <= last and fits(own):
        yield own
        return
    unit: int = 10 ** exponent(catalogue.currency)
    whole_units = -(-_first(least, last, fits) // unit) * unit
    # The last instalment takes the rounding of all others: a little more may be one that does not.
    tries = [min(last, whole_units + more * unit) for more in range(NEARBY)]
    yield from dict.fromkeys(deposit for deposit in tries if fits(deposit))


def _first(least: int, last: int, fits: Callable[[int], bool]) -> int:
    """About the smallest deposit that fits, where the last one does."""
    while least < last:
        middle = (least + last) // 2
        least, last = (least, middle) if fits(middle) else (middle + 1, last)
    return least
