"""Sends what is due to every endpoint: each has its own task, so that none waits for another.

Nothing runs but inside `round()` (one step) and `run()` (its loop).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import StoreUnavailable
from unshackled.events.webhooks.endpoint_delivery import EndpointDelivery
from unshackled.events.webhooks.http_post import Post
from unshackled.store.port import Store
from unshackled.telemetry import get_logger

log = get_logger(__name__)

ENDPOINTS_AT_ONCE: Final = 32
POLL: Final = timedelta(seconds=1)
AWAY: Final = timedelta(seconds=5)


class WebhookSender:
    """Sends the deliveries; `owner` is this process, by which it holds leases on endpoints."""

    def __init__(
        self,
        *,
        store: Store,
        post: Post,
        clock: Clock,
        random: Random,
        owner: str,
        poll: timedelta = POLL,
    ) -> None:
        self._endpoints = store.tables.endpoints
        self._turn = EndpointDelivery(
            store=store, post=post, clock=clock, random=random, owner=owner
        )
        self._post = post
        self._clock = clock
        self._poll = poll
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(ENDPOINTS_AT_ONCE)
        self._loop: asyncio.Task[None] | None = None

    async def round(self) -> None:
        """Send what is due now, and return when all of it was sent; raises `StoreUnavailable`."""
        await self._look()
        while self._busy:
            await asyncio.wait(self._busy.values())
            await asyncio.sleep(0)

    def start(self) -> None:
        """Go on until `close()`."""
        self._loop = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Look for what is due, again and again; a slow endpoint holds up only itself."""
        while True:
            pause = self._poll
            try:
                await self._look()
            except StoreUnavailable:
                log.warning("webhooks.waiting")
                pause = AWAY
            except Exception:
                log.exception("webhooks.broken")
                pause = AWAY
            await self._clock.sleep(pause.total_seconds())

    async def close(self, within: timedelta = timedelta(seconds=10)) -> None:
        """Begin nothing new, let what is under way end, and close the connections.

        What is not done `within` is broken off and sent again later: a receiver may get it twice.
        """
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
            self._loop = None
        busy = list(self._busy.values())
        if busy:
            _, late = await asyncio.wait(busy, timeout=within.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._post.close()

    async def _look(self) -> None:
        now = self._clock.now()
        for endpoint in await self._endpoints.ready(now):
            if endpoint.id not in self._busy:
                task = asyncio.create_task(self._go(endpoint.id))
                self._busy[endpoint.id] = task

    async def _go(self, endpoint: str) -> None:
        try:
            async with self._slots:
                await self._turn.take(endpoint)
        except StoreUnavailable:
            log.warning("webhooks.waiting", endpoint=endpoint)
        except Exception:
            log.exception("webhooks.broken", endpoint=endpoint)
        finally:
            del self._busy[endpoint]
