"""What each state and each shape of a TM Forum backend's answers means."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from starlette.responses import Response

from unshackled.adapter_registry import find
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.sdk import Call, InDoubt, Pending, RawCallback, Refused, Undecided
from unshackled.sdk.ports import OrderPlaced, SimActivated
from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_goods import CATALOGUE
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.telco.mapping import activated as telco_activated
from unshackled_adapters.tmf import catalogue, line_mapping, order_mapping, stock_mapping
from unshackled_adapters.tmf.client import Tmf
from unshackled_adapters.tmf.events import receive
from unshackled_adapters.tmf.fake_catalogue import offerings
from unshackled_adapters.tmf.settings import Settings
from unshackled_adapters.tmf.values import is_safe

SOON: Final = timedelta(seconds=10)
ORDERED: Final = OrderPlaced(order="PO-000001", total=116_900, due_today=6_800, currency="GBP")


def bench(**changes: object) -> AdapterHarness:
    """The adapter over a fresh stand-in."""
    shelf = find()
    adapter = shelf.load("tmf")
    told = {"base_url": BASE_URL, "api_key": "demo-tmf-key", **changes}
    settings = adapter.settings.model_validate(told)
    return AdapterHarness(adapter=adapter, stand_in=shelf.stand_in("tmf"), settings=settings)


def operation(made: AdapterHarness, key: str) -> Any:
    """An operation of the adapter by its key."""
    return next(one for one in made.operations if one.key == key)


def paths(made: AdapterHarness) -> list[str]:
    """The paths that were asked for, the last part of each."""
    return [one.path.rpartition("/")[2] for one in made.tape.exchanges]


async def twice(made: AdapterHarness, one: Any) -> Call:
    """The same request sent two times."""
    request, call = await made.prepare(one), made.call(one)
    if one.key == "orders.place":
        # A reservation is consumed by the first.
        request = dataclasses.replace(request, stock=None)
    for _ in range(2):
        await made.send(one, request, call)
    return call


@asynccontextmanager
async def listing(pages: Sequence[Response]) -> AsyncIterator[Tmf]:
    """A client of a backend whose list has these pages, one for each request."""
    stand_in = StandIn(name="lists")
    left = list(pages)

    async def page(request: object, mode: Mode | None) -> Response:
        return left.pop(0)

    stand_in.route("/things", "things", "GET")(page)
    http = HttpClient("bss", BASE_URL, transport=in_process(stand_in.app()))
    yield Tmf(Settings(base_url=BASE_URL, page=2), http)
    await http.aclose()


# States


@pytest.mark.parametrize("state", ["inProgress", "pending", "held", "completed", "partial"])
def test_an_order_that_was_taken_in_is_placed(state: str) -> None:
    """From `inProgress` on the order is the backend's to deliver, held or partial ones too."""
    outcome = order_mapping.placed({"id": "PO-1", "state": state}, SOON, "bss")
    assert getattr(outcome, "output", None) == OrderPlaced(order="PO-1")


@pytest.mark.parametrize("state", ["acknowledged", "assessingCancellation", "pendingCancellation"])
def test_an_order_that_may_go_either_way_is_pending(state: str) -> None:
    """Before its checks, and while a cancellation is weighed, an order is no outcome."""
    outcome = order_mapping.placed({"id": "PO-1", "state": state}, SOON, "bss")
    assert outcome == Pending(poll_after=SOON, handle="PO-1")


@pytest.mark.parametrize("state", sorted(line_mapping.UNDER_WAY))
def test_a_line_is_live_when_its_order_is_complete(state: str) -> None:
    """Every state of a service order before its end is pending."""
    outcome = line_mapping.activated({"id": "SO-1", "state": state}, SOON, "bss")
    assert outcome == Pending(poll_after=SOON, handle="SO-1")


def test_an_unknown_state_is_no_outcome() -> None:
    """A state that no published schema has is unreadable, whatever kind of order has it."""
    for read in (order_mapping.placed, line_mapping.activated):
        with pytest.raises(ValueError, match="state"):
            read({"id": "1", "state": "teleported"}, SOON, "bss")
    with pytest.raises(ValueError, match="reserveProductStockState"):
        stock_mapping.reserved({"id": "1", "reserveProductStockState": "lent"}, SOON)


def test_a_code_that_no_phone_reads_is_no_line() -> None:
    """An activation code is that of SGP.22, or the answer is unreadable."""
    line = {"msisdn": "+447700900000", "activationCode": "12345"}
    told = [{"name": name, "value": value} for name, value in line.items()]
    item = {"service": {"id": "SUB-1", "serviceCharacteristic": told}}
    with pytest.raises(ValueError, match="activationCode"):
        line_mapping.activated(
            {"id": "SO-1", "state": "completed", "serviceOrderItem": [item]}, SOON, "bss"
        )
    told[1]["value"] = "1$smdp.telco.example$CODE"
    done = line_mapping.activated(
        {"id": "SO-1", "state": "completed", "serviceOrderItem": [item]}, SOON, "bss"
    )
    wanted = SimActivated(
        subscription="SUB-1", msisdn="+447700900000", activation_code="1$smdp.telco.example$CODE"
    )
    assert getattr(done, "output", None) == wanted


