"""A crowd of customers of three retailers at once, while everything at the backends goes wrong.

The server is killed at random moments of that load and started again on its database, and the disk
is full for a while.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.world import BUYERS, SIZE, SystemHarness

# The first kill finds checkouts being created, the later ones find them on their way.
KILLS_WITHIN_SECONDS = (0.8, 2.0, 2.0)


@pytest.mark.timeout(400)
async def test_nothing_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """Three `kill -9` and a full disk: answers are kept, ends legal, nothing done twice or lost."""
    async with SystemHarness(folder=tmp_path, seed=23) as world:
        await world.trouble()
        async with world.crowd():
            for longest in KILLS_WITHIN_SECONDS:
                await world.pass_time(world.random.uniform(0.3, longest))
                await world.kill()
            await world.fill_disk(2)
            await world.pass_time(2)
            await world.calm()
        await world.settle()
        assert await world.verdict() == []
        assert len(world.shoppers) == SIZE
        assert world.api.resent >= len(KILLS_WITHIN_SECONDS)
        assert world.statuses()["completed"] >= BUYERS
        assert world.statuses()["canceled"] >= 1
        for what in ("in_doubt", "declined", "undone"):
            assert world.happened[f"step.{what}.v1"] >= 1
