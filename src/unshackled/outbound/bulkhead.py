"""A concurrency limit, so that one slow backend cannot take every connection and task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from unshackled.outbound.call_failures import Shed


class Bulkhead:
    """At most `concurrency` calls at once; `queue` more may wait for `patience` each, in order."""

    def __init__(
        self,
        provider: str,
        concurrency: int,
        *,
        queue: int = 0,
        patience: timedelta = timedelta(milliseconds=100),
    ) -> None:
        if concurrency < 1 or queue < 0:
            raise ValueError("concurrency: at least 1; queue: at least 0")
        self._provider = provider
        self._slots = asyncio.Semaphore(concurrency)
        self._queue = queue
        self._patience = patience.total_seconds()
        self.in_use = 0
        self.waiting = 0

    def admits(self) -> bool:
        """Whether a call would start now, without waiting."""
        return not self._slots.locked()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot for the body, or raise `Shed`."""
        if self.admits():
            await self._slots.acquire()
        else:
            await self._wait()
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
            self._slots.release()

    async def _wait(self) -> None:
        if self.waiting >= self._queue:
            message = f"{self._provider}: too many calls at once"
            raise Shed(message, provider=self._provider, reason="bulkhead_full")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._slots.acquire()
        except TimeoutError:
            message = f"{self._provider}: waited too long for a free slot"
            raise Shed(message, provider=self._provider, reason="bulkhead_full") from None
        finally:
            self.waiting -= 1
