"""The TM Forum adapter keeps the contract, and sells what the other shops sell."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import orjson
import pytest

from unshackled.domain.validation import is_iccid
from unshackled.sdk import (
    Absent,
    BadSignature,
    Declined,
    InDoubt,
    Passed,
    Pending,
    RawCallback,
    Refused,
    Undecided,
)
from unshackled.sdk.ports import HandsetLine, NumberChoice, ReserveStock
from unshackled.sdk.standin import StandIn
from unshackled.sdk.standin_goods import CATALOGUE, RARE, RARE_UNITS
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled.testing.samples import request_for
from unshackled_adapters.tmf import catalogue, line_mapping, order_mapping
from unshackled_adapters.tmf.fake import make
from unshackled_adapters.tmf.values import minor_units

# TMF630 filters by any attribute; a place by value is a TMF673 GeographicAddress.
BEYOND = frozenset(
    {
        "externalId",
        "lifecycleStatus",
        "relatedEntity.id",
        *("streetName", "city", "postcode", "country", "locality"),
    }
)


def operation(bench: AdapterHarness, key: str) -> Any:
    """An operation of the adapter by its key."""
    return next(item for item in bench.operations if item.key == key)


class TestTmf(AdapterContract):
    adapter = "tmf"
    settings: ClassVar = {
        "api_key": "demo-tmf-key",
        "listen": True,
        "listener_secret": "demo-tmf-listener",
    }
    undocumented = BEYOND
    signs_time = False
    signs_body = False

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Events carry no signature: what strangers do not know is the address."""
        yield from super().forged(raw)
        yield dataclasses.replace(raw, url=raw.url.partition("?")[0])
        yield dataclasses.replace(raw, url=raw.url[:-1] + "x")

    async def test_the_catalogue_arrives_whole(self) -> None:
        """Everything on sale arrives as the other shops sell it."""
        bench = self.bench()
        outcome = await bench.run(operation(bench, "catalogue.browse"))
        assert outcome.output.catalogue == CATALOGUE

    async def test_the_catalogue_comes_in_pages(self) -> None:
        """A long list is read page by page, and none of it is missing or twice."""
        bench = self.with_settings(page=2)
        outcome = await bench.run(operation(bench, "catalogue.browse"))
        assert outcome.output.catalogue == CATALOGUE
        assert len(bench.tape.exchanges) > 8

    async def test_access_tokens_are_fetched_once(self) -> None:
        """Where a client is named, one token serves many calls."""
        secret = "demo-tmf-client-secret"
        bench = self.with_settings(client_id="northstar", client_secret=secret)
        for one in bench.operations:
            assert isinstance(await bench.run(one), Passed)
        paths = [exchange.path for exchange in bench.tape.exchanges]
        assert paths.count("/oauth2/token") == 1
        bench.tape.exchanges[:] = [one for one in bench.tape.exchanges if "oauth2" not in one.path]

    # Stock

    async def test_the_last_unit_is_sold_once(self) -> None:
        """When the shelf is empty the next customer hears out_of_stock; a release helps."""
        bench = self.bench()
        reserve = operation(bench, "stock.reserve")
        line = HandsetLine(sku=RARE, title="Fern Retro", price=54_900)
        request = ReserveStock(handset=line, accessories=None)
        for _ in range(RARE_UNITS):
            assert isinstance(await bench.run(reserve, request=request), Passed)
        last = bench.history[reserve.key]
        assert await bench.run(reserve, request=request) == Declined(code="out_of_stock")
        await bench.undo(reserve, last)
        assert isinstance(await bench.run(reserve, request=request), Passed)

    async def test_half_a_reservation_is_given_back(self) -> None:
        """A backend that holds only a part of it is told to let go, and that is a decline."""
        bench = self.over(make(partial_stock=True))
        reserve = operation(bench, "stock.reserve")
        request = await bench.prepare(reserve)
        one = dataclasses.replace(
            request, handset=HandsetLine(sku="no-such", title="None", price=100)
        )
        assert await bench.run(reserve, request=one) == Declined(code="out_of_stock")
        call = bench.history[reserve.key].call
        assert len(bench.stand_in.done("stock.release", call.reference)) == 1
        assert await bench.look_up(reserve, call) == Declined(code="out_of_stock")

    async def test_a_reservation_may_take_a_while(self) -> None:
        """A task under way is pending; the look-up finds what it came to."""
        bench = self.bench()
        reserve = operation(bench, "stock.reserve")
        request, call = await bench.prepare(reserve), bench.call(reserve)
        bench.stand_in.play("refer", reserve.key)
        assert isinstance(await bench.send(reserve, request, call), Pending)
        later = bench.stand_in.now() + timedelta(seconds=4)
        bench.stand_in.now = lambda: later
        assert isinstance(await bench.look_up(reserve, call), Passed)

    async def test_a_reservation_that_ran_out_holds_nothing(self) -> None:
        """After its validity a reservation is absent, and its goods are on the shelf."""
        bench = self.bench()
        reserve = operation(bench, "stock.reserve")
        await bench.run(reserve)
        call, later = bench.history[reserve.key].call, bench.stand_in.now() + timedelta(hours=1)
        assert isinstance(await bench.look_up(reserve, call), Passed)
        bench.stand_in.now = lambda: later
        assert await bench.look_up(reserve, call) == Absent()

    async def test_a_tried_reservation_says_what_a_real_one_would(self) -> None:
        """A dry run hears out_of_stock too, and holds nothing."""
        bench = self.bench()
        reserve = operation(bench, "stock.reserve")
        request = await bench.prepare(reserve)
        assert isinstance(
            await bench.send(reserve, request, bench.call(reserve, dry_run=True)), Passed
        )
        bench.stand_in.play("decline", reserve.key)
        tried = await bench.send(reserve, request, bench.call(reserve, dry_run=True))
        assert tried == Declined(code="out_of_stock")
        assert bench.stand_in.ledger == []

    # Orders

    async def test_an_order_is_placed_when_it_is_taken_in(self) -> None:
        """An order that is only acknowledged is pending: its checks may still reject it."""
        bench = self.bench()
        place = operation(bench, "orders.place")
        request, call = await bench.prepare(place), bench.call(place)
        bench.stand_in.play("refer", place.key)
        pending = await bench.send(place, request, call)
        assert isinstance(pending, Pending)
        assert pending.handle == "PO-000001"
        later = bench.stand_in.now() + timedelta(seconds=4)
        bench.stand_in.now = lambda: later
        assert (await bench.look_up(place, call)).output.order == "PO-000001"

    @pytest.mark.parametrize("state", sorted(order_mapping.DEAD))
    def test_an_order_that_will_not_be_delivered_is_refused(self, state: str) -> None:
        """A rejected, failed or cancelled order is no order: a person looks."""
        with pytest.raises(Refused) as refused:
            order_mapping.placed({"id": "PO-1", "state": state}, timedelta(seconds=10), "bss")
        assert (refused.value.code, refused.value.provider) == (state, "bss")

    def test_the_order_that_counts_is_the_one_alive(self) -> None:
        """Of several under one reference the live one counts, and a cancelled one never."""
        orders = [{"state": state} for state in ("cancelled", "failed", "held")]
        assert order_mapping.best(orders, "bss") == {"state": "held"}
        assert order_mapping.best(orders[:2], "bss") == {"state": "failed"}
        assert order_mapping.best(orders[:1], "bss") is None

    async def test_an_order_sent_twice_is_cancelled_twice(self) -> None:
        """The backend has no keys: an undo takes back every order under our reference."""
        bench = self.bench()
        place = operation(bench, "orders.place")
        request, call = await bench.prepare(place), bench.call(place)
        request = dataclasses.replace(request, stock=None)
        for _ in range(2):
            await bench.send(place, request, call)
        await bench.undo_by(place, call.reference)
        assert len(bench.stand_in.done("orders.cancel", call.reference)) == 2
        assert await bench.look_up(place, call) == Absent()

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            ("acknowledged", Undecided),
            ("inProgress", Undecided),
            ("unheard-of", ValueError),
        ],
    )
    def test_a_cancellation_counts_when_it_is_done(
        self, state: str, error: type[Exception]
    ) -> None:
        """A cancellation that was refused or is not decided yet is no undo."""
        assert order_mapping.is_cancelled({"state": "done"}, "bss")
        assert not order_mapping.is_cancelled({"state": "terminatedWithError"}, "bss")
        with pytest.raises(error):
            order_mapping.is_cancelled({"state": state}, "bss")

    async def test_lists_that_lag_leave_a_doubt(self) -> None:
        """Within the lag of its lists nothing found is no proof; after it, it is."""
        bench = self.with_settings(index_lag=timedelta(minutes=1))
        place = operation(bench, "orders.place")
        fresh, old = datetime.now(UTC), datetime.now(UTC) - timedelta(minutes=2)
        with pytest.raises(InDoubt, match="lag"):
            await bench.look_up(place, bench.call(place, send_by=fresh))
        assert await bench.look_up(place, bench.call(place, send_by=old)) == Absent()

    # Lines

    async def test_a_number_is_brought_along(self) -> None:
        """With a PAC the line keeps the customer's own number."""
        bench = self.bench()
        activate = operation(bench, "sim.activate")
        choice = NumberChoice(keep_number=True, pac="ABC123456", current_number="07700900456")
        outcome = await bench.run(activate, request=request_for(activate, facts=(choice,)))
        assert outcome.output.msisdn == "+447700900456"
        assert outcome.output.activation_code == "LPA:1$smdp.telco.example$UNSHACKLED-000001"

    @pytest.mark.parametrize(
        ("choice", "told"),
        [
            (NumberChoice(sim="physical"), {"simType": "physicalSIM"}),
            (
                NumberChoice(stac="123456ABC", current_number="07700900456"),
                {"terminationCode": "123456ABC", "currentNumber": "07700900456"},
            ),
            (
                NumberChoice(
                    keep_number=True,
                    porting_consent=True,
                    current_number="+4915123456789",
                    port_date=date(2026, 12, 10),
                ),
                {"portingConsent": "true", "portDate": "2026-12-10"},
            ),
        ],
    )
    async def test_each_kind_of_line_is_ordered(
        self, choice: NumberChoice, told: dict[str, str]
    ) -> None:
        """A card goes to the customer's address; a day and a code go with their number."""
        bench = self.bench()
        activate = operation(bench, "sim.activate")
        request = request_for(activate, facts=(choice,))
        service = line_mapping.service_order(request, bench.call(activate))["serviceOrderItem"][0]
        sent = {one["name"]: one["value"] for one in service["service"]["serviceCharacteristic"]}
        assert told.items() <= sent.items()
        line = (await bench.run(activate, request=request)).output
        assert line.sim == choice.sim
        assert is_iccid(line.iccid)
        assert (line.activation_code is None) == (choice.sim == "physical")
        assert ("place" in service["service"]) == (choice.sim == "physical")
        if choice.port_date is not None:
            assert (line.msisdn, line.port_date) == ("+4915123456789", choice.port_date)

    @pytest.mark.parametrize("state", sorted(line_mapping.FAILED))
    def test_a_line_that_failed_is_not_a_decline(self, state: str) -> None:
        """After the pivot nothing is declined: a failed order is for a person to look at."""
        with pytest.raises(Refused) as refused:
            line_mapping.activated({"id": "SO-1", "state": state}, timedelta(seconds=10), "bss")
        assert (refused.value.code, refused.value.provider) == (state, "bss")

    # Events

    async def test_the_hub_is_told_once(self) -> None:
        """Many orders of a process register one listener for each API, guarded."""
        bench = self.bench()
        for _ in range(2):
            for one in bench.effects:
                await bench.run(one)
        hubs = [one for one in bench.tape.exchanges if one.path.endswith("/hub")]
        assert len(hubs) == 2
        assert all(b"?guard=" in one.body and b"demo-tmf" not in one.body for one in hubs)

    async def test_a_hub_that_fails_hinders_no_sale(self) -> None:
        """Without a listener the order is placed and asked about."""
        bench = self.bench()
        bench.stand_in.play("error", "hub")
        assert isinstance(await bench.run(operation(bench, "orders.place")), Passed)

    async def test_a_line_that_goes_live_later_is_told(self) -> None:
        """An event about an order is a hint: what counts is the order as it is when asked."""
        bench = self.bench()
        activate = operation(bench, "sim.activate")
        request, call = await bench.prepare(activate), bench.call(activate)
        bench.stand_in.play("refer", activate.key)
        assert isinstance(await bench.send(activate, request, call), Pending)
        await bench.stand_in.settle()
        later = bench.stand_in.now() + timedelta(seconds=4)
        bench.stand_in.now = lambda: later
        (notice,) = await self.read_raw(bench, self.arrived(bench.callbacks[-1]))
        assert (notice.reference, type(notice.outcome)) == (call.reference, Passed)

    @pytest.mark.parametrize("number", ["../hub", "..", "a/b", "", "PO?x=1"])
    async def test_an_event_leads_nowhere_else(self, number: str) -> None:
        """An id that is no id is refused, before anything is asked."""
        bench = self.bench()
        with pytest.raises(BadSignature):
            await self.told(bench, {"event": {"productOrder": {"id": number}}})
        assert bench.tape.exchanges == []

    async def test_events_of_others_say_nothing(self) -> None:
        """Other kinds of events, and orders that are not ours, are no notices."""
        bench = self.bench()
        assert await self.told(bench, {"event": {"catalog": {"id": "1"}}}) == []
        place = operation(bench, "orders.place")
        request = await bench.prepare(place)
        await bench.send(place, request, bench.call(place, reference="shop-4711"))
        assert await self.told(bench, {"event": {"productOrder": {"id": "PO-000001"}}}) == []

    async def test_an_order_that_ended_badly_is_told(self) -> None:
        """A bad end is told, so that somebody looks at a sale that passed."""
        bench = self.bench()
        place = operation(bench, "orders.place")
        await bench.run(place)
        await bench.undo(place, bench.history[place.key])
        (notice,) = await self.told(bench, {"event": {"productOrder": {"id": "PO-000001"}}})
        wanted = (bench.history[place.key].call.reference, Declined(code="declined"))
        assert (notice.reference, notice.outcome) == wanted

    async def test_an_order_that_ended_beside_a_live_one_says_nothing(self) -> None:
        """The bad end of a second order under our reference is no word about the first."""
        bench = self.bench()
        place = operation(bench, "orders.place")
        request, call = await bench.prepare(place), bench.call(place)
        request = dataclasses.replace(request, stock=None)
        for _ in range(2):
            await bench.send(place, request, call)
        body = {"productOrder": {"id": "PO-000001"}}
        path = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
        await bench.client.post(path, body)
        assert await self.told(bench, {"event": body}) == []

    # Helpers

    def with_settings(self, **changes: object) -> AdapterHarness:
        """A bench with other settings."""
        adapter = self.declared()
        settings = adapter.settings.model_validate(
            {"base_url": BASE_URL, **self.settings, **changes}
        )
        return self.kept(
            AdapterHarness(adapter=adapter, stand_in=self.stand_in(), settings=settings)
        )

    def over(self, stand_in: StandIn) -> AdapterHarness:
        """A bench over a stand-in of its own."""
        adapter = self.declared()
        settings = adapter.settings.model_validate({"base_url": BASE_URL, **self.settings})
        return self.kept(AdapterHarness(adapter=adapter, stand_in=stand_in, settings=settings))

    def kept(self, bench: AdapterHarness) -> AdapterHarness:
        """A bench whose exchanges are checked against the schema too."""
        self.used.append(bench)
        return bench

    async def told(self, bench: AdapterHarness, event: object) -> Any:
        """What an event is read as, sent to the address that the hub was told."""
        url = bench.client.callback("https://checkout.example/v1/callbacks/northstar/tmf")
        body, now = orjson.dumps(event), datetime.now(UTC)
        return await self.read_raw(
            bench, RawCallback(body=body, headers={}, received_at=now, url=url)
        )


def test_prices_by_reference_are_looked_up() -> None:
    """An offering may name its price only: it is found among TMF620's prices."""
    money = {"unit": "KWD", "value": 71.805}
    one = {
        "id": "handset-mid",
        "name": "Fern 8 Pro",
        "lifecycleStatus": "Active",
        "category": [{"id": "cat-7", "name": "handset"}],
        "productOfferingPrice": [{"id": "pop-1"}],
    }
    assert catalogue.refers([one])
    found = catalogue.catalogue_of({"version": "1"}, [one], [{"id": "pop-1", "price": money}])
    assert found.output.catalogue.handset("handset-mid").price == 71_805  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "price", [{"unit": "EUR", "value": 1.0}, {"unit": "GBP", "value": 0.005}, {"unit": "GBP"}]
)
def test_a_price_that_is_not_ours_to_round_is_no_price(price: dict[str, Any]) -> None:
    """Another currency, part of a penny, or no value at all is a doubt."""
    with pytest.raises((ValueError, KeyError)):
        minor_units(price, "GBP")
