"""What is regulated when is decided by the date on the market's own calendar.

Retailers of two markets, days around each change of the law, and moments around midnight there and
around the nights when the clocks change: the expected date is worked out without a zone database.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from tests.http.world import ApiHarness
from unshackled.domain.catalogue import CreditPlan, PriceRise, Tariff
from unshackled.domain.market_rules import MarketPack
from unshackled.domain.package import CreditChoice, Selection
from unshackled.domain.records import replace
from unshackled.http.checkouts.prices import priced
from unshackled.markets import market_pack
from unshackled.steps import StepContext
from unshackled.testing.virtual_clock import VirtualClock

SECOND = timedelta(seconds=1)
# What each market's clock is ahead of UTC in winter; in summer it is an hour more.
WINTER = {"GB": 0, "DE": 1}
RETAILERS = {"GB": "northstar", "DE": "orbit"}
# Nights on which clocks change, and an ordinary day of summer and of winter.
NIGHTS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2027, 3, 28),
    date(2026, 8, 1),
    date(2027, 1, 1),
)
IN_THREE = CreditPlan(
    code="in-3",
    title="Pay in 3",
    months=3,
    apr_percent=Decimal(0),
    product="deferred_payment",
)
RISING = Tariff(
    sku="rising",
    title="Rising",
    monthly=1_000,
    term_months=3,
    price_rises=(PriceRise(starts=date(2026, 8, 1), monthly=1_200),),
)


def last_sunday(year: int, month: int) -> date:
    """The last Sunday of a month."""
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() + 1) % 7)


def date_there(market: str, at: datetime) -> date:
    """The date on a market's calendar: summer time from 01:00 UTC to 01:00 UTC."""
    begin, end = (datetime.combine(last_sunday(at.year, month), time(1), UTC) for month in (3, 10))
    return (at + timedelta(hours=WINTER[market] + (begin <= at < end))).date()


def boundaries(pack: MarketPack) -> Iterator[date]:
    """The first day of each period of its rules but the first."""
    yield from (one.starts for one in pack.periods[1:])


def moments(market: str) -> Iterator[datetime]:
    """Around midnight of each day in question and its neighbours, on that market's clock."""
    days = {*boundaries(market_pack("GB")), *boundaries(market_pack("DE")), *NIGHTS}
    for day in sorted(days):
        for near in (day - timedelta(days=1), day, day + timedelta(days=1)):
            midnight = datetime.combine(near, time(0), UTC) - timedelta(hours=WINTER[market])
            for hours in (-2, -1, 0, 1, 2):
                at = midnight + timedelta(hours=hours)
                yield from (at - SECOND, at, at + SECOND)


@pytest.mark.parametrize("market", RETAILERS)
def test_a_retailers_rules_are_those_of_its_markets_date(world: ApiHarness, market: str) -> None:
    """At every moment, for the retailer and for the steps of its flows."""
    retailer, pack = world.book.retailers[RETAILERS[market]], market_pack(market)
    plan = next(one for one in world.book.plans.values() if one.retailer == retailer.id)
    assert retailer.market == market
    seen = 0
    for at in moments(market):
        there = date_there(market, at)
        expected = pack.on(there)
        assert retailer.local(at).date() == there, at
        assert retailer.rules(at) == expected, at
        view = StepContext(now=plan.local(at), market=plan.market)
        assert view.rules == expected, at
        assert expected.starts <= there
        assert expected.ends is None or there < expected.ends
        seen += 1
    assert seen > 300


@pytest.mark.parametrize("market", RETAILERS)
async def test_a_quote_says_what_is_regulated_on_its_markets_date(
    world: ApiHarness, market: str
) -> None:
    """Deferred payment is regulated in GB from 15 July 2026 there, not from midnight in UTC."""
    retailer, pack = world.book.retailers[RETAILERS[market]], market_pack(market)
    held = world.catalogues.held[retailer.id]
    world.catalogues.held[retailer.id] = replace(held, credit_plans=(IN_THREE,), tariffs=(RISING,))
    picked = Selection(handset="handset-mid", tariff="rising", credit=CreditChoice(plan="in-3"))
    seen = set()
    for at in moments(market):
        services = replace(world.services, clock=VirtualClock(at))
        found = await priced(services, retailer, picked, livemode=True, locale=retailer.locale)
        there = date_there(market, at)
        assert found.quote.priced_on == there, at
        rules = pack.on(there)
        assert found.quote.credit_regulated is rules.regulated(apr_percent=Decimal(0), months=3)
        assert found.package.tariff is not None
        first = 1_200 if there >= date(2026, 8, 1) else 1_000
        assert found.package.tariff.monthly == first, at
        seen.add(found.quote.credit_regulated)
    assert seen == ({True, False} if market == "GB" else {True})


@pytest.mark.parametrize(
    ("at", "regulated"),
    [
        (datetime(2026, 7, 14, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 14, 23, 0, tzinfo=UTC), True),
    ],
)
async def test_deferred_payment_is_regulated_from_midnight_in_london(
    world: ApiHarness, at: datetime, regulated: bool
) -> None:
    """Worked by hand: 23:00 UTC on 14 July is 00:00 BST on the 15th."""
    retailer = world.book.retailers["northstar"]
    assert retailer.rules(at).deferred_payment_regulated is regulated
