"""Levels of stock: read for all that is sold, served for a moment, never waited for long."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from tests.app.test_providers import retailer
from tests.telemetry.lines import log_lines
from unshackled.catalogues.stock_levels import AVAILABILITY, MOST_PRODUCTS, StockLevels
from unshackled.domain.catalogue import Catalogue, Handset
from unshackled.domain.records import replace
from unshackled.domain.stock_level import StockLevel
from unshackled.errors import NotSent
from unshackled.flow.language.retailer_settings import StockSpec
from unshackled.ports.outcome import Declined, Passed
from unshackled.ports.stock import MOST_GOODS, StockAvailability
from unshackled.sdk.standin_goods import CATALOGUE
from unshackled.testing.backends import FakeBackends, HeldCall
from unshackled.testing.virtual_clock import VirtualClock

FRESH, STALE = timedelta(seconds=30), timedelta(minutes=5)
FIRST = CATALOGUE.handsets[0].sku


class Shelf:
    """A retailer's stock on fake backends."""

    def __init__(self, **changes: Any) -> None:
        self.clock = VirtualClock()
        self.backends = FakeBackends()
        self.retailer = replace(retailer(), **{"defaults": {"stock": "shop"}, **changes})
        self.stock = StockLevels(
            {"northstar": self.retailer}, self.backends, self.clock, patience=timedelta(0)
        )

    def tell(self, *states: str) -> None:
        """What the backend says next of everything that it is asked about."""
        for state in states:
            self.backends.script(AVAILABILITY, partial(_says, state))

    async def look(self, catalogue: Catalogue = CATALOGUE) -> str:
        """The state of the first handset, once a reading that was begun has ended."""
        await self.stock.levels("northstar", catalogue)
        await self.clock.spin()
        found = await self.stock.levels("northstar", catalogue)
        return found[FIRST].state if FIRST in found else "unknown"

    @property
    def reads(self) -> int:
        """How often the backend was asked."""
        return len(self.backends.calls(AVAILABILITY))


def _says(state: Any, ask: Any, _call: Any) -> Passed[StockAvailability]:
    """The same level of every product."""
    levels = tuple(StockLevel(sku=sku, state=state) for sku in ask.goods.skus)
    return Passed(output=StockAvailability(levels=levels))


async def test_all_that_is_sold_is_asked_about_in_one_call() -> None:
    """Handsets and accessories, each once; within the half minute nobody asks again."""
    shelf = Shelf()
    shelf.tell("low")
    assert [await shelf.look() for _ in range(3)] == ["low"] * 3
    (call,) = shelf.backends.calls(AVAILABILITY)
    goods: list[Any] = [*CATALOGUE.handsets, *CATALOGUE.accessories]
    assert call.request.goods.skus == tuple(one.sku for one in goods)


async def test_what_is_stale_is_served_while_it_is_read_again() -> None:
    """The customer who comes first does not wait; the next one sees the new levels."""
    shelf = Shelf()
    shelf.tell("in_stock", "out_of_stock")
    assert await shelf.look() == "in_stock"
    await shelf.clock.advance(FRESH)
    old = await shelf.stock.levels("northstar", CATALOGUE)
    assert old[FIRST].state == "in_stock"
    assert await shelf.look() == "out_of_stock"
    assert shelf.reads == 2


async def test_an_outage_makes_levels_unknown_after_a_while() -> None:
    """Until then they are told as they were; an operator reads why, and retries are apart."""
    shelf = Shelf()
    shelf.tell("low")
    await shelf.look()
    shelf.backends.script(AVAILABILITY, *[NotSent("away")] * 9)
    with log_lines() as written:
        await shelf.clock.advance(STALE)
        assert await shelf.look() == "low"
        assert await shelf.look() == "low"
        await shelf.clock.advance(timedelta(seconds=1))
        assert await shelf.look() == "unknown"
    lines = written.of("stock.not_read")
    assert [line["retailer"] for line in lines] == ["northstar"] * len(lines)
    assert shelf.reads - 1 == len(lines) <= 2


