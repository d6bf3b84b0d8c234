"""What is wrong with a selection, in full: every problem at once, each with what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset
from unshackled.domain.money import Money, format_money
from unshackled.domain.package import Selection
from unshackled.domain.rules import MarketRules
from unshackled.domain.validation import is_imei


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a selection has no price: where, a code, words for people, and what is allowed."""

    path: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()


def check(selection: Selection, catalogue: Catalogue, rules: MarketRules) -> tuple[Problem, ...]:
    """Everything that is wrong with a selection, in the order of its fields."""
    if not (selection.handset or selection.tariff or selection.accessories):
        return (
            Problem(
                path="package",
                code="empty_package",
                message="A package needs a handset, a tariff or an accessory.",
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


def _unknown(path: str, value: str, allowed: Iterable[str]) -> Problem:
    message = f"{value[:64]!r} is not in the catalogue."
    return Problem(path=path, code="unknown_sku", message=message, allowed=tuple(allowed))


def _check_handset(selection: Selection, catalogue: Catalogue) -> Iterable[Problem]:
    if selection.handset is not None and catalogue.handset(selection.handset) is None:
        yield _unknown("package.handset", selection.handset, (h.sku for h in catalogue.handsets))


def _check_tariff(
    selection: Selection, catalogue: Catalogue, rules: MarketRules
) -> Iterable[Problem]:
    if selection.tariff is None:
        return
    path, tariff = "package.tariff", catalogue.tariff(selection.tariff)
    handset = catalogue.handset(selection.handset) if selection.handset else None
    if tariff is None:
        yield _unknown(path, selection.tariff, (t.sku for t in catalogue.tariffs))
        return
    if tariff.term_months > rules.airtime_months_max:
        yield Problem(
            path=path,
            code="term_too_long",
            message=f"A tariff runs for at most {rules.airtime_months_max} months.",
            allowed=(f"1 to {rules.airtime_months_max} months",),
        )
    if handset is not None and not tariff.fits(handset):
        yield Problem(
            path=path,
            code="incompatible",
            message=f"{tariff.title} is not sold with {handset.title}.",
            allowed=tuple(fit.sku for fit in catalogue.tariffs_with(handset=handset.sku)),
        )


def _check_credit(
    selection: Selection, catalogue: Catalogue, rules: MarketRules
) -> Iterable[Problem]:
    if selection.credit is None:
        return
    plan = catalogue.credit_plan(selection.credit.plan)
    if selection.handset is None:
        yield Problem(
            path="package.credit",
            code="credit_without_handset",
            message="Credit pays for a handset: choose one, or remove the credit.",
        )
    elif plan is None:
        yield Problem(
            path="package.credit.plan",
            code="unknown_plan",
            message=f"{selection.credit.plan[:64]!r} is not a credit plan.",
            allowed=tuple(p.code for p in catalogue.credit_plans_with(handset=selection.handset)),
        )
    elif (handset := catalogue.handset(selection.handset)) is not None:
        yield from _check_product(plan, rules)
        yield from _check_amounts(selection, catalogue, plan, handset)


def _check_product(plan: CreditPlan, rules: MarketRules) -> Iterable[Problem]:
    limit = min(rules.deferred_payment_instalments_max, rules.deferred_payment_months_max)
    if plan.product == "deferred_payment" and (plan.months > limit or plan.apr_percent):
        yield Problem(
            path="package.credit.plan",
            code="not_deferred_payment",
            message=f"Deferred payment is interest-free and ends within {limit} months.",
            allowed=(f"at most {limit} instalments at 0 %",),
        )


def _check_amounts(
    selection: Selection, catalogue: Catalogue, plan: CreditPlan, handset: Handset
) -> Iterable[Problem]:
    deposit = selection.credit.deposit if selection.credit else 0
    reduced = amount_before_deposit(selection, catalogue, plan, handset)
    least = max(plan.min_deposit, reduced - (plan.max_amount or reduced))
    most = reduced - plan.min_amount
    if least > most:
        yield Problem(
            path="package.credit.plan",
            code="incompatible",
            message=f"{plan.title} cannot pay for {handset.title}.",
            allowed=tuple(p.code for p in catalogue.credit_plans_with(handset=handset.sku)),
        )
    elif not least <= deposit <= most:
        low, high = (
            format_money(Money(amount=bound, currency=catalogue.currency))
            for bound in (least, most)
        )
        yield Problem(
            path="package.credit.deposit",
            code="deposit_out_of_range",
            message=f"The deposit must be between {low} and {high}.",
            allowed=(f"{least} to {most}",),
        )


def _check_accessories(selection: Selection, catalogue: Catalogue) -> Iterable[Problem]:
    handset = catalogue.handset(selection.handset) if selection.handset else None
    for index, sku in enumerate(selection.accessories):
        path, item = f"package.accessories[{index}]", catalogue.accessory(sku)
        if item is None:
            yield _unknown(path, sku, (a.sku for a in catalogue.accessories))
        elif handset is not None and not item.fits(handset):
            yield Problem(
                path=path,
                code="incompatible",
                message=f"{item.title} is not sold with {handset.title}.",
                allowed=tuple(fit.sku for fit in catalogue.accessories_with(handset=handset.sku)),
            )


def _check_trade_in(selection: Selection, catalogue: Catalogue) -> Iterable[Problem]:
    old = selection.trade_in
    if old is None:
        return
    if not is_imei(old.imei):
        yield Problem(
            path="package.trade_in.imei",
            code="invalid_imei",
            message="An IMEI has 15 digits, the last a check digit: dial *#06# to see it.",
        )
    grades = tuple(item.grade for item in catalogue.trade_ins if item.model == old.model)
    if not grades:
        models = sorted({item.model for item in catalogue.trade_ins})
        yield _unknown("package.trade_in.model", old.model, models)
    elif old.grade not in grades:
        yield _unknown("package.trade_in.grade", old.grade, grades)


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
