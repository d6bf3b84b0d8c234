"""What is wrong with a selection, in full: every problem at once, each with what is allowed.

A problem is a code with parameters; the sentence for people is `unshackled.messages`'. Of each
field the values that are allowed are found by putting them in: one that is refused there, or that
makes a problem which was not there before, is never among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import Any, Final

from unshackled.domain.catalogue import Accessory, Catalogue, CreditPlan, Handset, Tariff
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import Selection
from unshackled.domain.records import Record, replace
from unshackled.domain.selection_values import MOST_ALLOWED, NEXT_CHOICE, put, values
from unshackled.domain.validation import is_imei

Faults = Iterator["SelectionFault"]


class SelectionFault(Record):
    """Why a selection has no price: where, a code with its parameters, and what is allowed.

    Amounts among the parameters are in minor units of the parameter `currency`; what was sent is
    never among them. What is allowed are values of the field at `path`, ranges of them where it is
    an amount, or the names of fields where one is missing.
    """

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


IMEI_EXAMPLE: Final = "49-015420-323751-8"
# The parts of which a package has one at least.
GOODS: Final = {
    "handset": "package.handset",
    "tariff": "package.tariff",
    "accessories": "package.accessories[0]",
}


def check(
    selection: Selection, catalogue: Catalogue, rules: MarketRules, *, age: int | None = None
) -> tuple[SelectionFault, ...]:
    """Everything that is wrong with a selection, in the order of its fields.

    Where the customer's `age` in years is known, what is sold from a greater age on is refused.
    """
    judged = Judged(catalogue=catalogue, rules=rules, age=age)
    found = tuple(faults(selection, judged))
    return tuple(_with_allowed(one, selection, found, judged) for one in found)


class Judged(Record):
    """What selections are held against: what is sold, by which rules, to a customer of what age."""

    catalogue: Catalogue
    rules: MarketRules
    age: int | None = None


def faults(selection: Selection, judged: Judged) -> Faults:
    """Every problem, without what is allowed instead."""
    if not any(getattr(selection, part) for part in GOODS):
        yield SelectionFault(path="package", code="empty_package")
        return
    yield from _check_handset(selection, judged)
    yield from _check_tariff(selection, judged)
    yield from _check_credit(selection, judged)
    yield from _check_accessories(selection, judged)
    yield from _check_trade_in(selection, judged)


def _with_allowed(
    fault: SelectionFault, selection: Selection, others: Sequence[SelectionFault], judged: Judged
) -> SelectionFault:
    if fault.code == "empty_package":
        return replace(fault, allowed=tuple(_parts(selection, judged)))
    if fault.allowed:
        return fault
    return replace(fault, allowed=tuple(_allowed(fault.path, selection, others, judged)))


def _allowed(
    path: str, selection: Selection, others: Sequence[SelectionFault], judged: Judged
) -> Iterator[str]:
    """The values of a field that are not refused there, and make no other problem."""
    before = {(one.path, one.code) for one in others if one.path != path}
    fitting = (
        value
        for value in values(path, selection, judged.catalogue)
        if all(
            (one.path, one.code) in before or one.path == NEXT_CHOICE.get(path)
            for one in faults(put(path, selection, value), judged)
        )
    )
    return islice(fitting, MOST_ALLOWED)


def _parts(selection: Selection, judged: Judged) -> Iterator[str]:
    """The parts of which one is missing, where something that is sold can be put there."""
    for part, path in GOODS.items():
        for value in values(path, selection, judged.catalogue):
            wrong = faults(put(path, selection, value), judged)
            if not any(one.path in (path, "package.credit") for one in wrong):
                yield part
                break


def _unknown(path: str) -> SelectionFault:
    return SelectionFault(path=path, code="unknown_sku")


def _check_age(path: str, item: Handset | Tariff | CreditPlan, judged: Judged) -> Faults:
    least = item.min_age
    if least is not None and judged.age is not None and judged.age < least:
        params = {"title": item.title, "least_age": least}
        yield SelectionFault(path=path, code="too_young", params=params)


def _check_handset(selection: Selection, judged: Judged) -> Faults:
    if selection.handset is None:
        return
    handset = judged.catalogue.handset(selection.handset)
    if handset is None:
        yield _unknown("package.handset")
    else:
        yield from _check_age("package.handset", handset, judged)


def _check_tariff(selection: Selection, judged: Judged) -> Faults:
    if selection.tariff is None:
        return
    path, tariff = "package.tariff", judged.catalogue.tariff(selection.tariff)
    if tariff is None:
        yield _unknown(path)
        return
    most = judged.rules.airtime_months_max
    if tariff.term_months > most:
        yield SelectionFault(path=path, code="term_too_long", params={"months": most})
    yield from _check_age(path, tariff, judged)
    yield from _check_together(path, tariff, selection, judged)


def _check_together(
    path: str, item: Tariff | Accessory, selection: Selection, judged: Judged
) -> Faults:
    handset = judged.catalogue.handset(selection.handset) if selection.handset else None
    if handset is not None and not item.fits(handset):
        params = {"title": item.title, "other": handset.title}
        yield SelectionFault(path=path, code="incompatible", params=params)


def _check_credit(selection: Selection, judged: Judged) -> Faults:
    if selection.credit is None:
        return
    path, plan = "package.credit.plan", judged.catalogue.credit_plan(selection.credit.plan)
    if selection.handset is None:
        yield SelectionFault(path="package.credit", code="credit_without_handset")
    elif plan is None:
        yield SelectionFault(path=path, code="unknown_plan")
    elif (handset := judged.catalogue.handset(selection.handset)) is not None:
        yield from _check_product(path, plan, judged.rules)
        yield from _check_age(path, plan, judged)
        yield from _check_amounts(selection, judged.catalogue, plan, handset)


def _check_product(path: str, plan: CreditPlan, rules: MarketRules) -> Faults:
    limit = min(rules.deferred_payment_instalments_max, rules.deferred_payment_months_max)
    if plan.product == "deferred_payment" and (plan.months > limit or plan.apr_percent):
        yield SelectionFault(path=path, code="not_deferred_payment", params={"months": limit})


def _check_amounts(
    selection: Selection, catalogue: Catalogue, plan: CreditPlan, handset: Handset
) -> Faults:
    deposit = selection.credit.deposit if selection.credit else 0
    deposits = plan.deposits_on(amount_before_deposit(selection, catalogue, plan, handset))
    if deposits is None:
        params = {"title": plan.title, "other": handset.title}
        yield SelectionFault(path="package.credit.plan", code="incompatible", params=params)
        return
    least, most = deposits
    if not least <= deposit <= most:
        yield SelectionFault(
            path="package.credit.deposit",
            code="deposit_out_of_range",
            params={"least": least, "most": most, "currency": catalogue.currency},
            allowed=(f"{least} to {most}",),
        )


def _check_accessories(selection: Selection, judged: Judged) -> Faults:
    for index, sku in enumerate(selection.accessories):
        path, item = f"package.accessories[{index}]", judged.catalogue.accessory(sku)
        if item is None:
            yield _unknown(path)
        else:
            yield from _check_together(path, item, selection, judged)


def _check_trade_in(selection: Selection, judged: Judged) -> Faults:
    old = selection.trade_in
    if old is None:
        return
    if not is_imei(old.imei):
        params = {"example": IMEI_EXAMPLE}
        yield SelectionFault(path="package.trade_in.imei", code="invalid_imei", params=params)
    grades = {item.grade for item in judged.catalogue.trade_ins if item.model == old.model}
    if not grades:
        yield _unknown("package.trade_in.model")
    elif old.grade not in grades:
        yield _unknown("package.trade_in.grade")


def trade_in_estimate(selection: Selection, catalogue: Catalogue) -> int:
    """What the old device is expected to be worth, in minor units; 0 without one."""
    old = selection.trade_in
    found = catalogue.trade_in(old.model, old.grade) if old else None
    return found.value if found else 0


def amount_before_deposit(
    selection: Selection, catalogue: Catalogue, plan: CreditPlan, handset: Handset
) -> int:
    """The cash price, less the trade-in where the plan says so."""
    reduced = trade_in_estimate(selection, catalogue) if plan.trade_in_reduces_credit else 0
    return handset.price - reduced
