"""A TM Forum BSS in a flow: its catalogue, stock, orders and lines, through the real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from selling import SellingHarness, selling, settled, step
from unshackled.sdk.standin import StandIn
from unshackled.sdk.standin_goods import RARE
from unshackled.testing.customer import Customer
from unshackled_adapters.tmf.fake_orders import Orders

ENVIRON: Final = {"BSS_LISTENER": "demo-tmf-listener"}
PROVIDERS: Final = """
  file:
    adapter: address_file
    settings: {base_url: env:FILE_URL, api_key: env:FILE_KEY}
  bss:
    adapter: tmf
    settings:
      base_url: env:BSS_URL
      api_key: env:BSS_KEY
      poll_after: 50ms
      listen: true
      listener_secret: env:BSS_LISTENER
"""
DEFAULTS: Final = {
    **dict.fromkeys(("catalogue", "stock", "orders", "sim"), "bss"),
    "address": "file",
}
FLOW: Final = """
    title: A handset with a SIM, all of it from the BSS
    sells: {handset: required, tariff: optional}
    expires_after: 2h
    steps:
      contact:        {collect: contact}
      address:        {collect: address}
      address_check:  {call: address.verify, needs: [address]}
      stock:          {call: stock.reserve, with: {hold: 30m}}
      delivery:       {choose: delivery.slots, needs: [address_check]}
      number:         {collect: number, when: has(package.tariff)}
      payment_method: {collect: payment_method}
      summary:        {show: contract_summary, when: has(package.tariff)}
      confirm:        {confirm: package}
      deposit:        {call: payment.charge, needs: [confirm, payment_method, contact]}
      order:          {call: orders.place, needs: [deposit], pivot: true}
      sim:            {call: sim.activate, needs: [order], when: has(package.tariff)}
"""
EFFECTS: Final = ["stock.reserve", "orders.place", "stock.consume", "sim.activate"]


class BssHarness(SellingHarness):
    """Northstar, whose shop and lines are one BSS's."""

    @property
    def bss(self) -> StandIn:
        """The BSS."""
        return self.stand_ins["tmf"]

    @property
    def orders(self) -> Orders:
        """What the BSS knows of orders."""
        found: Orders = self.bss.state["orders"]
        return found

    async def wants(self, handset: str = "handset-mid") -> Customer:
        """A customer who wants a handset with a SIM."""
        return await self.begin(("handset", {"handset": handset, "tariff": "sim-50gb"}))

    async def buy(self, customer: Customer) -> Any:
        """Do what there is to do until the checkout is settled."""
        return await self.until(customer, settled())


@asynccontextmanager
async def shop(folder: Path, poll_after: str = "50ms") -> AsyncIterator[BssHarness]:
    """Northstar with the BSS beside its shop system, and a flow of the BSS alone."""
    async with selling(
        BssHarness,
        folder,
        providers=PROVIDERS.replace("50ms", poll_after),
        changes={"defaults": DEFAULTS, "flows": {"handset": yaml.safe_load(FLOW)}},
        environ=ENVIRON,
        listens={"tmf": "bss"},
        # No TM Forum API takes goods back into a warehouse: returns are dealt with elsewhere.
        without=("return",),
    ) as sells:
        yield sells


async def test_the_bss_sells_a_handset_and_its_line(tmp_path: Path) -> None:
    """What it holds is consumed by the order, and the line is live, each once."""
    async with shop(tmp_path) as sells:
        left = sells.orders.shelves.units["handset-mid"]
        customer = await sells.wants()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.effects() == EFFECTS
        assert sells.orders.shelves.units["handset-mid"] == left - 1
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("trouble", ["lost_answer", "malformed"])
@pytest.mark.parametrize("key", ["stock.reserve", "orders.place", "sim.activate"])
async def test_a_doubt_ends_without_a_second_effect(key: str, trouble: Any, tmp_path: Path) -> None:
    """What was done unheard is found under our reference: nothing is done twice."""
    async with shop(tmp_path) as sells:
        sells.bss.play(trouble, key, times=1)
        customer = await sells.wants()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.effects() == EFFECTS
        assert await sells.broken(customer) == []


