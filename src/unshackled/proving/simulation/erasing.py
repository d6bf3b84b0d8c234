"""Erasing in a simulated world: asked for at any moment."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final

from unshackled.errors import UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.proving.simulation.faults import CALM
from unshackled.proving.simulation.replica import Down, Replica
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime

SECONDS: Final = 45.0
SELDOM: Final = 4 * 3600.0  # once nothing happens any more
COMMAND: Final = c.Erase(by="retailer")


class ErasureRequests:
    """A retailer's server that asks for customers' data to be erased, too early or twice as well.

    It draws from a source of its own, so that the rest of the world goes on as it would.
    """

    def __init__(
        self, stage: SimulationRuntime, replicas: list[Replica], store: SharedStore
    ) -> None:
        """Draw how often it asks."""
        self._stage = stage
        self._replicas = replicas
        self._store = store
        self._random = Random(f"{stage.seed} erasures")
        self._often = self._random.choice((0.0, 0.05, 0.5))

    async def wander(self) -> None:
        """For ever, about whichever checkout."""
        while True:
            await asyncio.sleep(SECONDS if self._stage.weather is not CALM else SELDOM)
            for row in list(self._store.rows()):
                if self._random.random() < self._often:
                    await self._ask(row.checkout.id)

    async def _ask(self, checkout: str) -> None:
        replica = self._random.choice(self._replicas)
        try:
            await replica.ask(lambda engine: engine.command(checkout, COMMAND))
        except (Rejected, UnshackledError, Down) as error:
            self._stage.tell("erasure", f"{checkout}: {error!r}")
        else:
            self._stage.tell("erasure", f"{checkout}: erased")
