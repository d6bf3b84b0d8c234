"""LineDesk in a flow: Pocket's lines by it and by the new telco, through the real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from selling import SIM, SellingHarness, selling, settled

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


@asynccontextmanager
async def shop(folder: Path, sim: str) -> AsyncIterator[SellingHarness]:
    """Pocket, with two telcos for its lines by a policy."""
    async with selling(
        SellingHarness,
        folder,
        retailer="pocket",
        providers=PROVIDERS,
        changes={"routes": {"lines": yaml.safe_load(sim)}, "defaults": {"sim": "lines"}},
        flow="sim-only",
    ) as sells:
        yield sells


def lines(sells: SellingHarness) -> tuple[int, int]:
    """How many lines each telco put live: the new one, and LineDesk."""
    new, old = sells.stand_ins["telco"], sells.stand_ins["legacy_bss"]
    return len(new.done("sim.activate")), len(old.done("sim.activate"))


async def test_linedesk_sells_when_the_telco_is_out(tmp_path: Path) -> None:
    """A telco that takes nothing proves that it did nothing: the line comes from LineDesk."""
    async with shop(tmp_path, FIRST_NEW) as sells:
        sells.stand_ins["telco"].play("unavailable", "sim.activate")
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert lines(sells) == (0, 1)
        assert await sells.broken(customer) == []


async def test_a_doubt_at_the_telco_never_goes_to_linedesk(tmp_path: Path) -> None:
    """An order that may have been taken is looked up where it went, and there is one line."""
    async with shop(tmp_path, FIRST_NEW) as sells:
        sells.stand_ins["telco"].play("lost_answer", "sim.activate", times=1)
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert lines(sells) == (1, 0)
        assert await sells.broken(customer) == []


@pytest.mark.parametrize("trouble", ["lost_answer", "refer", "malformed", None])
async def test_a_share_of_linedesk_sells_once(tmp_path: Path, trouble: Any) -> None:
    """Whether its answer is lost, garbled or late, LineDesk's order is found and is one."""
    async with shop(tmp_path, ALL_OLD) as sells:
        sells.stand_ins["legacy_bss"].state["line_desk"].ready_after /= 10
        if trouble:
            sells.stand_ins["legacy_bss"].play(trouble, "sim.activate", times=1)
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert lines(sells) == (0, 1)
        assert await sells.broken(customer) == []


async def test_a_busy_linedesk_lets_the_telco_sell(tmp_path: Path) -> None:
    """Its fault before acceptance proves that nothing was done, so the next one is asked."""
    async with shop(tmp_path, ALL_OLD) as sells:
        sells.stand_ins["legacy_bss"].state["line_desk"].working = 4
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert lines(sells) == (1, 0)
        assert await sells.broken(customer) == []


async def test_an_order_that_is_committed_after_its_timeout_is_one(tmp_path: Path) -> None:
    """Nobody else is asked while a worker may have the order, and then it is found."""
    async with shop(tmp_path, ALL_OLD) as sells:
        desk = sells.stand_ins["legacy_bss"].state["line_desk"]
        # Both would get in: it stays one because nothing is sent again while it may arrive.
        desk.naps, desk.unique = [2.0], False
        customer = await sells.begin(SIM)
        assert (await sells.until(customer, settled()))["status"] == "completed"
        assert desk.naps == []
        assert lines(sells) == (0, 1)
        assert await sells.broken(customer) == []
