"""Catalogues: served stale while they are read again, remembered by the store, read by one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.app.test_providers import retailer
from unshackled.catalogues import Catalogues
from unshackled.errors import NotSent
from unshackled.flow.spec import CatalogueSpec
from unshackled.ports.outcome import Declined
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import FakeBackends, Held
from unshackled.testing.clock import VirtualClock

BROWSE = "catalogue.browse"
FRESH, STALE = timedelta(minutes=1), timedelta(hours=24)


class Window:
    """A retailer's shop window on fake backends."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.backends = FakeBackends()
        self.retailer = replace(retailer(), defaults={"catalogue": "shop"})
        self.catalogues = Catalogues({"northstar": self.retailer}, self.backends, self.clock)

    async def look(self) -> str:
        """The currency of what is on sale."""
        return (await self.catalogues.catalogue("northstar")).currency

    @property
    def reads(self) -> int:
        """How often the backend was asked."""
        return len(self.backends.calls(BROWSE))


async def test_a_catalogue_is_read_again_after_its_time() -> None:
    """Within the minute the same answer serves; after it the backend is asked."""
    window = Window()
    for _ in range(3):
        await window.look()
    assert window.reads == 1
    await window.clock.advance(FRESH)
    await window.look()
    await window.clock.spin()
    assert window.reads == 2


async def test_a_retailer_says_how_long_its_catalogue_is_fresh() -> None:
    """What its file says counts instead of the minute."""
    window = Window()
    hasty = replace(window.retailer, catalogue=CatalogueSpec(fresh=timedelta(seconds=1)))
    window.catalogues = Catalogues({"northstar": hasty}, window.backends, window.clock)
    await window.look()
    await window.clock.advance(timedelta(seconds=1))
    await window.look()
    await window.clock.spin()
    assert window.reads == 2


async def test_an_outage_serves_what_was_read_last_for_a_day() -> None:
    """Customers go on buying; after a day the truth is told."""
    window = Window()
    await window.look()
    window.backends.script(BROWSE, *[NotSent("away")] * 3)
    await window.clock.advance(timedelta(hours=23))
    assert await window.look() == "GBP"
    await window.clock.spin()
    await window.clock.advance(STALE)
    with pytest.raises(NotSent):
        await window.look()


async def test_without_an_earlier_answer_an_outage_is_an_outage() -> None:
    """There is nothing to serve, and the next customer asks again."""
    window = Window()
    window.backends.script(BROWSE, NotSent("away"), Declined(code="declined"))
    for _ in range(2):
        with pytest.raises(NotSent):
            await window.look()
    assert await window.look() == "GBP"


async def test_many_who_ask_at_once_ask_the_backend_once() -> None:
    """The others wait for the answer to the first."""
    window = Window()
    opened = asyncio.Event()
    window.backends.script(BROWSE, Held(until=opened))
    asked = [asyncio.create_task(window.look()) for _ in range(5)]
    await window.clock.spin()
    opened.set()
    assert await asyncio.gather(*asked) == ["GBP"] * 5
    assert window.reads == 1


async def test_a_retailer_without_a_catalogue_is_named() -> None:
    """The message says what the flow file lacks."""
    catalogues = Catalogues({"northstar": retailer()}, FakeBackends(), VirtualClock())
    with pytest.raises(NotSent, match="northstar names no provider for `catalogue`"):
        await catalogues.catalogue("northstar")


async def test_a_stale_catalogue_is_served_at_once() -> None:
    """A backend that hangs keeps nobody waiting; what it brings in the end is served next."""
    window = Window()
    await window.look()
    await window.clock.advance(FRESH)
    opened = asyncio.Event()
    window.backends.script(BROWSE, Held(until=opened))
    for _ in range(5):
        assert await asyncio.wait_for(window.look(), 1) == "GBP"
    assert window.reads == 2, "five customers, one reading"
    assert dict(window.catalogues.ages())["northstar"] >= FRESH.total_seconds()
    opened.set()
    await window.clock.spin()
    assert dict(window.catalogues.ages())["northstar"] < FRESH.total_seconds()


async def test_a_backend_that_is_away_is_asked_ever_more_seldom() -> None:
    """A thousand customers in ten minutes are a handful of calls to what does not answer."""
    window = Window()
    await window.look()
    window.backends.script(BROWSE, *[NotSent("away")] * 1000)
    await window.clock.advance(FRESH)
    for _ in range(1000):
        await window.look()
        await window.clock.spin()
        await window.clock.advance(timedelta(seconds=0.6))
    assert 10 < window.reads < 40


async def test_a_new_process_browses_while_the_backend_is_away() -> None:
    """The store remembers the last catalogue; after its time even that is not served."""
    window, store = Window(), MemoryStore()
    await store.open()
    retailers = {"northstar": window.retailer}
    first = Catalogues(retailers, window.backends, window.clock, tables=store.tables)
    await first.catalogue("northstar")
    window.backends.script(BROWSE, *[NotSent("away")] * 100)
    await window.clock.advance(timedelta(hours=20))
    second = Catalogues(retailers, window.backends, window.clock, tables=store.tables)
    assert (await second.catalogue("northstar")).currency == "GBP"
    await window.clock.advance(timedelta(hours=5))
    third = Catalogues(retailers, window.backends, window.clock, tables=store.tables)
    with pytest.raises(NotSent):
        await third.catalogue("northstar")


async def test_a_customer_who_leaves_ends_no_reading_of_others() -> None:
    """The first to ask gives up; those who wait with them get the answer."""
    window = Window()
    opened = asyncio.Event()
    window.backends.script(BROWSE, Held(until=opened))
    first, second = (asyncio.create_task(window.look()) for _ in range(2))
    await window.clock.spin()
    first.cancel()
    opened.set()
    assert await second == "GBP"
    assert window.reads == 1
