"""A hundred customers of three retailers at once, while everything at the backends goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.world import BUYERS, SIZE, World


@pytest.mark.timeout(400)
async def test_a_hundred_mixed_checkouts_keep_every_promise_in_trouble(tmp_path: Path) -> None:
    """Customers buy, edit, cancel and leave; all ends are legal and agree with the backends."""
    async with World(folder=tmp_path, seed=11) as world:
        await world.trouble()
        async with world.crowd():
            await world.pass_time(14)
            await world.calm()
        await world.settle()
        assert await world.verdict() == []
        assert len(world.shoppers) == SIZE
        assert world.statuses()["completed"] >= BUYERS
        assert world.statuses()["canceled"] >= 1
        assert world.happened["step.in_doubt.v1"] >= 1
        assert world.happened["step.declined.v1"] >= 1
        assert world.happened["step.undone.v1"] >= 1
