"""The commerce platform keeps the contract."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from stand_in_shelves import stocked
from unshackled.domain.records import replace
from unshackled.sdk import Declined, Passed, Pending, Refused
from unshackled.sdk.ports import HandsetLine, ReserveStock
from unshackled.sdk.standin_goods import CATALOGUE, RARE, RARE_UNITS
from unshackled.testing.adapter_contract import AdapterContract
from unshackled_adapters.commerce import mapping
from unshackled_adapters.commerce.fake_catalogue import CATALOGUE_JSON


class TestCommerce(AdapterContract):
    adapter = "commerce"
    settings: ClassVar = {
        "api_key": "demo-commerce-key",
        "callback_secret": "demo-only-commerce-callback-secret",
    }

    async def test_the_last_unit_is_sold_once(self) -> None:
        """When the shelf is empty the next customer hears out_of_stock; a release helps."""
        bench = self.bench()
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        line = HandsetLine(sku=RARE, title="Fern Retro", price=54_900)
        request = ReserveStock(handset=line, accessories=None)
        for _ in range(RARE_UNITS):
            assert isinstance(await bench.run(reserve, request=request), Passed)
        last = bench.history[reserve.key]
        assert await bench.run(reserve, request=request) == Declined(code="out_of_stock")
        await bench.undo(reserve, last)
        assert isinstance(await bench.run(reserve, request=request), Passed)

    async def test_what_is_to_come_is_promised_and_leaves_then(self) -> None:
        """Only where the flow asks for it; the order leaves on the day, not before."""
        bench = self.bench()
        line = HandsetLine(sku=RARE, title="Fern Retro", price=54_900)
        day = (datetime.now(UTC) + timedelta(days=20)).date()
        await stocked(bench.stand_in, {RARE: day.isoformat()})
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        request = ReserveStock(handset=line, accessories=None)
        assert await bench.run(reserve, request=request) == Declined(code="out_of_stock")
        held = await bench.run(reserve, request=replace(request, promise=True))
        assert held.output.promised == day
        operations = {item.key: item for item in bench.operations}
        await bench.run(operations["orders.place"])
        asked = await bench.prepare(operations["orders.dispatch"])
        dispatch = operations["orders.dispatch"]
        waiting = await bench.send(dispatch, asked, bench.call(dispatch))
        assert isinstance(waiting, Pending)
        assert waiting.due_by is not None
        assert waiting.due_by.date() == day
        bench.stand_in.now = lambda: datetime.now(UTC) + timedelta(days=22)
        assert isinstance(await bench.send(dispatch, asked, bench.call(dispatch)), Passed)

    async def test_a_reservation_cannot_arrive_after_its_release(self) -> None:
        """A call that was held up and comes after its undo is turned away."""
        bench = self.bench()
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        request = await bench.prepare(reserve)
        call = bench.call(reserve)
        await bench.undo_by(reserve, call.reference)
        assert await bench.send(reserve, request, call) == Declined(code="declined")
        assert bench.done(reserve, call) == 0

    async def test_the_catalogue_arrives_whole(self) -> None:
        """Everything on sale arrives as it is sold."""
        bench = self.bench()
        browse = next(item for item in bench.operations if item.key == "catalogue.browse")
        outcome = await bench.run(browse)
        assert outcome.output.catalogue == CATALOGUE

    def test_an_age_is_read_where_the_platform_says_one(self) -> None:
        """`minimum_age` of a handset, a tariff or a plan; what is no whole number is not sold."""
        said = deepcopy(CATALOGUE_JSON)
        said["tariffs"][0]["minimum_age"], said["credit_plans"][0]["minimum_age"] = 16, 18
        said["handsets"][0]["minimum_age"] = "grown-up"
        found = mapping.catalogue(said).output
        ages = [one.min_age for one in found.catalogue.tariffs]
        assert (ages, found.catalogue.credit_plans[0].min_age) == ([16, None, None], 18)
        assert [one.item for one in found.left_out] == [said["handsets"][0]["sku"]]

    async def test_the_order_in_a_notice_of_its_dispatch_is_the_one_that_was_placed(self) -> None:
        """The notice names the order by our reference; a cancelled one is for a person."""
        bench = self.bench()
        place, dispatch = (
            next(item for item in bench.operations if item.key == key)
            for key in ("orders.place", "orders.dispatch")
        )
        placed = await bench.run(place)
        await bench.stand_in.settle()
        (callback,) = bench.callbacks
        (notice,) = await self.read_raw(bench, self.arrived(callback))
        assert notice.reference == bench.history[place.key].call.reference
        assert notice.outcome == placed
        await bench.undo(place, bench.history[place.key])
        with pytest.raises(Refused) as refused:
            await bench.run(dispatch)
        assert refused.value.code == "order_cancelled"
