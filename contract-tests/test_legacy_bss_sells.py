"""LineDesk in a flow: Pocket's lines by it and by the new telco, through the real engine."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from unshackled.app import Overrides, build
from unshackled.demo import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.shelf import find
from unshackled.testing.customer import Customer
from unshackled.testing.invariants import Observed, violations
from unshackled.testing.sandbox import Sandbox

FLOWS = Path(__file__).parents[1] / "flows"
PROVIDERS = """
  legacy-bss:
    adapter: legacy_bss
    settings:
      base_url: env:POCKET_BSS_URL
      password: env:POCKET_BSS_PASSWORD
      poll_after: 50ms
    limits: {timeout: 500ms, concurrency: 4, queue: 8, patience: 2s}
"""
FIRST_NEW = "{first: telco, then: [legacy-bss]}"
ALL_OLD = "{split: {legacy-bss: 100, telco: 0}}"


@dataclass(kw_only=True)
class Shop:
    """Pocket, with two telcos for its lines."""

    api: httpx.AsyncClient
    stand_ins: Mapping[str, StandIn]

    async def begin(self, name: str = "1") -> Customer:
        """A customer who wants a SIM."""
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": "sim-only", "package": {"tariff": "sim-50gb"}},
            headers={
                "Authorization": f"Bearer {demo_key('pocket')}",
                "Idempotency-Key": f"legacy-bss-{name}",
            },
        )
        assert made.status_code == 201, made.text
        seen = made.json()
        return Customer(api=self.api, seen=seen, token=seen["customer_token"])

    async def buy(self, customer: Customer) -> Any:
        """Do what there is to do until the checkout is settled."""
        seen: Any = {}
        for _ in range(300):
            await asyncio.gather(*(one.settle() for one in self.stand_ins.values()))
            seen = await customer.read()
            if seen["settled"] and seen["status"] in ("completed", "canceled"):
                return seen
            action = customer.next_action()
            if action is None:
                await asyncio.sleep(0.05)
            else:
                await customer.act(action)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        headers = {"Authorization": f"Bearer {demo_key('pocket')}"}
        path = f"{customer.href}/events?limit=200"
        events = (await self.api.request("GET", path, headers=headers)).json()["items"]
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([Observed(checkout=customer.seen, events=events)], ledger)

    def lines(self) -> tuple[int, int]:
        """How many lines each telco put live: the new one, and LineDesk."""
        new, old = self.stand_ins["telco"], self.stand_ins["legacy_bss"]
        return len(new.done("sim.activate")), len(old.done("sim.activate"))


@asynccontextmanager
async def shop(folder: Path, sim: str) -> AsyncIterator[Shop]:
    """The pocket flow with its lines by a policy, in this process."""
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    text = (flows / "pocket.yaml").read_text()
    text = text.replace("providers:\n", f"providers:{PROVIDERS}", 1)
    text = text.replace("defaults:", f"routes: {{lines: {sim}}}\n\ndefaults:")
    (flows / "pocket.yaml").write_text(text.replace("sim: telco", "sim: lines"))
    shelf = find()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends = Sandbox(stand_ins=stand_ins).app()
    service = build(
        load_settings(demo=True, store="memory:", flows=flows),
        Overrides(adapters=shelf, transport=in_process(backends)),
    )
    async with (
        service.life.span(service.api),
        httpx.AsyncClient(transport=in_process(service.api), base_url="http://shop.example") as api,
    ):

        async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            for _ in range(50):
                taken = await api.post(urlsplit(url).path, content=body, headers=dict(headers))
                if taken.status_code != 503:
                    return
                await asyncio.sleep(0.05)

        for one in stand_ins.values():
            one.deliver = deliver
        yield Shop(api=api, stand_ins=stand_ins)


async def test_linedesk_sells_when_the_telco_is_out(tmp_path: Path) -> None:
    """A telco that takes nothing proves that it did nothing: the line comes from LineDesk."""
    async with shop(tmp_path, FIRST_NEW) as sells:
        sells.stand_ins["telco"].play("unavailable", "sim.activate")
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.lines() == (0, 1)
        assert await sells.broken(customer) == []


async def test_a_doubt_at_the_telco_never_goes_to_linedesk(tmp_path: Path) -> None:
    """An order that may have been taken is looked up where it went, and there is one line."""
    async with shop(tmp_path, FIRST_NEW) as sells:
        sells.stand_ins["telco"].play("lost_answer", "sim.activate", times=1)
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.lines() == (1, 0)
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("trouble", ["lost_answer", "refer", "malformed", None])
async def test_a_share_of_linedesk_sells_once(tmp_path: Path, trouble: Any) -> None:
    """Whether its answer is lost, garbled or late, LineDesk's order is found and is one."""
    async with shop(tmp_path, ALL_OLD) as sells:
        sells.stand_ins["legacy_bss"].state["desk"].ready_after /= 10
        if trouble:
            sells.stand_ins["legacy_bss"].play(trouble, "sim.activate", times=1)
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.lines() == (0, 1)
        assert await sells.broken(customer) == []


async def test_a_busy_linedesk_lets_the_telco_sell(tmp_path: Path) -> None:
    """Its fault before acceptance proves that nothing was done, so the next one is asked."""
    async with shop(tmp_path, ALL_OLD) as sells:
        sells.stand_ins["legacy_bss"].state["desk"].working = 4
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert sells.lines() == (1, 0)
        assert await sells.broken(customer) == []


async def test_an_order_that_is_committed_after_its_timeout_is_one(tmp_path: Path) -> None:
    """Nobody else is asked while a worker may have the order, and then it is found."""
    async with shop(tmp_path, ALL_OLD) as sells:
        desk = sells.stand_ins["legacy_bss"].state["desk"]
        # Both would get in: it stays one because nothing is sent again while it may arrive.
        desk.naps, desk.unique = [2.0], False
        customer = await sells.begin()
        assert (await sells.buy(customer))["status"] == "completed"
        assert desk.naps == []
        assert sells.lines() == (0, 1)
        assert await sells.broken(customer) == []
