"""What would make an item fit that does not: which one choice to change, and to what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from unshackled.domain.catalogue import Accessory, CreditPlan, Handset, Tariff, TradeInPrice
from unshackled.domain.fitting import Chosen, Fitting, Item, with_item
from unshackled.domain.records import Record, replace
from unshackled.domain.selection import SelectionFault, amount_before_deposit

# So many values of a choice are tried, and so many are named.
TRIED: Final = 40
NAMED: Final = 10
_OWN: Final[Mapping[type, str]] = {
    Handset: "handset",
    Tariff: "tariff",
    CreditPlan: "credit_plan",
    Accessory: "accessories",
    TradeInPrice: "trade_in",
}
# What each choice leaves open.
_LESS: Final[Mapping[str, Callable[[Chosen], Chosen]]] = {
    "handset": lambda one: replace(one, handset=None),
    "tariff": lambda one: replace(one, tariff=None),
    "credit_plan": lambda one: replace(one, plan=None),
    "deposit": lambda one: replace(one, deposit=None),
    "accessories": lambda one: replace(one, accessories=()),
    "trade_in": lambda one: replace(one, model=None, grade=None),
}


class Alternative(Record):
    """One choice that keeps an item out: with one of `allowed` in its place, or none, it fits.

    `allowed` are SKUs or codes, or a range of an amount or an age; empty where none was looked for.
    """

    parameter: str
    allowed: tuple[str, ...] = ()


def alternatives(
    item: Item, reason: SelectionFault, chosen: Chosen, fitting: Fitting
) -> Iterator[Alternative]:
    """Every one choice that is enough to change, in the order of the parameters."""
    for parameter, less in _LESS.items():
        left = less(chosen)
        if parameter == _OWN.get(type(item)) or left == chosen:
            continue
        if fitting.reason(item, left) is None:
            allowed = _values(parameter, item, left, fitting)
            yield Alternative(parameter=parameter, allowed=tuple(islice(allowed, NAMED)))
    judged = fitting.judged
    grown = Fitting(replace(judged, age=None))
    if judged.age is not None and grown.reason(item, chosen) is None:
        yield Alternative(parameter="age", allowed=(f"{reason.params['least_age']} or more",))


def _values(parameter: str, item: Item, left: Chosen, fitting: Fitting) -> Iterator[str]:
    if parameter == "deposit":
        yield from _deposits(with_item(left, item), fitting)
        return
    others = islice(_others(parameter, item, fitting), TRIED)
    yield from (
        sku for sku, other in others if fitting.reason(item, with_item(left, other)) is None
    )


def _others(parameter: str, item: Item, fitting: Fitting) -> Iterable[tuple[str, Item]]:
    catalogue = fitting.judged.catalogue
    if parameter == "handset":
        only = item.handsets if isinstance(item, Tariff | Accessory) else ()
        return [(one.sku, one) for one in catalogue.handsets if not only or one.sku in only]
    if parameter == "tariff":
        return [(one.sku, one) for one in catalogue.tariffs]
    if parameter == "credit_plan":
        return [(one.code, one) for one in catalogue.credit_plans]
    return []


def _deposits(chosen: Chosen, fitting: Fitting) -> Iterator[str]:
    """The range for the handset and the plan, where both are chosen."""
    catalogue = fitting.judged.catalogue
    handset = catalogue.handset(chosen.handset) if chosen.handset else None
    plan = catalogue.credit_plan(chosen.plan) if chosen.plan else None
    selection = fitting.completed(chosen)
    if handset is None or plan is None or selection is None:
        return
    found = plan.deposits_on(amount_before_deposit(selection, catalogue, plan, handset))
    if found is not None:
        yield f"{found[0]} to {found[1]}"