# Two under one reference


@pytest.mark.parametrize("key", ["orders.place", "sim.activate"])
async def test_two_live_orders_are_for_a_person(key: str) -> None:
    """There are no keys, so the same twice is two of them: one has to be ended by somebody."""
    made = bench()
    one = operation(made, key)
    call = await twice(made, one)
    with pytest.raises(Refused) as refused:
        await made.look_up(one, call)
    assert (refused.value.code, refused.value.provider) == ("duplicate_orders", "bench")


# What an earlier answer named


@pytest.mark.parametrize("key", ["orders.place", "sim.activate"])
async def test_a_number_that_is_known_saves_the_search(key: str) -> None:
    """An order whose number is at hand is asked for by it, and no list is read."""
    made = bench()
    one = operation(made, key)
    request, call = await made.prepare(one), made.call(one)
    made.stand_in.play("refer", key)
    pending = await made.send(one, request, call)
    assert isinstance(pending, Pending)
    before = len(made.tape.exchanges)
    named = made.call(one, reference=call.reference, handle=pending.handle)
    assert isinstance(await made.look_up(one, named), Pending)
    assert paths(made)[before:] == [pending.handle]


@pytest.mark.parametrize("handle", ["PO-999999", "../hub", "a/b"])
async def test_a_number_that_leads_nowhere_is_searched_for(handle: str) -> None:
    """An unknown number, or one that is no path segment, is no answer: our reference is."""
    made = bench()
    place = operation(made, "orders.place")
    await made.run(place)
    call = made.call(place, reference=made.history[place.key].call.reference, handle=handle)
    found = await made.look_up(place, call)
    assert getattr(found, "output", None) == ORDERED


async def test_a_number_of_somebody_else_is_not_ours() -> None:
    """An order under another reference is neither found nor cancelled by its number."""
    made = bench()
    place = operation(made, "orders.place")
    await made.run(place)
    ours = made.call(place, handle="PO-000001")
    assert type(await made.look_up(place, ours)).__name__ == "Absent"
    await made.undo_by(place, ours.reference, OrderPlaced(order="PO-000001"))
    assert made.stand_in.done("orders.cancel") == []


@pytest.mark.parametrize("number", ["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2Fb", "a b"])
def test_an_id_is_one_segment_of_a_path(number: str) -> None:
    """What could lead elsewhere goes into no path."""
    assert not is_safe(number)
    assert is_safe("f3b1.2~7:ü(3)")


# Undo


async def test_lists_that_lag_hide_no_order_from_its_cancellation() -> None:
    """With a lag, an order whose number is known is cancelled by it; nothing found is no end."""
    made = bench(index_lag=timedelta(minutes=1))
    place = operation(made, "orders.place")
    with pytest.raises(Undecided):
        await made.undo_by(place, "A" * 26)
    with pytest.raises(Undecided):
        await made.undo_by(operation(made, "stock.reserve"), "A" * 26)
    await made.run(place)
    await made.undo(place, made.history[place.key])
    assert len(made.stand_in.done("orders.cancel")) == 1


async def test_an_order_that_stays_hinders_no_other_cancellation() -> None:
    """Of two orders the one that can go is cancelled, and the other is for a person."""
    made = bench()
    place = operation(made, "orders.place")
    call = await twice(made, place)
    made.stand_in.state["orders"].product[0].then = "completed"
    with pytest.raises(Refused) as refused:
        await made.undo_by(place, call.reference)
    assert (refused.value.code, refused.value.provider) == ("terminatedWithError", "bench")
    assert [one["order"] for one in made.stand_in.done("orders.cancel")] == ["PO-000002"]


@pytest.mark.parametrize("state", sorted(order_mapping.LEAVING))
async def test_a_cancellation_under_way_is_not_asked_again(state: str) -> None:
    """While the backend weighs a cancellation the undo waits, and sends no second one."""
    made = bench()
    place = operation(made, "orders.place")
    await made.run(place)
    made.stand_in.state["orders"].product[0].then = state
    with pytest.raises(Undecided):
        await made.undo(place, made.history[place.key])
    assert "cancelProductOrder" not in paths(made)


# Stock


async def test_a_reservation_whose_stock_has_no_usable_id_is_in_doubt() -> None:
    """What could not be given back is not reserved."""
    task = {
        "id": "RS-1",
        "reserveProductStockState": "done",
        "reserveProductStockItem": [{"productStockReserved": {"id": "../catalog"}}],
    }
    with pytest.raises(ValueError, match="id"):
        stock_mapping.reserved(task, SOON)


