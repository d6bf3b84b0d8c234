"""What the TM Forum adapter may not say before it is true, and whose orders it may touch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from unshackled.adapter_registry import find
from unshackled.outbound import HttpClient
from unshackled.outbound.in_process import in_process
from unshackled.sdk import Passed, Pending, Undecided
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInRequest
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.tmf import stock_mapping
from unshackled_adapters.tmf.client import Tmf
from unshackled_adapters.tmf.settings import Settings

OURS, THEIRS = "R" * 26, "S" * 26


def bench() -> AdapterHarness:
    """The adapter over a fresh stand-in."""
    shelf = find()
    adapter = shelf.load("tmf")
    settings = adapter.settings.model_validate({"base_url": BASE_URL, "api_key": "demo-tmf-key"})
    return AdapterHarness(adapter=adapter, stand_in=shelf.stand_in("tmf"), settings=settings)


async def test_a_reservation_under_way_is_not_released_yet() -> None:
    """Its release stays in doubt until there is something to give back, and then gives it back."""
    made = bench()
    reserve = next(one for one in made.operations if one.key == "stock.reserve")
    request, call = await made.prepare(reserve), made.call(reserve)
    made.stand_in.play("refer", reserve.key)
    assert isinstance(await made.send(reserve, request, call), Pending)
    with pytest.raises(Undecided):
        await made.undo_by(reserve, call.reference)
    later = made.stand_in.now() + timedelta(seconds=4)
    made.stand_in.now = lambda: later
    assert isinstance(await made.look_up(reserve, call), Passed)
    await made.undo_by(reserve, call.reference)
    assert len(made.stand_in.done("stock.release", call.reference)) == 1


def test_of_several_reservations_the_one_that_holds_counts() -> None:
    """One that ended never hides another that is done or under way."""
    tasks: list[dict[str, Any]] = [
        {"id": state, "reserveProductStockState": state}
        for state in ("terminatedWithError", "inProgress", "done")
    ]
    ranked = [task["id"] for task in stock_mapping.ranked(tasks)]
    assert ranked == ["done", "inProgress", "terminatedWithError"]


async def test_orders_of_others_are_left_alone() -> None:
    """A backend that ignores the filter shows everybody's orders; only ours are ours."""
    stand_in = StandIn(name="careless")
    rest = Rest(stand_in=stand_in)

    def everything(asked: StandInRequest) -> Any:
        return answer([{"id": "1", "externalId": THEIRS}, {"id": "2", "externalId": OURS}])

    rest.get("/orders", "orders.look_up")(everything)
    http = HttpClient("careless", BASE_URL, transport=in_process(stand_in.app()))
    settings = Settings.model_validate({"base_url": BASE_URL, "api_key": "demo"})
    found = await Tmf(settings, http).ours("/orders", OURS)
    assert [order["id"] for order in found] == ["2"]
    await http.aclose()
