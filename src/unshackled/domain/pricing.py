"""From what the customer picked to what it costs: a priced package and its quote, or problems.

The rules: due today are the deposit (or the cash price) and the accessories; the credit is the
cash price less the deposit, and less the trade-in where the plan says so. A trade-in's value is
an estimate until the device is inspected, so it never lowers what is due today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Final

from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset, Tariff
from unshackled.domain.facts import Fact, added
from unshackled.domain.loan import terms_of
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import (
    Accessories,
    AccessoryLine,
    CreditTerms,
    HandsetLine,
    Package,
    Selection,
    StatedRise,
    TariffLine,
    TradeInLine,
)
from unshackled.domain.periods import add_months
from unshackled.domain.quote import Monthly, Quote, QuoteLine, contents
from unshackled.domain.records import Record, replace
from unshackled.domain.selection import (
    SelectionFault,
    amount_before_deposit,
    check,
    trade_in_estimate,
)
from unshackled.domain.upgrade_choice import ChosenUpgrade, upgrade_faults
from unshackled.domain.vat import VatLine, vat_of

__all__ = ["VALIDITY", "Priced", "SelectionFault", "price", "quote_of"]

VALIDITY: Final = timedelta(minutes=30)
# The parts of a package of which something may be due today; the others are paid later.
DUE_TODAY: Final = ("handset", "accessories")
# What cannot be there without the other: credit pays for a handset.
PAYS_FOR: Final = {"credit": "handset"}


class Priced(Record, Fact):
    """The package and its quote; with credit, the least and the most that the deposit could be."""

    package: Package
    quote: Quote
    deposits: tuple[int, int] | None = added(None)


def price(
    selection: Selection,
    catalogue: Catalogue,
    *,
    rules: MarketRules,
    now: datetime,
    quote_id: str,
    validity: timedelta = VALIDITY,
    upgrade: ChosenUpgrade | None = None,
) -> Priced | tuple[SelectionFault, ...]:
    """Price a selection from a catalogue, or say everything wrong with it.

    `upgrade` is the one that the selection names, as far as it is known.

    `now` is an aware time in the retailer's zone: prices are those of its date there, and `rules`
    those of its market on that date.
    """
    problems = (*check(selection, catalogue, rules), *upgrade_faults(selection, upgrade))
    if problems:
        return problems
    package = _package(selection, catalogue, now.date(), upgrade)
    quote = quote_of(
        package,
        catalogue.currency,
        quote_id=quote_id,
        # In UTC, where an hour is an hour on the night when the clocks change too.
        valid_until=now.astimezone(UTC) + validity,
        vat=vat_of(package, catalogue, rules.vat),
    )
    plan = catalogue.credit_plan(package.credit.plan) if package.credit else None
    dated = _dated(quote, now.date(), plan, rules)
    return Priced(package=package, quote=dated, deposits=_deposits(selection, catalogue))


def _deposits(selection: Selection, catalogue: Catalogue) -> tuple[int, int] | None:
    handset = catalogue.handset(selection.handset) if selection.handset else None
    plan = catalogue.credit_plan(selection.credit.plan) if selection.credit else None
    if handset is None or plan is None:
        return None
    return plan.deposits_on(amount_before_deposit(selection, catalogue, plan, handset))


def _dated(quote: Quote, day: date, plan: CreditPlan | None, rules: MarketRules) -> Quote:
    """With the day that it was made on, and what the law of that day says of the credit."""
    if plan is None:
        return replace(quote, priced_on=day)
    return replace(
        quote,
        priced_on=day,
        rate_percent=plan.apr_percent,
        credit_regulated=rules.regulated(apr_percent=plan.apr_percent, months=plan.months),
    )


def quote_of(
    package: Package,
    currency: str,
    *,
    quote_id: str,
    valid_until: datetime,
    vat: Sequence[VatLine] = (),
) -> Quote:
    """A priced package as the customer reads it; `vat` is the tax that its prices carry."""
    lines, per_month = _lines(package), _per_month(package)
    due_today, total = sum(line.due_today for line in lines), sum(line.total for line in lines)
    apr = package.credit.apr_percent if package.credit else None
    estimate = package.trade_in.estimate if package.trade_in else 0
    return Quote(
        id=quote_id,
        currency=currency,
        due_today=due_today,
        per_month=per_month,
        total_payable=total,
        apr_percent=apr,
        trade_in_estimate=estimate,
        lines=lines,
        valid_until=valid_until,
        digest=contents(currency, lines, per_month, apr, estimate, vat=vat),
        vat=tuple(vat),
    )


def _lines(package: Package) -> tuple[QuoteLine, ...]:
    handset, credit, tariff = package.handset, package.credit, package.tariff
    lines = []
    if handset:
        today = credit.deposit if credit else handset.price
        lines.append(QuoteLine(part="handset", title=handset.title, due_today=today, total=today))
    if credit:
        later = sum(credit.instalments.amounts)
        lines.append(QuoteLine(part="credit", title=credit.title, due_today=0, total=later))
    if tariff:
        total = tariff.total
        lines.append(QuoteLine(part="tariff", title=tariff.title, due_today=0, total=total))
    for item in package.accessories.lines if package.accessories else ():
        cost = item.price
        lines.append(QuoteLine(part="accessories", title=item.title, due_today=cost, total=cost))
    return tuple(lines)


def _per_month(package: Package) -> tuple[Monthly, ...]:
    credit, tariff = package.credit, package.tariff
    parts: list[Monthly] = []
    if credit:
        parts += _credit_months(credit)
    if tariff:
        parts += _tariff_months(tariff)
    return tuple(parts)


def _credit_months(credit: CreditTerms) -> Iterator[Monthly]:
    """What is paid each month; the last payment may differ by its rounding, see `Instalments`."""
    paid = credit.instalments
    if paid.first_count == 1:
        yield Monthly(part="credit", amount=paid.first, months=credit.months)
        return
    yield Monthly(part="credit", amount=paid.first, months=paid.first_count)
    left, begin = credit.months - paid.first_count, paid.first_count + 1
    yield Monthly(part="credit", amount=paid.regular, months=left, from_month=begin)


def _tariff_months(tariff: TariffLine) -> Iterator[Monthly]:
    yield Monthly(part="tariff", amount=tariff.monthly, months=tariff.months_before_rises)
    for rise in tariff.rises:
        yield Monthly(
            part="tariff",
            amount=rise.monthly,
            months=rise.months,
            from_month=rise.from_month,
            starts=rise.starts,
        )


def _package(
    selection: Selection, catalogue: Catalogue, today: date, upgrade: ChosenUpgrade | None
) -> Package:
    handset = catalogue.handset(selection.handset) if selection.handset else None
    tariff = catalogue.tariff(selection.tariff) if selection.tariff else None
    return Package(
        handset=_handset(handset) if handset else None,
        tariff=_tariff(tariff, today) if tariff else None,
        credit=_credit(selection, catalogue, handset, upgrade) if handset else None,
        accessories=_accessories(selection, catalogue),
        trade_in=_trade_in(selection, catalogue),
        upgrade=upgrade.line if upgrade is not None else None,
    )


def _handset(handset: Handset) -> HandsetLine:
    return HandsetLine(
        sku=handset.sku, title=handset.title, price=handset.price, min_age=handset.min_age
    )


@lru_cache(maxsize=256)
def _tariff(tariff: Tariff, today: date) -> TariffLine:
    """The same for every package of a day."""
    months = _each_month(tariff, today)
    return TariffLine(
        sku=tariff.sku,
        title=tariff.title,
        monthly=tariff.monthly_on(today),
        term_months=tariff.term_months,
        data_gb=tariff.data_gb,
        total=sum(months),
        rises=tuple(_rises(tariff, today, months)),
        min_age=tariff.min_age,
    )


def _each_month(tariff: Tariff, today: date) -> list[int]:
    """What each month of the term costs."""
    if not tariff.price_rises:
        return [tariff.monthly] * tariff.term_months
    return [tariff.monthly_on(add_months(today, month)) for month in range(tariff.term_months)]


def _rises(tariff: Tariff, today: date, months: Sequence[int]) -> Iterator[StatedRise]:
    """The rises inside the term that change what a month costs, each by its first month."""
    begin = 0
    for amount, same in groupby(months):
        length = len(list(same))
        known = tariff.rise_on(add_months(today, begin))
        if begin and known is not None:
            yield StatedRise(
                starts=known.starts, monthly=amount, from_month=begin + 1, months=length
            )
        begin += length


def _credit(
    selection: Selection, catalogue: Catalogue, handset: Handset, upgrade: ChosenUpgrade | None
) -> CreditTerms | None:
    choice = selection.credit
    plan = catalogue.credit_plan(choice.plan) if choice else None
    if choice is None or plan is None:
        return None
    amount = amount_before_deposit(selection, catalogue, plan, handset) - choice.deposit
    pays_off = upgrade.pays_off if upgrade is not None else None
    if pays_off is None:
        return terms_of(plan, amount, choice.deposit)
    terms = terms_of(plan, amount + pays_off.amount, choice.deposit)
    return replace(terms, pays_off=pays_off)


def _accessories(selection: Selection, catalogue: Catalogue) -> Accessories | None:
    found = [item for sku in selection.accessories if (item := catalogue.accessory(sku))]
    if not found:
        return None
    return Accessories(
        lines=tuple(
            AccessoryLine(sku=item.sku, title=item.title, price=item.price) for item in found
        ),
        total=sum(item.price for item in found),
    )


def _trade_in(selection: Selection, catalogue: Catalogue) -> TradeInLine | None:
    old = selection.trade_in
    if old is None:
        return None
    estimate = trade_in_estimate(selection, catalogue)
    return TradeInLine(imei=old.imei, model=old.model, grade=old.grade, estimate=estimate)
