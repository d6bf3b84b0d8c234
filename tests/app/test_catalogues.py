"""Catalogues: served stale while they are read again, remembered by the store, read by one."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.app.test_providers import retailer
from tests.telemetry.lines import log_lines
from unshackled.catalogues import Catalogues
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import replace
from unshackled.errors import AnswerSummary, NotSent, StoreUnavailable
from unshackled.flow.language.spec import CatalogueSpec
from unshackled.ports.catalogue import CatalogueFound, LeftOut
from unshackled.ports.outcome import Declined, Passed
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue
from unshackled.testing.backends import FakeBackends, HeldCall
from unshackled.testing.virtual_clock import VirtualClock

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


async def test_a_reading_that_fails_is_a_line_with_the_vendors_marks() -> None:
    """As every call that fails: without a flow and a step, which asked for nothing."""
    window = Window()
    error = NotSent("away", provider="shop")
    error.summary = AnswerSummary(status=429, code="quota", request_id="req-0042-a", sends=1)
    window.backends.script(BROWSE, error)
    with log_lines() as written, pytest.raises(NotSent):
        await window.look()
    (line,) = written.of("provider.call_failed")
    (again,) = written.of("catalogue.not_read")
    named = ("retailer", "livemode", "flow", "step", "provider", "operation", "outcome", "code")
    assert [line[name] for name in named] == [
        *("northstar", True, None, None, "shop", BROWSE),
        *("not_sent", "rate_limited"),
    ]
    assert (line["status"], line["vendor_code"], line["request_id"]) == (429, "quota", "req-0042-a")
    assert (again["retailer"], again["livemode"]) == ("northstar", True)


async def test_many_who_ask_at_once_ask_the_backend_once() -> None:
    """The others wait for the answer to the first."""
    window = Window()
    opened = asyncio.Event()
    window.backends.script(BROWSE, HeldCall(until=opened))
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
    window.backends.script(BROWSE, HeldCall(until=opened))
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
    first = Catalogues(retailers, window.backends, window.clock, catalogues=store.tables.catalogues)
    await first.catalogue("northstar")
    window.backends.script(BROWSE, *[NotSent("away")] * 100)
    await window.clock.advance(timedelta(hours=20))
    second = Catalogues(
        retailers, window.backends, window.clock, catalogues=store.tables.catalogues
    )
    assert (await second.catalogue("northstar")).currency == "GBP"
    await window.clock.advance(timedelta(hours=5))
    third = Catalogues(retailers, window.backends, window.clock, catalogues=store.tables.catalogues)
    with pytest.raises(NotSent):
        await third.catalogue("northstar")


async def test_a_price_that_ended_is_not_served_stale() -> None:
    """When a price of it begins or ends a catalogue is read before it is served, everywhere."""
    window, store = Window(), MemoryStore()
    await store.open()
    retailers = {"northstar": window.retailer}

    def catalogues() -> Catalogues:
        return Catalogues(
            retailers, window.backends, window.clock, catalogues=store.tables.catalogues
        )

    ends = window.clock.now() + timedelta(seconds=30)
    found = CatalogueFound(catalogue=Catalogue(currency="GBP", version="1"))
    window.backends.script(BROWSE, Passed(output=found, valid_until=ends), NotSent("away"))
    first = catalogues()
    await first.catalogue("northstar")
    await window.clock.advance(timedelta(seconds=29))
    await first.catalogue("northstar")
    assert window.reads == 1
    await window.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotSent):
        await first.catalogue("northstar")
    assert window.reads == 2
    window.backends.script(BROWSE, NotSent("away"))
    with pytest.raises(NotSent):
        await catalogues().catalogue("northstar")


async def test_what_cannot_be_read_is_counted_and_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rest is sold; the line comes again when something else is left out."""
    window = Window()
    contents = Catalogue(currency="GBP", version="1")

    def found(*items: str) -> Passed[CatalogueFound]:
        left = tuple(LeftOut(kind="tariff", item=item, why="KeyError: data") for item in items)
        return Passed(output=CatalogueFound(catalogue=contents, left_out=left))

    window.backends.script(BROWSE, found("a"), found("a"), found("a", "b"), found())
    told = []
    for _ in range(4):
        await window.look()
        await window.clock.spin()
        lines = capsys.readouterr().out.count("catalogue.left_out")
        told.append((dict(window.catalogues.left_out())["northstar"], lines))
        await window.clock.advance(FRESH)
    assert told == [(1, 1), (1, 0), (2, 1), (0, 0)]


