"""The server is killed at random moments of the same load, and started again on its database."""

from __future__ import annotations

from pathlib import Path

from tests.system.world import SIZE, World

KILLS = 4


async def test_nothing_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """`kill -9` four times: what was answered is there, nothing was done twice or forgotten."""
    async with World(folder=tmp_path, seed=23) as world:
        await world.trouble()
        async with world.crowd():
            for _ in range(KILLS):
                await world.pass_time(world.random.uniform(1, 3.5))
                await world.kill()
            await world.calm()
        await world.settle()
        assert await world.verdict() == []
        assert len(world.shoppers) == SIZE
        assert world.api.resent >= KILLS
        assert world.statuses()["completed"] >= SIZE // 4
        assert world.happened["step.in_doubt.v1"] >= 1
