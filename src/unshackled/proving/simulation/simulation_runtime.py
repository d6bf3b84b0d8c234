"""What everybody in a simulated world shares: chance, time, the weather and the story."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from unshackled.proving.simulation.faults import CALM, Weather, weather_of
from unshackled.proving.simulation.loop import SimulatedLoop

if TYPE_CHECKING:
    from unshackled.store.stored_records import Change

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = 24 * 3600
FAR = datetime.max.replace(tzinfo=UTC)


class SimulationRuntime:
    """Made once per seed; `lines` is the story, kept only when it will be printed."""

    def __init__(self, seed: int, *, telling: bool = False) -> None:
        """Draw the weather."""
        self.seed = seed
        self.random = Random(seed)
        self.chance: Callable[[], float] = self.random.random
        self.loop = SimulatedLoop(self.random)
        self.weather: Weather = weather_of(self.random)
        self._storm = self.weather
        self.telling = telling
        self.lines: list[str] = []
        self.wrong: list[str] = []
        self.changes = 0
        self.news: list[asyncio.Event] = []
        self.readers: list[asyncio.Event] = []
        self.awaited = FAR

    def now(self) -> datetime:
        """The true time."""
        return START + timedelta(seconds=self.loop.time())

    def tell(self, who: str, what: str) -> None:
        """Add a line to the story."""
        if self.telling:
            passed = timedelta(seconds=round(self.loop.time(), 3))
            self.lines.append(f"{passed!s:>18}  {who:<16}{what}")

    def blame(self, what: str) -> None:
        """A promise was broken."""
        self.wrong.append(what)
        self.tell("!!", what)

    def changed(self, change: Change) -> None:
        """The database committed something: each replica that waits for what is due looks again."""
        self.changes += 1
        if self.telling:
            happened = ", ".join(
                f"{event.type.removesuffix('.v1')}({event.data.get('step', '')})"
                for event in change.events
            )
            name, version = change.checkout.id, change.checkout.version
            self.tell(name, f"v{version} {change.status}: {happened}")
        for reader in self.readers:
            reader.set()
        if change.wake_at is not None and change.wake_at < self.awaited:
            self.awaited = change.wake_at
            for event in self.news:
                event.set()

    def clear_up(self) -> None:
        """From now on nothing goes wrong."""
        self.weather = CALM
        self.tell("weather", "calm from now on")

    def blow_again(self, days: int) -> None:
        """Days later, the same weather as before."""
        self.loop.leap(days * DAY)
        self.weather = self._storm
        self.tell("weather", f"{days} days later, as before")

    async def soon(self, most: float) -> None:
        """Let some time pass, at most so many seconds."""
        await asyncio.sleep(self.chance() * most)


class SimulatedClock:
    """A replica's own clock, off by `skew` seconds."""

    def __init__(self, stage: SimulationRuntime, skew: float = 0.0) -> None:
        """Off by `skew`."""
        self._stage = stage
        self._start = START + timedelta(seconds=skew)

    def now(self) -> datetime:
        """The time as this replica thinks it is."""
        return self._start + timedelta(seconds=self._stage.loop.time())

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return self._stage.loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(max(seconds, 0))