async def test_a_customer_who_leaves_ends_no_reading_of_others() -> None:
    """The first to ask gives up; those who wait with them get the answer."""
    window = Window()
    opened = asyncio.Event()
    window.backends.script(BROWSE, HeldCall(until=opened))
    first, second = (asyncio.create_task(window.look()) for _ in range(2))
    await window.clock.spin()
    first.cancel()
    opened.set()
    assert await second == "GBP"
    assert window.reads == 1


class KeptNowhere:
    """A database that is away."""

    async def put(self, retailer: str, kept: CachedCatalogue) -> None:
        """Nothing is taken."""
        raise StoreUnavailable("away")

    async def get(self, retailer: str, *, after: datetime | None = None) -> CachedCatalogue | None:
        """Nothing comes back."""
        raise StoreUnavailable("away")


class Shared:
    """A retailer whose backend is away, and the store that its processes share."""

    def __init__(self) -> None:
        self.window = Window()
        self.clock = self.window.clock
        self.store = MemoryStore()

    async def open(self) -> Shared:
        """Open the store; from now on the backend is away."""
        await self.store.open()
        self.window.backends.script(BROWSE, *[NotSent("away")] * 1000)
        return self

    def process(self, backends: FakeBackends | None = None) -> Catalogues:
        """A process; with `backends` of its own it reaches the retailer's."""
        retailers = {"northstar": self.window.retailer}
        asked = backends or self.window.backends
        return Catalogues(retailers, asked, self.clock, catalogues=self.store.tables.catalogues)


async def test_customers_who_come_at_once_to_a_new_process_all_browse() -> None:
    """The second does not overtake the look into the store, and nobody asks a dead backend."""
    shared = await Shared().open()
    await shared.process(FakeBackends()).catalogue("northstar")
    new = shared.process()
    found = await asyncio.gather(*(new.catalogue("northstar") for _ in range(5)))
    assert {one.currency for one in found} == {"GBP"}
    assert shared.window.reads == 0


async def test_a_process_serves_what_another_one_could_read() -> None:
    """Its own way to the backend is cut; the store has what a luckier replica read."""
    shared = await Shared().open()
    cut, lucky = shared.process(), shared.process(FakeBackends())
    with pytest.raises(NotSent):
        await cut.catalogue("northstar")
    await lucky.catalogue("northstar")
    assert (await cut.catalogue("northstar")).currency == "GBP"


async def test_a_process_whose_catalogue_grew_old_takes_a_newer_one_of_the_store() -> None:
    """While its backend is away, it looks again each time that it failed."""
    shared = await Shared().open()
    lucky = shared.process(FakeBackends())
    await lucky.catalogue("northstar")
    cut = shared.process()
    await cut.catalogue("northstar")
    await shared.clock.advance(timedelta(hours=23))
    await lucky.catalogue("northstar")
    await shared.clock.spin()
    await cut.catalogue("northstar")
    await shared.clock.spin()
    await shared.clock.advance(timedelta(hours=23))
    assert (await cut.catalogue("northstar")).currency == "GBP"


async def test_an_adapter_that_breaks_is_an_outage(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told, tried again later, and what is kept goes on being served."""
    window = Window()
    await window.look()

    def breaks(request: object, call: object) -> object:
        raise KeyError("price")

    window.backends.script(BROWSE, breaks, breaks)
    await window.clock.advance(FRESH)
    assert await window.look() == "GBP"
    await window.clock.spin()
    said = capsys.readouterr().out
    assert "catalogue.not_read" in said
    assert "adapter broke: KeyError" in said
    await window.clock.advance(STALE)
    with pytest.raises(NotSent, match="adapter broke"):
        await window.look()


async def test_a_store_that_is_away_does_not_stop_the_shop() -> None:
    """The backend is asked; the catalogue is not written down."""
    retailers = {"northstar": Window().retailer}
    catalogues = Catalogues(retailers, FakeBackends(), VirtualClock(), catalogues=KeptNowhere())
    assert (await catalogues.catalogue("northstar")).currency == "GBP"


async def test_how_fresh_a_catalogue_is() -> None:
    """Its age counts from the reading; one that nobody asked for is new."""
    window = Window()
    assert window.catalogues.freshness("northstar").age == timedelta(0)
    await window.look()
    await window.clock.advance(timedelta(seconds=30))
    found = window.catalogues.freshness("northstar")
    assert (found.age, found.fresh, found.stale) == (timedelta(seconds=30), FRESH, STALE)
