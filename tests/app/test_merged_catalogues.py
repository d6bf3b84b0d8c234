"""A catalogue of several backends: each kept by itself, and the rest sold where one is away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.app.test_providers import retailer
from tests.telemetry.lines import log_lines
from unshackled.catalogues import BROWSE, Catalogues
from unshackled.domain.catalogue import Catalogue, Handset, Tariff
from unshackled.domain.records import replace
from unshackled.errors import NotSent
from unshackled.ports.catalogue import CatalogueFound
from unshackled.ports.outcome import Passed
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import FakeBackends, HeldCall
from unshackled.testing.virtual_clock import VirtualClock

FRESH, STALE = timedelta(minutes=1), timedelta(hours=24)
PHONE = Handset(sku="A", title="A", price=10_000)
TARIFF = Tariff(sku="T", title="T", monthly=1_000, term_months=12)
SHOP = Catalogue(currency="GBP", version="1", handsets=(PHONE,))
TELCO = Catalogue(currency="GBP", version="1", tariffs=(TARIFF,))


class Windows:
    """A retailer whose handsets and tariffs are two backends' on fake providers."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = VirtualClock()
        self.backends = FakeBackends()
        both = ("shop", "telco")
        self.retailer = replace(retailer(), defaults={"catalogue": "shop"}, merged_catalogues=both)
        self.catalogues = Catalogues(
            {"northstar": self.retailer},
            self.backends,
            self.clock,
            catalogues=store.tables.catalogues if store else None,
            patience=timedelta(milliseconds=50),
        )

    def sell(self, provider: str, *offers: Any) -> None:
        """What a provider answers next."""
        answers = [_answer(one) if isinstance(one, Catalogue) else one for one in offers]
        self.backends.script(BROWSE, *answers, provider=provider)

    async def look(self) -> str:
        """What is on sale, by SKU."""
        found = await self.catalogues.catalogue("northstar")
        goods: list[Handset | Tariff] = [*found.handsets, *found.tariffs]
        return " ".join(one.sku for one in goods)


def _answer(catalogue: Catalogue) -> Passed[CatalogueFound]:
    return Passed(output=CatalogueFound(catalogue=catalogue))


async def test_both_are_sold_together_and_read_once() -> None:
    """Within the minute nobody is asked again, and the whole is the very same."""
    windows = Windows()
    windows.sell("shop", SHOP)
    windows.sell("telco", TELCO)
    first = await windows.catalogues.catalogue("northstar")
    assert await windows.look() == "A T"
    assert await windows.catalogues.catalogue("northstar") is first
    assert windows.catalogues.at_hand("northstar") is first
    assert len(windows.backends.calls(BROWSE)) == 2


async def test_what_one_sold_last_is_sold_until_it_is_stale() -> None:
    """After that the rest is sold without it, and the operator is told once, and of its return."""
    windows = Windows()
    windows.sell("shop", *[SHOP] * 9)
    windows.sell("telco", TELCO, *[NotSent("away")] * 3, *[TELCO] * 5)
    assert await windows.look() == "A T"
    with log_lines() as written:
        await windows.clock.advance(FRESH)
        assert await windows.look() == "A T"
        await windows.clock.spin()
        assert written.of("catalogue.part_missing") == []
        await windows.clock.advance(STALE)
        assert [await windows.look() for _ in range(3)] == ["A"] * 3
    (line,) = written.of("catalogue.part_missing")
    assert (line["retailer"], line["missing"]) == ("northstar", ["telco"])
    with log_lines() as later:
        for _ in range(3):
            await windows.clock.advance(timedelta(minutes=2))
            await windows.look()
            await windows.clock.spin()
    assert await windows.look() == "A T"
    assert len(later.of("catalogue.whole")) == 1


async def test_nobody_waits_for_one_that_hangs() -> None:
    """The others are sold meanwhile; it is there for the next customer."""
    windows = Windows()
    opened = asyncio.Event()
    windows.sell("shop", SHOP)
    held = HeldCall(until=opened, then=_answer(TELCO))
    windows.sell("telco", held)
    assert await windows.look() == "A"
    opened.set()
    await windows.clock.spin()
    assert await windows.look() == "A T"


async def test_where_all_are_away_there_is_no_catalogue() -> None:
    """An outage as ever."""
    windows = Windows()
    windows.sell("shop", *[NotSent("away")] * 2)
    windows.sell("telco", NotSent("away"))
    with pytest.raises(NotSent):
        await windows.look()


async def test_one_in_another_currency_is_not_sold_and_told() -> None:
    """The rest is; where there is no rest there is no catalogue."""
    windows = Windows()
    windows.sell("shop", SHOP)
    windows.sell("telco", replace(TELCO, currency="EUR"))
    with log_lines() as written:
        assert await windows.look() == "A"
    (line,) = written.of("catalogue.part_missing")
    assert line["other_currency"] == ["telco"]


async def test_what_both_sell_otherwise_is_told_once() -> None:
    """And the first one's is sold."""
    windows = Windows()
    dearer = replace(TELCO, handsets=(replace(PHONE, price=11_000),))
    windows.sell("shop", SHOP)
    windows.sell("telco", dearer)
    with log_lines() as written:
        await windows.look()
        found = await windows.catalogues.catalogue("northstar")
    assert found.handsets == (PHONE,)
    (line,) = written.of("catalogue.sold_twice")
    assert line["shown"] == ["handset A: shop, not telco"]


async def test_each_is_remembered_by_itself() -> None:
    """A process that starts while one is away sells what that one sold last."""
    store = MemoryStore()
    await store.open()
    first = Windows(store)
    first.sell("shop", SHOP)
    first.sell("telco", TELCO)
    await first.look()
    second = Windows(store)
    second.backends.script(BROWSE, *[NotSent("away")] * 2)
    assert await second.look() == "A T"


async def test_the_oldest_part_is_the_age_of_the_whole() -> None:
    """Callers see how old what they are told may be."""
    windows = Windows()
    windows.sell("shop", SHOP, SHOP)
    windows.sell("telco", TELCO, NotSent("away"))
    await windows.look()
    await windows.clock.advance(FRESH)
    await windows.look()
    await windows.clock.spin()
    assert windows.catalogues.freshness("northstar").age == FRESH
    assert dict(windows.catalogues.ages()) == {"northstar": FRESH.total_seconds()}
