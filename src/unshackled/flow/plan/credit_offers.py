"""A credit plan as a retailer's flows can sell it: within the sums that their providers take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.catalogue import Catalogue, CreditPlan, Handset
from unshackled.domain.facts import Fact
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditChoice, Selection
from unshackled.domain.pricing import Priced, price
from unshackled.domain.records import Record, replace
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sums import RangesOf, asked_ranges
from unshackled.ports.amount_ranges import EVERY, AmountRange

TRIAL_VALIDITY: Final = timedelta(minutes=1)


class DepositRange(Record, Fact):
    """Deposits that can be chosen, both ends included; `most` is null where there is no end."""

    least: int
    most: int | None = None


class OfferedCreditPlan(CreditPlan):
    """A way to pay a handset over time; `apr_percent` is the yearly rate, `0` interest-free.

    `deposits` are those that the plan, the handset and the providers' limits allow, in order.
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
    plan: CreditPlan, handset: Handset | None, flows: Sequence[Plan], market: Market
) -> OfferedCreditPlan | None:
    """The plan as any of the flows sells it; None where none of them can."""
    found = [one for flow in flows if (one := _in_flow(plan, handset, flow, market)) is not None]
    if not flows:
        found = [_within(plan, handset, (EVERY,), (EVERY,))]
    found = [one for one in found if one.deposits]
    if not found:
        return None
    mosts = [one.max_amount for one in found]
    return replace(
        found[0],
        min_amount=min(one.min_amount for one in found),
        max_amount=None if None in mosts else max(most for most in mosts if most is not None),
        deposits=tuple(_joined(one for each in found for one in each.deposits)),
    )


def _in_flow(
    plan: CreditPlan, handset: Handset | None, flow: Plan, market: Market
) -> OfferedCreditPlan | None:
    """The plan within the sums that the providers of one flow take, as far as is certain."""
    priced = _sample(plan, handset, market)
    if priced is None:
        return _within(plan, handset, (EVERY,), (EVERY,))
    ranges = asked_ranges(flow, priced, market.retailer, market.of)
    return _within(plan, handset, ranges.get("credit", (EVERY,)), ranges.get("due_today", (EVERY,)))


def _sample(plan: CreditPlan, handset: Handset | None, market: Market) -> Priced | None:
    """A package with the plan and a deposit, for conditions that look at it."""
    fitting = [one for one in market.catalogue.handsets if plan.fits(one)]
    device = handset or max(fitting, key=lambda one: one.price, default=None)
    if device is None:
        return None
    choice = CreditChoice(plan=plan.code, deposit=device.price - plan.min_amount)
    found = price(
        Selection(handset=device.sku, credit=choice),
        market.catalogue,
        rules=market.rules,
        now=market.now,
        quote_id="asked",
        validity=TRIAL_VALIDITY,
    )
    return found if isinstance(found, Priced) else None


def _within(
    plan: CreditPlan,
    handset: Handset | None,
    credit: Sequence[AmountRange],
    today: Sequence[AmountRange],
) -> OfferedCreditPlan:
    """The plan with only the amounts and deposits that are in the ranges."""
    own = AmountRange(least=plan.min_amount, most=plan.max_amount)
    lent = [both for one in credit if (both := own.within(one)) is not None]
    ends = [one.most for one in lent]
    values = {field.name: getattr(plan, field.name) for field in fields(plan)}
    if lent:
        values["min_amount"] = min(one.least for one in lent)
        values["max_amount"] = None if None in ends else max(end for end in ends if end is not None)
    found = _deposits(plan.min_deposit, handset, lent, today)
    return OfferedCreditPlan(**values, deposits=tuple(_joined(found)))


def _deposits(
    least: int,
    handset: Handset | None,
    lent: Sequence[AmountRange],
    today: Sequence[AmountRange],
) -> Iterator[DepositRange]:
    """What may be paid today of a handset, or of any, so that the rest can be lent."""
    for one in lent:
        low, high = least, None
        if handset is not None:
            low = max(low, handset.price - (one.most if one.most is not None else handset.price))
            high = handset.price - one.least
        if high is not None and high < low:
            continue
        if low == 0:
            # Nothing is due today, and nobody is asked for it.
            yield DepositRange(least=0, most=0)
        if high == 0:
            continue
        for each in today:
            both = AmountRange(least=max(low, 1), most=high).within(each)
            if both is not None:
                yield DepositRange(least=both.least, most=both.most)


def _joined(ranges: Iterable[DepositRange]) -> list[DepositRange]:
    """In order, and those that meet as one."""
    found: list[DepositRange] = []
    for one in sorted(ranges, key=lambda each: each.least):
        last = found[-1] if found else None
        if last is None or (last.most is not None and one.least > last.most + 1):
            found.append(one)
        elif last.most is not None and (one.most is None or one.most > last.most):
            found[-1] = DepositRange(least=last.least, most=one.most)
    return found
