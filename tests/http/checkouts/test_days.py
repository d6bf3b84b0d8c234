"""What the API says of a day is the retailer's day."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.http.world import ApiHarness
from unshackled.domain.catalogue import PriceRise
from unshackled.domain.records import replace


async def test_a_quote_half_past_midnight_has_the_prices_of_that_day(world: ApiHarness) -> None:
    """At 00:30 BST on 1 April, 23:30 UTC the day before, a tariff costs what it rises to."""
    held = world.catalogues.held["northstar"]
    rise = PriceRise(starts=date(2027, 4, 1), monthly=1_980)
    tariffs = tuple(replace(one, price_rises=(rise,)) for one in held.tariffs)
    world.catalogues.held["northstar"] = replace(held, tariffs=tariffs)
    seen = []
    for minute in (
        datetime(2027, 3, 31, 22, 30, tzinfo=UTC),
        datetime(2027, 3, 31, 23, 30, tzinfo=UTC),
    ):
        await world.clock.advance(minute - world.clock.now())
        async with world.page() as page:
            answer = await page.post("/v1/quotes", json={"package": {"tariff": "sim-50gb"}})
        assert answer.is_success, answer.text
        seen.append(answer.json()["quote"]["per_month"][0]["amount"])
    assert seen == [1_800, 1_980]
