"""A clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

SPINS = 60
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class VirtualClock:
    """Time moves only by `advance`; who sleeps wakes in order, at the very moment."""

    def __init__(self, start: datetime = START) -> None:
        """Begin at `start`, an aware time in UTC."""
        self._start = start
        self._now = start
        self._order = count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The virtual time of day."""
        return self._now

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock is advanced so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        when = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (when, next(self._order), done))
        await done

    async def spin(self) -> None:
        """Let everything that can run now run; a loop that does not say so gets its full rounds."""
        ready = getattr(asyncio.get_running_loop(), "_ready", (None,))
        for _ in range(SPINS):
            await asyncio.sleep(0)
            if not ready:
                break

    async def advance(self, span: timedelta) -> None:
        """Move on, waking every sleeper on the way."""
        target = self._now + span
        await self.spin()
        while self._sleepers and self._sleepers[0][0] <= target:
            when, _, done = heapq.heappop(self._sleepers)
            if done.cancelled():
                continue
            self._now = max(when, self._now)
            done.set_result(None)
            await self.spin()
        self._now = target
        await self.spin()