async def test_nobody_waits_for_a_slow_backend() -> None:
    """What is not known in time is unknown, and is there for the next customer."""
    shelf = Shelf()
    opened = asyncio.Event()
    shelf.backends.script(AVAILABILITY, HeldCall(until=opened))
    for _ in range(3):
        assert await shelf.stock.levels("northstar", CATALOGUE) == {}
    assert shelf.reads == 1
    opened.set()
    await shelf.clock.spin()
    assert await shelf.stock.levels("northstar", CATALOGUE) != {}
    assert shelf.reads == 1


async def test_who_can_not_be_asked_is_not_asked() -> None:
    """Without a provider of stock, or with one whose product tells no levels: all is unknown."""
    mute = Shelf()
    mute.backends.without.add(AVAILABILITY)
    for shelf in (mute, Shelf(defaults={})):
        assert await shelf.look() == "unknown"
        assert shelf.reads == 0


async def test_a_decline_or_a_broken_adapter_is_an_outage() -> None:
    """Neither ends the list: both are told, and all is unknown."""
    for script in (Declined(code="declined"), lambda *_: 1 / 0):
        shelf = Shelf()
        shelf.backends.script(AVAILABILITY, script)
        with log_lines() as written:
            assert await shelf.look() == "unknown"
        assert len(written.of("stock.not_read")) == 1


async def test_a_large_catalogue_is_asked_in_batches_and_bounded() -> None:
    """A hundred a call, and of thousands the first two thousand."""
    handsets = tuple(Handset(sku=f"h{place}", title="H", price=1) for place in range(2_345))
    shelf = Shelf()
    many = MOST_PRODUCTS // MOST_GOODS
    shelf.tell(*["in_stock"] * many)
    await shelf.look(replace(CATALOGUE, handsets=handsets))
    asked = [one.request.goods.skus for one in shelf.backends.calls(AVAILABILITY)]
    assert ([len(skus) for skus in asked], asked[0][0]) == ([MOST_GOODS] * many, "h0")


async def test_only_what_was_asked_about_is_taken() -> None:
    """A backend that tells more cannot fill our memory with it."""
    shelf = Shelf()
    foreign = StockLevel(sku="not-ours", state="in_stock")
    answer = Passed(output=StockAvailability(levels=(foreign,)))
    shelf.backends.script(AVAILABILITY, answer)
    assert await shelf.look() == "unknown"
    assert await shelf.stock.levels("northstar", CATALOGUE) == {}


async def test_a_retailer_says_how_long_its_levels_are_fresh() -> None:
    """What its file says counts instead of the half minute."""
    shelf = Shelf(stock=StockSpec(fresh=timedelta(seconds=1)))
    shelf.tell("low", "low")
    await shelf.look()
    await shelf.clock.advance(timedelta(seconds=1))
    await shelf.look()
    assert shelf.reads == 2


def test_a_day_is_promised_of_a_back_order_alone() -> None:
    """Of what is in stock there is nothing to promise."""
    with pytest.raises(ValueError, match="promised"):
        StockLevel(sku="a", state="low", promised=date(2026, 12, 1))


async def test_what_was_read_lately_is_told_without_asking() -> None:
    """Nothing before the first reading, its levels after it, and nothing once they are stale."""
    shelf = Shelf(stock=StockSpec(fresh=FRESH, stale=STALE))
    assert shelf.stock.recent_levels("northstar") == {}
    shelf.tell("low")
    assert await shelf.look() == "low"
    assert shelf.stock.recent_levels("northstar")[FIRST].state == "low"
    read = shelf.reads
    await shelf.clock.advance(STALE + timedelta(seconds=1))
    assert shelf.stock.recent_levels("northstar") == {}
    assert shelf.reads == read
