"""A line ends at a TM Forum BSS: by a service order of its own, found by our reference."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unshackled.ports import all_operations
from unshackled.sdk import Absent, InDoubt, Passed, Pending, RawCallback, Refused
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters import tmf
from unshackled_adapters.tmf import stop_mapping
from unshackled_adapters.tmf.events import receive
from unshackled_adapters.tmf.fake import make

ACTIVATE = all_operations()["sim.activate"]
STOP = all_operations()["sim.stop"]
SETTINGS = tmf.Settings.model_validate(
    {"base_url": BASE_URL, "api_key": "demo-tmf-key", "listen": True}
)
SOON = timedelta(seconds=10)


async def sold(**how: Any) -> AdapterHarness:
    """A BSS with one line of ours."""
    bss = AdapterHarness(adapter=tmf.ADAPTER, stand_in=make(**how), settings=SETTINGS)
    await bss.run(ACTIVATE)
    return bss


async def stop(bss: AdapterHarness, **changes: Any) -> Any:
    """An order to close it, by a new reference."""
    request = await bss.prepare(STOP)
    return await bss.send(STOP, request, bss.call(STOP, **changes))


async def test_a_line_is_closed_once_whoever_asks_again() -> None:
    """Its last day is the backend's; an order for a closed line completes and closes nothing."""
    bss = await sold()
    line = bss.history[ACTIVATE.key].outcome.output.subscription
    first, again = await stop(bss), await stop(bss)
    for one in (first, again):
        assert one.output.subscription == line
        assert one.output.ends_on == datetime.now(UTC).date()
    assert [one["subscription"] for one in bss.stand_in.done(STOP.key)] == [line]


async def test_a_lost_stop_is_found_by_our_reference() -> None:
    """Before it there is nothing; afterwards the order says what became of it."""
    bss = await sold()
    request, call = await bss.prepare(STOP), bss.call(STOP)
    assert await bss.look_up(STOP, call) == Absent()
    bss.stand_in.play("lost_answer", STOP.key, times=1)
    with pytest.raises(InDoubt):
        await bss.send(STOP, request, call)
    assert isinstance(await bss.look_up(STOP, call), Passed)
    assert len(bss.stand_in.done(STOP.key)) == 1


async def test_two_orders_to_close_a_line_do_no_harm() -> None:
    """Sent twice under one reference: the line is closed, and no person need end one."""
    bss = await sold()
    request, call = await bss.prepare(STOP), bss.call(STOP)
    for _ in range(2):
        await bss.send(STOP, request, call)
    assert isinstance(await bss.look_up(STOP, call), Passed)


async def test_an_event_tells_the_end_of_a_line() -> None:
    """It only names the order, which is asked: one that ends a line has no number to tell."""
    bss = await sold(ready_after=timedelta(0))
    bss.stand_in.play("refer", STOP.key)
    call = bss.call(STOP)
    pending = await bss.send(STOP, await bss.prepare(STOP), call)
    assert isinstance(pending, Pending)
    await bss.stand_in.settle()
    bss.callbacks.clear()
    orders = bss.stand_in.state["orders"]
    orders.tell("serviceOrder", orders.service[-1])
    await bss.stand_in.settle()
    (sent,) = bss.callbacks
    raw = RawCallback(
        body=sent.body, headers=sent.headers, received_at=datetime.now(UTC), url=sent.url
    )
    (notice,) = await receive(bss.client, raw)
    assert notice.reference == call.reference
    assert isinstance(notice.outcome, Passed)


async def test_a_line_whose_output_is_gone_is_that_of_the_sales_order() -> None:
    """By our reference; where nothing is left of the sale the call is refused."""
    bss = await sold()
    request, call = await bss.prepare(STOP), bss.call(STOP)
    assert call.follows is not None
    bare = dataclasses.replace(call.follows, output=None, handle=None)
    request = dataclasses.replace(request, activated=None)
    gone = dataclasses.replace(call, follows=bare)
    assert isinstance(await bss.send(STOP, request, gone), Passed)
    for follows in (None, dataclasses.replace(bare, reference="A" * 26)):
        with pytest.raises(Refused, match="not known"):
            await bss.send(STOP, request, dataclasses.replace(call, follows=follows))


@pytest.mark.parametrize("state", ["failed", "rejected", "cancelled", "partial", "new"])
def test_an_order_that_did_not_close_it_is_for_a_person(state: str) -> None:
    """After the sale nothing is declined; an unknown state proves nothing."""
    order = {"id": "SO-1", "state": state, "serviceOrderItem": [{"service": {"id": "SUB-1"}}]}
    with pytest.raises((Refused, ValueError), match=state if state != "new" else "state"):
        stop_mapping.stopped(order, SOON, "bss")


def test_the_order_that_closed_a_line_counts() -> None:
    """Then one under way; none where there is none."""
    states = ("failed", "inProgress", "completed")
    orders = [{"id": str(number), "state": state} for number, state in enumerate(states)]
    assert stop_mapping.best(orders) == orders[2]
    assert stop_mapping.best(orders[:2]) == orders[1]
    assert stop_mapping.best([]) is None
    told = {"id": "SO-1", "state": "completed", "serviceOrderItem": [{"service": {"id": "SUB-1"}}]}
    found = stop_mapping.stopped(told, SOON, "bss")
    assert isinstance(found, Passed)
    assert found.output.ends_on is None