async def test_what_takes_a_while_is_awaited(tmp_path: Path) -> None:
    """A reservation, an order and a line that are under way at first are asked about until done."""
    async with shop(tmp_path) as sells:
        sells.orders.ready_after = sells.orders.shelves.ready_after = timedelta(seconds=0.3)
        sells.bss.play("refer", times=3)
        customer = await sells.wants()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sorted(sells.effects()) == sorted(EFFECTS)
        assert await sells.broken(customer) == []


async def test_the_listener_hears_of_a_line_before_it_is_asked_about(tmp_path: Path) -> None:
    """With a listener nobody has to poll: the event of a completed order ends the wait."""
    async with shop(tmp_path, poll_after="1h") as sells:
        sells.bss.play("refer", "sim.activate")
        sells.orders.ready_after = None
        customer = await sells.wants()
        await sells.until(customer, lambda seen: step(seen, "sim")["state"] == "waiting_provider")
        sells.orders.service[0].first = "completed"
        sells.orders.tell("serviceOrder", sells.orders.service[0])
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.effects() == EFFECTS
        assert await sells.broken(customer) == []


async def test_an_event_to_an_address_without_the_guard_is_refused(tmp_path: Path) -> None:
    """Who does not know the address that the hub was told cannot even make us ask."""
    async with shop(tmp_path) as sells:
        customer = await sells.wants()
        assert (await sells.buy(customer))["status"] == "completed"
        event = {"event": {"productOrder": {"id": "PO-000001"}}}
        for query in ("", "?guard=" + "0" * 64):
            told = await sells.api.post(f"/v1/callbacks/northstar/bss{query}", json=event)
            assert told.status_code == 401


async def test_an_order_that_passed_and_was_rejected_is_looked_at(tmp_path: Path) -> None:
    """The event of a later rejection brings a person to a sale that had passed."""
    async with shop(tmp_path) as sells:
        sells.bss.play("refer", "sim.activate")
        sells.orders.ready_after = None
        customer = await sells.wants()
        await sells.until(customer, lambda seen: step(seen, "sim")["state"] == "waiting_provider")
        sells.orders.product[0].first = sells.orders.product[0].then = "rejected"
        sells.orders.tell("productOrder", sells.orders.product[0])
        seen = await sells.until(customer, lambda seen: step(seen, "order")["state"] == "in_review")
        assert step(seen, "order")["code"] == "in_review"
        events = [one for one in await sells.events(customer) if one["type"] == "step.in_review.v1"]
        assert [one["data"]["code"] for one in events] == ["contradiction"]


async def test_who_leaves_gets_nothing_and_the_shelf_all(tmp_path: Path) -> None:
    """A cancelled checkout gives its reservation back, and no order was placed."""
    async with shop(tmp_path) as sells:
        left = sells.orders.shelves.units["handset-mid"]
        customer = await sells.wants()
        await sells.until(customer, lambda seen: step(seen, "stock")["state"] == "passed")
        await customer.cancel()
        assert (await sells.buy(customer))["status"] == "canceled"
        assert sells.effects() == ["stock.reserve", "stock.release"]
        assert sells.orders.shelves.units["handset-mid"] == left
        assert await sells.broken(customer) == []


async def test_an_empty_shelf_declines(tmp_path: Path) -> None:
    """What is not there is not reserved, and the step says so."""
    async with shop(tmp_path) as sells:
        sells.orders.shelves.units[RARE] = 0
        customer = await sells.wants(RARE)
        seen = await sells.until(customer, lambda seen: step(seen, "stock")["state"] == "declined")
        assert step(seen, "stock")["code"] == "out_of_stock"
        assert sells.effects() == []