# Lists


async def test_a_list_that_goes_on_is_read_on() -> None:
    """Without a total, 206 or a full page says that there is more (TMF630)."""
    pages = [answer([{"id": "1"}], 206), answer([{"id": "2"}, {"id": "3"}]), answer([])]
    async with listing(pages) as tmf:
        assert [one["id"] for one in await tmf.listed("/things", {})] == ["1", "2", "3"]


async def test_a_list_that_breaks_off_is_no_list() -> None:
    """A total that is never reached is a doubt: what is missing may be our order."""
    total = {"X-Total-Count": "2"}
    pages = [answer([{"id": "1"}], 200, total), answer([], 200, total)]
    async with listing(pages) as tmf:
        with pytest.raises(InDoubt, match="not whole"):
            await tmf.listed("/things", {})


def test_what_is_not_sold_alone_is_not_sold() -> None:
    """An offering that is only part of bundles is left out of the catalogue."""
    whole = offerings(CATALOGUE)
    whole[0] = {**whole[0], "isSellable": False}
    found = catalogue.catalogue_of({"version": "1"}, whole, []).output.catalogue
    assert [one.sku for one in found.handsets] == [one.sku for one in CATALOGUE.handsets[1:]]


def test_an_age_is_read_where_the_bss_says_one() -> None:
    """The characteristic `minimumAge` of a handset, a tariff or a plan."""
    (phone, *others), (tariff, *more) = CATALOGUE.handsets, CATALOGUE.tariffs
    grown = dataclasses.replace(
        CATALOGUE,
        handsets=(dataclasses.replace(phone, min_age=18), *others),
        tariffs=(dataclasses.replace(tariff, min_age=16), *more),
    )
    found = catalogue.catalogue_of({"version": "1"}, offerings(grown), []).output.catalogue
    assert [one.min_age for one in found.handsets[:2]] == [18, None]
    assert [one.min_age for one in found.tariffs[:2]] == [16, None]


def test_every_published_state_means_something() -> None:
    """The states of the published documents are told apart without a gap or an overlap."""
    folder = Path(catalogue.__file__).parent / "contract"
    kinds = orjson.loads((folder / "schema.json").read_bytes())["components"]["schemas"]
    orders = [order_mapping.LIVE, order_mapping.UNDER_WAY, order_mapping.DEAD]
    lines = [frozenset({line_mapping.DONE}), line_mapping.UNDER_WAY, line_mapping.FAILED]
    for name, sets in (("ProductOrderStateType", orders), ("ServiceOrderStateType", lines)):
        assert sorted(kinds[name]["enum"]) == sorted(state for one in sets for state in one)


# Events


async def test_without_a_secret_an_event_is_still_no_more_than_a_hint() -> None:
    """Whatever an event says of an order, the notice has what the backend answers."""
    made = bench()
    place = operation(made, "orders.place")
    await made.run(place)
    lie = {"event": {"productOrder": {"id": "PO-000001", "state": "failed", "externalId": "X"}}}
    raw = RawCallback(body=orjson.dumps(lie), headers={}, received_at=datetime.now(UTC), url="x")
    (notice,) = await receive(made.client, raw)
    assert notice.reference == made.history[place.key].call.reference
    assert getattr(notice.outcome, "output", None) == ORDERED


async def test_a_hub_that_failed_is_left_alone_for_a_while() -> None:
    """No second order waits for a hub that has just failed."""
    made = bench(listen=True)
    made.stand_in.play("error", "hub")
    place = operation(made, "orders.place")
    request = await made.prepare(place)
    request = dataclasses.replace(request, stock=None)
    for _ in range(2):
        await made.send(place, request, made.call(place))
    assert paths(made).count("hub") == 1


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"value": "+447700900000"}, "+447700900000"),
        ({"msisdn": "+447700900000"}, "+447700900000"),
        ({"@type": "Msisdn", "value": 447700900000}, "447700900000"),
        ({"countryCode": "44"}, None),
        (["+447700900000"], None),
        (None, None),
        (True, None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("reader", [line_mapping.activated, telco_activated], ids=["tmf", "telco"])
def test_a_number_in_an_object_is_read_or_no_answer(
    reader: Any, value: Any, number: str | None
) -> None:
    """A characteristic of TMF641 may be an object: its value is read, never Python's text of it."""
    line = {"msisdn": value, "activationCode": {"value": "1$smdp.telco.example$CODE"}}
    told = [{"name": name, "value": each} for name, each in line.items()]
    service = {"id": "SUB-1", "serviceCharacteristic": told}
    order = {"id": "SO-1", "state": "completed", "serviceOrderItem": [{"service": service}]}
    more = ("bss",) if reader is line_mapping.activated else ()
    if number is None:
        with pytest.raises((TypeError, KeyError)):
            reader(order, SOON, *more)
    else:
        assert reader(order, SOON, *more).output.msisdn == number
