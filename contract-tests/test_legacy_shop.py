"""ShopServer keeps the contract, and its session, faults and XML are handled as they must."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from stand_in_shelves import stocked
from unshackled.domain.records import replace
from unshackled.sdk import Answer, Declined, InDoubt, NotSent, Passed, Pending, Refused, xml
from unshackled.sdk.ports import HandsetLine, ReserveStock
from unshackled.sdk.standin_goods import CATALOGUE, RARE, RARE_UNITS
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.legacy_shop.catalogue import catalogue_of
from unshackled_adapters.legacy_shop.fake_catalogue import written
from unshackled_adapters.legacy_shop.soap import opened

XXE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<ReserveItemsResponse><ReservationNo>&e;</ReservationNo></ReserveItemsResponse>
</s:Body></s:Envelope>"""


class TestLegacyShop(AdapterContract):
    adapter = "legacy_shop"
    settings: ClassVar = {"user": "web", "password": "demo-shop-password"}

    async def test_one_login_serves_many_calls(self) -> None:
        """The session is kept from call to call and shared by the ports."""
        bench = self.bench()
        for operation in bench.operations:
            if operation.key not in bench.history:
                await bench.run(operation)
        assert len(bench.stand_in.done("session.login")) == 1

    async def test_calls_at_once_share_one_login(self) -> None:
        """Calls that find no session at the same moment log in once between them."""
        bench = self.bench()
        bench.stand_in.latency = 0.001
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        request = await bench.prepare(reserve)
        calls = [bench.call(reserve) for _ in range(10)]
        await asyncio.gather(*(bench.send(reserve, request, call) for call in calls))
        assert len(bench.stand_in.done("session.login")) == 1
        assert len(bench.stand_in.done("stock.reserve")) == len(calls)

    async def test_a_session_that_ran_out_is_renewed(self) -> None:
        """A call that meets an expired session logs in again and is done once."""
        bench = self.bench()
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        await bench.run(reserve)
        start = bench.stand_in.now()
        bench.stand_in.now = lambda: start + timedelta(minutes=11)
        assert isinstance(await bench.run(reserve), Passed)
        assert len(bench.stand_in.done("session.login")) == 2
        assert bench.done(reserve, bench.history[reserve.key].call) == 1

    async def test_a_failed_login_sent_nothing(self) -> None:
        """A login without an answer is NotSent for the call that needed it, never a doubt."""
        bench = self.bench()
        reserve = next(item for item in bench.effects if item.key == "stock.reserve")
        bench.stand_in.play("error", "session.login", times=1)
        with pytest.raises(NotSent, match="login"):
            await bench.run(reserve)
        assert bench.stand_in.ledger == []

    async def test_a_wrong_password_is_refused(self) -> None:
        """A denied login is told with its code and without the password."""
        settings = {"base_url": BASE_URL, "user": "web", "password": "wrong"}
        adapter = self.shelf.load(self.adapter)
        wrong = adapter.settings.model_validate(settings)
        bench = AdapterHarness(adapter=adapter, stand_in=self.stand_in(), settings=wrong)
        with pytest.raises(Refused, match="LOGIN_DENIED") as caught:
            await bench.run(bench.operations[0])
        assert caught.value.code == "LOGIN_DENIED"

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

    async def test_the_catalogue_arrives_whole(self) -> None:
        """Decimals, unlimited data, price rises and grades arrive as they are sold."""
        bench = self.bench()
        browse = next(item for item in bench.operations if item.key == "catalogue.browse")
        outcome = await bench.run(browse)
        assert outcome.output.catalogue == CATALOGUE

    def test_an_age_is_read_where_the_shop_says_one(self) -> None:
        """`minAge` of a handset, a tariff or a plan."""
        said = str(written(CATALOGUE)).replace(
            '<Tariff sku="sim-5gb"', '<Tariff minAge="16" sku="sim-5gb"'
        )
        found = catalogue_of(xml.parse(f"<answer>{said}</answer>".encode())).output.catalogue
        assert [one.min_age for one in found.tariffs] == [16, None, None]

    def test_a_file_of_ours_is_never_read(self) -> None:
        """An answer with an external entity is a doubt, and what it points at stays unread."""
        answer = Answer(provider="bench", status=200, headers={}, body=XXE)
        with pytest.raises(InDoubt, match="document type") as caught:
            opened(answer, "ReserveItems")
        assert "root:" not in str(caught.value)
