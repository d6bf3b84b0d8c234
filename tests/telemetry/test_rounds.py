"""Background tasks outlive whatever a round meets."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.flow.world import EngineHarness
from unshackled.errors import StoreUnavailable
from unshackled.store.memory import MemoryStore
from unshackled.telemetry import survive


async def _result(error: Exception | None) -> str:
    if error is not None:
        raise error
    return "done"


async def test_the_result_of_a_round_is_handed_on() -> None:
    """What a round brings is the caller's."""
    assert await survive("timer", _result(None)) == "done"


@pytest.mark.parametrize("error", [StoreUnavailable("away"), OSError(27, "too large"), KeyError()])
async def test_a_round_that_fails_ends_nothing(error: Exception) -> None:
    """An outage or a mistake of ours costs this round only."""
    assert await survive("timer", _result(error)) is None


async def test_a_round_that_is_cancelled_ends() -> None:
    """A task that is stopped stops."""
    with pytest.raises(asyncio.CancelledError):
        await survive("timer", asyncio.sleep(0, asyncio.current_task().cancel()))  # type: ignore[union-attr]


async def test_the_engine_s_timer_goes_on_after_an_error_that_nobody_expected() -> None:
    """A checkout that is due is looked at, though the round before it broke."""
    store = Broken()
    world = EngineHarness(store=store)
    world.engine.start()
    await world.begin()
    await world.clock.advance(timedelta(seconds=5))
    assert store.claims >= 3
    await world.engine.close(timedelta(0))


class Broken(MemoryStore):
    """A store whose first two claims fail in a way that no store should."""

    claims = 0

    async def claim(self, *args: object, **named: object) -> list[str]:
        """As it should, the third time."""
        self.claims += 1
        if self.claims <= 2:
            raise OSError(27, "file too large")
        return list(await super().claim(*args, **named))  # type: ignore[arg-type]
