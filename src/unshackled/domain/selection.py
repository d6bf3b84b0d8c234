"""What is wrong with a selection, in full: every problem at once, each with what is allowed.

A problem is a code with parameters; the sentence for people is `unshackled.messages`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Final

from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import Selection
from unshackled.domain.records import Record
from unshackled.domain.validation import is_imei


class SelectionFault(Record):
    """Why a selection has no price: where, a code with its parameters, and what is allowed.

    Amounts among the parameters are in minor units of the parameter `currency`; what was sent is
    never among them.
    """

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


IMEI_EXAMPLE: Final = "49-015420-323751-8"


def check(
    selection: Selection, catalogue: Catalogue, rules: MarketRules
) -> tuple[SelectionFault, ...]:
    """Everything that is wrong with a selection, in the order of its fields."""
    if not (selection.handset or selection.tariff or selection.accessories):
        return (
            SelectionFault(
                path="package",
                code="empty_package",
                allowed=("handset", "tariff", "accessories"),
            ),
        )
    return (
        *_check_handset(selection, catalogue),
        *_check_tariff(selection, catalogue, rules),
        *_check_credit(selection, catalogue, rules),
        *_check_accessories(selection, catalogue),
        *_check_trade_in(selection, catalogue),
    )


def _unknown(path: str, allowed: Iterable[str]) -> SelectionFault:
    return SelectionFault(path=path, code="unknown_sku", allowed=tuple(allowed))


def _check_handset(selection: Selection, catalogue: Catalogue) -> Iterable[SelectionFault]:
    if selection.handset is not None and catalogue.handset(selection.handset) is None:
        yield _unknown("package.handset", (h.sku for h in catalogue.handsets))


def _check_tariff(
    selection: Selection, catalogue: Catalogue, rules: MarketRules
) -> Iterable[SelectionFault]:
    if selection.tariff is None:
        return
    path, tariff = "package.tariff", catalogue.tariff(selection.tariff)
    handset = catalogue.handset(selection.handset) if selection.handset else None
    if tariff is None:
        yield _unknown(path, (t.sku for t in catalogue.tariffs))
        return
    if tariff.term_months > rules.airtime_months_max:
        yield SelectionFault(
            path=path,
            code="term_too_long",
            params={"months": rules.airtime_months_max},
            allowed=(f"1 to {rules.airtime_months_max} months",),
        )
    if handset is not None and not tariff.fits(handset):
        yield SelectionFault(
            path=path,
            code="incompatible",
            params={"title": tariff.title, "other": handset.title},
            allowed=tuple(fit.sku for fit in catalogue.tariffs_with(handset=handset.sku)),
        )


def _check_credit(
    selection: Selection, catalogue: Catalogue, rules: MarketRules
) -> Iterable[SelectionFault]:
    if selection.credit is None:
        return
    plan = catalogue.credit_plan(selection.credit.plan)
    if selection.handset is None:
        yield SelectionFault(
            path="package.credit",
            code="credit_without_handset",
        )
    elif plan is None:
        yield SelectionFault(
            path="package.credit.plan",
            code="unknown_plan",
            allowed=tuple(p.code for p in catalogue.credit_plans_with(handset=selection.handset)),
        )
    elif (handset := catalogue.handset(selection.handset)) is not None:
        yield from _check_product(plan, rules)
        yield from _check_amounts(selection, catalogue, plan, handset)


def _check_product(plan: CreditPlan, rules: MarketRules) -> Iterable[SelectionFault]:
    limit = min(rules.deferred_payment_instalments_max, rules.deferred_payment_months_max)
    if plan.product == "deferred_payment" and (plan.months > limit or plan.apr_percent):
        yield SelectionFault(
            path="package.credit.plan",
            code="not_deferred_payment",
            params={"months": limit},
            allowed=(f"at most {limit} instalments at 0 %",),
        )


def _check_amounts(
    selection: Selection, catalogue: Catalogue, plan: CreditPlan, handset: Handset
) -> Iterable[SelectionFault]:
    deposit = selection.credit.deposit if selection.credit else 0
    reduced = amount_before_deposit(selection, catalogue, plan, handset)
    least = max(plan.min_deposit, reduced - (plan.max_amount or reduced))
    most = reduced - plan.min_amount
    if least > most:
        yield SelectionFault(
            path="package.credit.plan",
            code="incompatible",
            params={"title": plan.title, "other": handset.title},
            allowed=tuple(p.code for p in catalogue.credit_plans_with(handset=handset.sku)),
        )
    elif not least <= deposit <= most:
        yield SelectionFault(
            path="package.credit.deposit",
            code="deposit_out_of_range",
            params={"least": least, "most": most, "currency": catalogue.currency},
            allowed=(f"{least} to {most}",),
        )


def _check_accessories(selection: Selection, catalogue: Catalogue) -> Iterable[SelectionFault]:
    handset = catalogue.handset(selection.handset) if selection.handset else None
    for index, sku in enumerate(selection.accessories):
        path, item = f"package.accessories[{index}]", catalogue.accessory(sku)
        if item is None:
            yield _unknown(path, (a.sku for a in catalogue.accessories))
        elif handset is not None and not item.fits(handset):
            yield SelectionFault(
                path=path,
                code="incompatible",
                params={"title": item.title, "other": handset.title},
                allowed=tuple(fit.sku for fit in catalogue.accessories_with(handset=handset.sku)),
            )


def _check_trade_in(selection: Selection, catalogue: Catalogue) -> Iterable[SelectionFault]:
    old = selection.trade_in
    if old is None:
        return
    if not is_imei(old.imei):
        yield SelectionFault(
            path="package.trade_in.imei",
            code="invalid_imei",
            params={"example": IMEI_EXAMPLE},
        )
    grades = tuple(item.grade for item in catalogue.trade_ins if item.model == old.model)
    if not grades:
        models = sorted({item.model for item in catalogue.trade_ins})
        yield _unknown("package.trade_in.model", models)
    elif old.grade not in grades:
        yield _unknown("package.trade_in.grade", grades)


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
