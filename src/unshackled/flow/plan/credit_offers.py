"""A credit plan as a retailer's flows can sell it: within the sums that their providers take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditChoice, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import Record, replace
from unshackled.domain.selection import SelectionFault, amount_before_deposit
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sums import RangesOf, asked_ranges, not_taken
from unshackled.ports.amount_ranges import EVERY, AmountRange
from unshackled.ports.deposit_ranges import DepositRange, Purchase, deposits_of, joined

TRIAL_VALIDITY: Final = timedelta(minutes=1)


class OfferedCreditPlan(CreditPlan):
    """A way to pay a handset over time; `apr_percent` is the yearly rate, `0` interest-free.

    `min_amount` and `max_amount` are the credit that plan and providers give. `deposits` are those
    that the plan, what is chosen and the providers' limits allow, in order. Payments are cut to
    whole minor units: each is the level payment rounded half up, and the last absorbs what the
    rounding of the others leaves. Where that would put it more than 1 % (and more than one minor
    unit) away from the others, each is rounded down and the first ones are one minor unit higher.
    `min_age` is the age from which on it is sold, in whole years.
    """

    deposits: tuple[DepositRange, ...] = ()


class Market(Record):
    """What is sold, when, by whom and by which rules; `of` are the ranges of each provider."""

    catalogue: Catalogue
    now: datetime
    rules: MarketRules
    retailer: Mapping[str, str]
    of: RangesOf


def offered(
    plan: CreditPlan, goods: Selection, flows: Sequence[Plan], market: Market
) -> OfferedCreditPlan | None:
    """The plan beside what is chosen as any of the flows sells it; None where none of them can."""
    found = [_in_flow(plan, goods, flow, market) for flow in flows]
    if not flows:
        found = [_within(plan, goods, market, (EVERY,), (EVERY,))]
    found = [one for one in found if one.deposits]
    if not found:
        return None
    mosts = [one.max_amount for one in found]
    return replace(
        found[0],
        min_amount=min(one.min_amount for one in found),
        max_amount=None if None in mosts else max(most for most in mosts if most is not None),
        deposits=tuple(joined(one for each in found for one in each.deposits)),
    )


def untaken(
    selection: Selection, flows: Sequence[Plan], market: Market
) -> Iterator[SelectionFault]:
    """What providers do not take of a selection that has a price, in the first such flow."""
    found = _trial(selection, market)
    for flow in flows:
        wrong = tuple(not_taken(flow, found, market.retailer, market.of)) if found else ()
        yield from wrong
        if wrong:
            return


def _in_flow(plan: CreditPlan, goods: Selection, flow: Plan, market: Market) -> OfferedCreditPlan:
    """The plan within the sums that the providers of one flow take, as far as is certain."""
    priced = _sample(plan, goods, market)
    if priced is None:
        return _within(plan, goods, market, (EVERY,), (EVERY,))
    ranges = asked_ranges(flow, priced, market.retailer, market.of)
    lent, today = ranges.get("credit", (EVERY,)), ranges.get("due_today", (EVERY,))
    return _within(plan, goods, market, lent, today)


def _sample(plan: CreditPlan, goods: Selection, market: Market) -> Priced | None:
    """A package with the plan and its greatest deposit, for conditions that look at it."""
    handsets = [one for one in market.catalogue.handsets if goods.handset in (None, one.sku)]
    dearest = max(handsets, key=lambda one: one.price, default=None)
    if dearest is None:
        return None
    amount = amount_before_deposit(goods, market.catalogue, plan, dearest)
    choice = CreditChoice(plan=plan.code, deposit=amount - plan.least)
    return _trial(replace(goods, handset=dearest.sku, credit=choice), market)


def _trial(selection: Selection, market: Market) -> Priced | None:
    found = price(
        selection,
        market.catalogue,
        rules=market.rules,
        now=market.now,
        quote_id="asked",
        validity=TRIAL_VALIDITY,
    )
    return found if isinstance(found, Priced) else None


def _within(
    plan: CreditPlan,
    goods: Selection,
    market: Market,
    credit: Sequence[AmountRange],
    today: Sequence[AmountRange],
) -> OfferedCreditPlan:
    """The plan with only the amounts and deposits that are in the ranges."""
    values = {field.name: getattr(plan, field.name) for field in fields(plan)}
    values["min_amount"] = plan.least
    lent = [both for one in credit if (both := _own(plan, one)) is not None]
    ends = [one.most for one in lent]
    if lent:
        values["min_amount"] = min(one.least for one in lent)
        values["max_amount"] = None if None in ends else max(end for end in ends if end is not None)
    purchase = _purchase(plan, goods, market.catalogue)
    found = deposits_of(purchase, lent, today) if purchase is not None else ()
    return OfferedCreditPlan(**values, deposits=found)


def _own(plan: CreditPlan, one: AmountRange) -> AmountRange | None:
    """What of a range the plan itself lends."""
    if plan.max_amount is not None and plan.max_amount < plan.least:
        return None
    return AmountRange(least=plan.least, most=plan.max_amount).within(one)


def _purchase(plan: CreditPlan, goods: Selection, catalogue: Catalogue) -> Purchase | None:
    """What deposits are for; None where the plan cannot pay the handset."""
    extras = [catalogue.accessory(sku) for sku in goods.accessories]
    others = sum(one.price for one in extras if one is not None)
    handset: Handset | None = catalogue.handset(goods.handset) if goods.handset else None
    if handset is None:
        return Purchase(bounds=DepositRange(least=plan.min_deposit), others=others)
    amount = amount_before_deposit(goods, catalogue, plan, handset)
    found = plan.deposits_on(amount)
    if found is None:
        return None
    bounds = DepositRange(least=found[0], most=found[1])
    return Purchase(bounds=bounds, amount=amount, others=others)
